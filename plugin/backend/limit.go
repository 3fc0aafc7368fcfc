package backend

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// Limited is a backend that takes texts up to a length only. Longer ones are
// cut, and come as several records that are flagged as partial.
type Limited interface {
	// TextLimit does not change in the backend's life.
	TextLimit() TextLimit
}

// TextLimit is how long a text may be. The zero value is for any length.
type TextLimit struct {
	// Bytes counts those that are written; zero for any number.
	Bytes int
	// Escaped counts them as the inside of a JSON string, where one byte of a
	// text can take six. Else they are UTF-8, where what is no UTF-8 takes three.
	Escaped bool
}

// Takes says whether the text of a record is short enough.
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

// Cut returns how many bytes at the start of a text are a piece of it: at least
// one, and without cutting a character in two; all of them when it is short enough.
func (l TextLimit) Cut(text []byte) int {
	var n int
	if l.Escaped {
		n = jsontext.FitBody(text, l.Bytes)
	} else {
		n = jsontext.FitValidUTF8(text, l.Bytes)
	}
	return min(max(n, 1), len(text))
}
