// Package multiline recognises texts that a program wrote in several lines:
// stack traces, klog's blocks, and the messages of the node's own components.
//
// A text that begins with the first line of a trace is strong: what follows is
// known. A line that may be followed by a trace is weak: a logger's line with
// the level of an error, or one that names an exception. A weak line takes
// nothing but a trace. Lines of a message that look ordinary are held until a
// trace follows (State.Tentative).
package multiline

import "bytes"

// Set is a set of languages. The zero Set recognises nothing.
type Set uint16

// Languages are the names of what can be recognised, in the order of their
// bits in a Set.
var Languages = []string{"java", "dotnet", "node", "python", "go", "ruby", "php", "klog"}

const (
	java Set = 1 << iota
	dotnet
	node
	python
	golang
	ruby
	php
	klogs

	// throwing are the languages whose traces look alike: the name of a class,
	// a message, and lines that begin with "at".
	throwing = java | dotnet | node
	naming   = throwing | python | php // a line may name an exception, and its trace follow
	tracing  = throwing | python | golang | ruby | php
)

// Place is where a line stands, as far as it matters here.
type Place uint8

const (
	// Container: one stream of a container's output.
	Container Place = iota
	// Component: the log file of one of the node's own components.
	Component
)

// State is how far a text of several lines has come. It is made by Begin.
type State struct {
	step step
	held uint8 // lines at the end of it that nothing has confirmed yet
	set  Set   // the languages that the text may still turn out to be
}

// None is the state of what is no such text, or has ended.
var None State

// Begin returns the state behind a line that may be the first of several, and
// None for any other. text is the line without its line feed, as it is kept:
// plain, or the inside of a JSON string (filters.Text).
func (s Set) Begin(text []byte, place Place) State {
	if len(text) == 0 || text[0] == '{' {
		return State{}
	}
	if c := text[len(text)-1]; c == '\r' {
		text = text[:len(text)-1]
	} else if c == 'r' && ends(text, `\r`) {
		text = text[:len(text)-2]
	}
	if len(text) == 0 {
		return State{}
	}
	if s&klogs != 0 && klogLetter(text[0]) {
		if st := beginKlog(text, place); st != none {
			return State{step: st, set: s}
		}
	}
	if place == Component && s&klogs != 0 && isSalt(text) {
		return State{step: saltText, set: s}
	}
	if s&tracing == 0 || !s.suspicious(text) {
		return State{}
	}
	if coloured(text) {
		return s.beginColoured(text)
	}
	return s.begin(text)
}

// begin is Begin for a text without escape sequences that is suspicious.
func (s Set) begin(text []byte) State {
	st := s.start(text)
	if st == none {
		if st = s.hint(text); st == none {
			return State{}
		}
	}
	return State{step: st, set: s}
}

// Next returns the state behind one more line, which is plain, and None when
// the line does not belong to the text.
func (s State) Next(line []byte) State {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if bytes.IndexByte(line, escape) >= 0 {
		return s.nextColoured(line)
	}
	return s.next(line)
}

// next is Next for a line without escape sequences.
func (s State) next(line []byte) State {
	st := rules[s.step].next(s, line)
	if st == none || st.tentative() {
		return s.hold(st, line)
	}
	return State{step: st, set: s.set}
}

// Tentative says whether the last line, with those before it of which this was
// said, belongs to the text only if a line follows of which it is not said. If
// none does, these lines stand alone: none of them begins a text.
func (s State) Tentative() bool { return s.held > 0 }

// Expects says whether more lines must, or are likely to, follow: whether
// waiting for them is worth it.
func (s State) Expects() bool { return rules[s.step].expects }
