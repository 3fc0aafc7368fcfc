package multiline

import (
	"bytes"
	"sync"

	"github.com/k8slog/k8slog/filters/ansi"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// The rules see a line as a terminal would show it: without the escapes of a
// JSON string, and without sequences for colours. Nest and node's inspect,
// Python and Ruby colour their traces, each in ways of its own. The line itself
// is kept as it is (that is the affair of the option strip_ansi).
//
//	    at A.boom ␛[90m(/app/␛[39mnest.js:3:44␛[90m)␛[39m

const (
	escape   = '\x1b'
	inString = `\u001b` // an escape within a JSON string
)

// coloured says whether a plain line may hold sequences.
func coloured(line []byte) bool { return bytes.IndexByte(line, escape) >= 0 }

// decorated says whether a kept text may hold escapes of either kind. A
// backslash of a plain text hardly ever makes an escape that changes what the
// rules see.
func decorated(text []byte) bool { return bytes.IndexByte(text, '\\') >= 0 || coloured(text) }

// startsEscaped says whether a text begins with an escape that matters.
func startsEscaped(text []byte) bool { return has(text, `\t`) || has(text, `\u00`) }

// endsColoured says whether a text ends with the sequence of a colour.
func endsColoured(text []byte) bool {
	const longest = len("[38;2;255;255;255m") + len(inString)
	text = text[max(0, len(text)-longest):]
	i := bytes.LastIndexByte(text, '[')
	return i > 0 && (text[i-1] == escape || ends(text[:i], inString))
}

// appendShown appends what is seen of a kept text.
func appendShown(dst, text []byte) []byte {
	dst = jsontext.AppendUnescaped(dst, text)
	if coloured(dst) {
		dst = ansi.AppendStripped(dst[:0], dst)
	}
	return dst
}

// shownLines are the buffers in which lines are made.
var shownLines = sync.Pool{New: func() any { return new([]byte) }}
