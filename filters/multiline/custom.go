package multiline

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/ansi"
)

// Limits are the largest size of a message.
type Limits struct{ Lines, Bytes int }

// Custom is an operator's own rule for messages of several lines. It takes the place of all
// languages for the sources that it is for. A nil test is not set. Tests see a line without
// escapes and escape sequences, and without a carriage return at its end.
type Custom struct {
	// Start holds of the first line of a message. Without it, every line that does not
	// belong to the message above begins one.
	Start func(line []byte) bool
	// Continue holds of the lines that belong to the message above. Without Continue and
	// Unfinished, these are all lines of which Start does not hold.
	Continue func(line []byte) bool
	// Unfinished holds of lines to which the next line belongs, whatever it is.
	Unfinished func(line []byte) bool
	// End holds of the last line of a message.
	End func(line []byte) bool
	Limits
}

// ByStream is the rules of a source, by the stream of its records. The zero ByStream has
// none. It is the value of filters.Source.Multiline.
type ByStream [filters.Stderr + 1]*Custom

// Set sets the rule of a stream; NoStream stands for all.
func (b *ByStream) Set(stream filters.Stream, c *Custom) {
	if stream != filters.NoStream {
		b[stream] = c
		return
	}
	for i := range b {
		b[i] = c
	}
}

// CustomOf returns the rule for a record; nil when the languages count.
func CustomOf(r *filters.Record) *Custom {
	if rules, ok := r.Source.Multiline.(*ByStream); ok {
		return rules[r.Stream]
	}
	return nil
}

// custom is the Set of the states of a Custom. No language has its bit.
const custom Set = 1 << 31

// progress is how far a message of a Custom has come.
type progress uint8

const (
	open       progress = iota + 1
	unfinished          // the next line belongs to it
	ended               // no line belongs to it
)

// state returns the state of a message. Its one state is how far it has come.
func (p progress) state() State { return State{live: states{a: uint64(p)}, set: custom} }

// progress returns how far the message of a Custom has come.
func (s State) progress() progress { return progress(s.live.a) }

// Begin returns the state behind the first line of a message, which is plain, and None for
// a line that stands alone.
func (c *Custom) Begin(line []byte) State {
	buffer := shownLines.Get().(*[]byte)
	defer shownLines.Put(buffer)
	line = clean(line, buffer)
	if c.Start != nil && !c.Start(line) {
		return None
	}
	if state := c.behind(line); state.Open() {
		return state
	}
	return None
}

// behind returns the state behind a line of a message.
func (c *Custom) behind(line []byte) State {
	goesOn := c.Continue != nil || c.Unfinished == nil && (c.Start != nil || c.End != nil)
	switch {
	case c.End != nil && c.End(line):
		return ended.state()
	case c.Unfinished != nil && c.Unfinished(line):
		return unfinished.state()
	case !goesOn:
		return ended.state()
	}
	return open.state()
}

// Next returns the state behind one more line, where s is the state before; None for a line
// that does not belong to the message.
func (c *Custom) Next(s State, line []byte) State {
	buffer := shownLines.Get().(*[]byte)
	defer shownLines.Put(buffer)
	line = clean(line, buffer)
	belongs := false
	switch p := s.progress(); {
	case s.set != custom || p == ended:
	case p == unfinished:
		belongs = true
	case c.Continue != nil:
		belongs = c.Continue(line)
	case c.Start != nil && c.Unfinished == nil:
		belongs = !c.Start(line)
	case c.End != nil && c.Unfinished == nil:
		belongs = true
	}
	if !belongs {
		return None
	}
	return c.behind(line)
}

// clean returns a line without a carriage return at its end, and without escape sequences.
func clean(line []byte, buffer *[]byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if bytes.IndexByte(line, escape) < 0 {
		return line
	}
	*buffer = ansi.AppendStripped((*buffer)[:0], line)
	return *buffer
}
