package multiline

import (
	"bytes"
	"sync"

	"github.com/k8slog/k8slog/filters/ansi"
)

// A line with escape sequences is judged by what a terminal would show: Nest
// and node's inspect, Python and Ruby colour their traces, each in ways of its
// own. It is kept as it is (that is the affair of the option strip_ansi).
//
//	    at A.boom ␛[90m(/app/␛[39mnest.js:3:44␛[90m)␛[39m

const (
	escape   = '\x1b'
	inString = `\u001b` // how docker keeps it
)

// coloured says whether a text may hold sequences.
func coloured(text []byte) bool {
	return bytes.IndexByte(text, escape) >= 0 || bytes.Contains(text, []byte(inString))
}

// endsColoured says whether a text ends with the sequence of a colour.
func endsColoured(text []byte) bool {
	const longest = len("[38;2;255;255;255m") + len(inString)
	text = text[max(0, len(text)-longest):]
	i := bytes.LastIndexByte(text, '[')
	return i > 0 && (text[i-1] == escape || ends(text[:i], inString))
}

// beginColoured is begin for what coloured is said of.
func (s Set) beginColoured(text []byte) State {
	buffer := shownLines.Get().(*[]byte)
	defer shownLines.Put(buffer)
	shown := append((*buffer)[:0], text...)
	for kept := shown; ; {
		i := bytes.Index(kept, []byte(inString))
		if i < 0 {
			break
		}
		kept[i] = escape
		kept = kept[i+1:]
		n := copy(kept, kept[len(inString)-1:])
		kept, shown = kept[:n], shown[:len(shown)-len(inString)+1]
	}
	*buffer = shown
	if shown = ansi.AppendStripped(shown[:0], shown); len(shown) == 0 || !s.suspicious(shown) {
		return State{}
	}
	return s.begin(shown)
}

// nextColoured is next for a line with an escape. One that shows nothing is
// not blank: it is judged as it is.
func (s State) nextColoured(line []byte) State {
	buffer := shownLines.Get().(*[]byte)
	defer shownLines.Put(buffer)
	shown := ansi.AppendStripped((*buffer)[:0], line)
	*buffer = shown
	if len(shown) == 0 {
		shown = line
	}
	return s.next(shown)
}

// shownLines are what the lines without their sequences are made in.
var shownLines = sync.Pool{New: func() any { return new([]byte) }}
