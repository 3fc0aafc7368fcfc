package multiline

import "bytes"

// Programs log exceptions with any level. But most of the lines that begin with a
// time stand alone, and there are many of them. So they have no anchor in the
// prefilter: Begin knows them by the time alone. And who reads the lines can find
// out whether one that goes on with them is near before keeping them (State.Hint).
//
// Only what a trace confirms is taken.
var headerRules = table{headed, []rule{
	{"first", Func(datedByGo).First(goDate, nil).AsAbove(), "headerGo"},
	{"first", Func(dated).First(tenDigits+"[", nil).AsAbove(), "header"},
	{headers, Func(isHeadline).First(letters, nil), "message"},
	{headers, Func(isBareHeadline).First("ET", nil), "message"},
	{headers, Func(isBracketed).First(capitals, nil), "message"},
	{headers, Func(isGoFunction), "goPlainAhead"}, // %+v of an error of pkg/errors
}}

const (
	headers = "header headerGo"
	headed  = throwing | golang
)

// datedByGo says whether the package log of Go, or nginx, wrote the time.
func datedByGo(text []byte) bool { return len(text) > 4 && text[4] == '/' && dated(text) }

// isBracketed says whether a line is an exception of an old Elasticsearch:
// "MapperParsingException[failed to parse]; nested: …".
func isBracketed(line []byte) bool {
	name, _, found := bytes.Cut(line, []byte("["))
	return found && className(name) && len(name) > 0
}

// Hint is what one of the lines behind a line of a logger has, if they are one
// message. The zero Hint is that of all other states: nothing is known.
type Hint uint8

const (
	// NoHint: any line may follow.
	NoHint Hint = iota
	// Exception: a line with the name of an exception.
	Exception
	// GoPlace: the same, or a line with a place in a source file of Go.
	GoPlace

	// Hints is how many there are.
	Hints
)

// HintWindow is how far behind the line, at most, the hint is. Where other streams
// write that much in between, the line stands alone.
const HintWindow = 1 << 10

// Hint returns what must follow.
func (s State) Hint() Hint {
	switch s.live {
	case rules.header:
		return Exception
	case rules.headerGo:
		return GoPlace
	}
	return NoHint
}

// Find returns the index of the first hint in bytes that hold lines in any
// encoding, and -1 if there is none.
func (h Hint) Find(raw []byte) int {
	i := hintFinder.index(raw)
	if h == GoPlace {
		if n := bytes.Index(raw, []byte(".go:")); i < 0 || n >= 0 && n < i {
			return n
		}
	}
	return i
}

var hintFinder = newFinder(false, "Exception", "Error")
