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

import (
	"github.com/k8slog/k8slog/filters/ansi"
)

// Set is a set of languages. The zero Set recognises nothing.
type Set uint32

// Languages are the names of what can be recognised, in the order of their
// bits in a Set. A name is never moved.
var Languages = []string{
	"java", "dotnet", "node", "python", "go", "ruby", "php", "klog",
	"rust", "dart", "perl", "erlang", "swift", "r", "cpp", "powershell",
	"haskell", "ocaml", "lua", "julia", "crystal", "nim", "postgres", "json",
	"zig", "d", "tcl", "oracle", "redis", "others",
}

const (
	java Set = 1 << iota
	dotnet
	node
	python
	golang
	ruby
	php
	klogs
	rust
	dart
	perl
	erlang
	swift
	rLanguage
	cpp
	powershell
	haskell
	ocaml
	lua
	julia
	crystal
	nim
	postgres
	objects
	zig
	dlang
	tcl
	oracle
	redis
	others

	every = others<<1 - 1

	// throwing are the languages whose traces look alike: the name of a class,
	// a message, and lines that begin with "at".
	throwing = java | dotnet | node
	// tracing are those whose traces may follow a line of a logger.
	tracing = every &^ (klogs | postgres | objects | redis)
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
	live states // what the last line may have been
	set  Set    // the languages whose rules apply; custom for an operator's rule
	more ahead
}

// None is the state of what is no such message, or has ended.
var None State

// Next returns the state behind one more line, which is plain, and None when
// the line does not belong to the message.
func (s State) Next(line []byte) State {
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
	var k kind
	var again, againAhead states
	if from := s.more.again(); !from.empty() {
		again, againAhead = rules.step(from, s.set, line, &k)
	}
	if s.more&weak != 0 && !again.empty() {
		return State{again, s.set, restarts}
	}
	live, tentative := rules.step(s.live, s.set, line, &k)
	switch {
	case !live.empty():
		return State{live, s.set, 0}
	case !again.empty():
		return State{again, s.set, restarts}
	case !tentative.empty():
		more := s.more &^ restarts
		if k.expected {
			more &^= weak
		}
		k.canStandInside(s.set, line)
		return State{tentative, s.set, more}.ahead(line, &k)
	case !againAhead.empty():
		k.canStandInside(s.set, line)
		return State{againAhead, s.set, weak | restarts}.ahead(line, &k)
	}
	return None
}

// Open says whether any line could go on with the message, as a part of it or as
// lookahead. None is not open.
func (s State) Open() bool {
	if s.set == custom {
		return s.progress() != ended
	}
	return s.set != 0 && (!s.live.within(rules.final) || s.more.used() > 0)
}

// Tentative says whether the last line, with those before it of which this was
// said, belongs to the message only if a line follows of which it is not said.
// If none does, these lines stand alone: none of them begins a message.
func (s State) Tentative() bool { return s.more.used() > 0 }

// Restarts says whether the line before the last one, which was tentative, begins
// the message. What stands above it is over: what was tentative of that stands
// alone.
func (s State) Restarts() bool { return s.more&restarts != 0 }

// Expects says whether more lines must, or are likely to, follow: whether
// waiting for them is worth it.
func (s State) Expects() bool {
	if s.set == custom {
		return s.progress() != ended
	}
	return !s.live.within(rules.last)
}

// Ordinary says whether the last line may be the header of a logger as a program writes
// it in all of its lines: that another line goes on with it is rare.
func (s State) Ordinary() bool { return s.set != custom && s.live.within(rules.ordinary) }
