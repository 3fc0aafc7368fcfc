package backend

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// Limited is a Backend that takes texts up to a length only. A longer text is
// cut into several records, which are flagged as partial.
type Limited interface {
	// TextLimit does not change in the backend's life.
	TextLimit() TextLimit
}

// TextLimit is the greatest length of a text. The zero value is no limit.
type TextLimit struct {
	// Bytes is the number of bytes as they are written; zero for no limit.
	Bytes int
	// Escaped counts the bytes of the inside of a JSON string, where one byte of
	// the text can take six. Otherwise the bytes of valid UTF-8 count: a byte
	// that is not UTF-8 takes three.
	Escaped bool
}

// Takes reports whether the text of a record is short enough.
func (l TextLimit) Takes(r *filters.Record) bool {
	const widest = 6 // \u001b
	kept := r.Log.Len()
	if l.Bytes == 0 || kept <= l.Bytes/widest {
		return true
	}
	if l.Escaped && r.Log.Escaped() {
		return kept <= l.Bytes // it goes out as it is
	}
	text := r.Plain()
	return l.Cut(text) == len(text)
}

// Cut returns the number of bytes at the start of a text that make one record:
// at least one, and all of a short text. It does not cut a character in two.
func (l TextLimit) Cut(text []byte) int {
	var n int
	if l.Escaped {
		n = jsontext.FitBody(text, l.Bytes)
	} else {
		n = jsontext.FitValidUTF8(text, l.Bytes)
	}
	return min(max(n, 1), len(text))
}
