// Package multiline recognises messages that a program wrote in several lines:
// stack traces, klog's blocks, and the messages of the node's own components.
//
// It is an engine and a table of rules for each language. A rule leads from a
// state over a line to the next state. All rules that apply are followed at
// once, so a State is the set of states that the message may be in, and no
// language hides what another one finds.
//
// Lines of an exception's message look like any other. They are lookahead until
// a line follows that only a trace has (State.Tentative).
package multiline

import "github.com/k8slog/k8slog/filters/ansi"

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

// State is how far a message of several lines has come. It is made by Begin.
// States are comparable.
type State struct {
	live      states // what the last line may have been
	lookahead uint8  // lines at the end that nothing has confirmed yet
	set       Set    // the languages whose rules apply

	custom   *Custom // takes the place of the languages; nil for none
	progress progress
}

// None is the state of what is no such message, or has ended.
var None State

// maxLookahead is the most lines that are looked at before a trace must go on.
const maxLookahead = 32

// Begin returns the state behind a line that may be the first of several, and
// None for any other. text is the line without its line feed, as it is kept:
// plain, or the inside of a JSON string (filters.Text).
func (s Set) Begin(text []byte, place Place) State {
	if len(text) == 0 || text[0] == '{' {
		return None
	}
	if c := text[len(text)-1]; c == '\r' {
		text = text[:len(text)-1]
	} else if c == 'r' && ends(text, `\r`) {
		text = text[:len(text)-2]
	}
	if len(text) == 0 {
		return None
	}
	if place == Component && s&klogs != 0 {
		if live, _ := rules.step(rules.component, s, text); !live.empty() {
			return State{live: live, set: s}
		}
	}
	if rules.candidate(s, text) {
		if live := s.begin(text); !live.empty() {
			return State{live: live, set: s}
		}
	}
	return None
}

// begin returns the states behind a candidate.
func (s Set) begin(text []byte) (live states) {
	if decorated(text) {
		buffer := shownLines.Get().(*[]byte)
		defer shownLines.Put(buffer)
		*buffer = appendShown((*buffer)[:0], text)
		if text = *buffer; len(text) == 0 {
			return states{}
		}
	}
	live, _ = rules.step(rules.first, s, text)
	return live
}

// Next returns the state behind one more line, which is plain, and None when
// the line does not belong to the message.
func (s State) Next(line []byte) State {
	if s.custom != nil {
		return s.custom.next(s.progress, line)
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if coloured(line) {
		return s.nextColoured(line)
	}
	return s.next(line)
}

func (s State) nextColoured(line []byte) State {
	buffer := shownLines.Get().(*[]byte)
	defer shownLines.Put(buffer)
	if *buffer = ansi.AppendStripped((*buffer)[:0], line); len(*buffer) > 0 { // what shows nothing is not blank
		line = *buffer
	}
	return s.next(line)
}

func (s State) next(line []byte) State {
	live, ahead := rules.step(s.live, s.set, line)
	switch {
	case !live.empty():
		return State{live: live, set: s.set}
	case !ahead.empty() && s.lookahead < maxLookahead:
		return State{live: ahead, lookahead: s.lookahead + 1, set: s.set}
	}
	return None
}

// Tentative says whether the last line, with those before it of which this was
// said, belongs to the message only if a line follows of which it is not said.
// If none does, these lines stand alone: none of them begins a message.
func (s State) Tentative() bool { return s.lookahead > 0 }

// Expects says whether more lines must, or are likely to, follow: whether
// waiting for them is worth it.
func (s State) Expects() bool {
	if s.custom != nil {
		return s.progress != ended
	}
	return !s.live.within(rules.last)
}
