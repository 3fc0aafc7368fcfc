package multiline

import (
	"math/bits"
	"strings"
)

// A state is what the last line of a message may have been. Rules name states;
// lists of them have spaces between the names.
const (
	firstStates     = "first"     // no line: one that may begin a message follows
	componentStates = "component" // the same in the file of one of the node's components

	// lookaheadStates are those behind lines of lookahead: only a line that
	// follows can make them a part of the message.
	lookaheadStates = "message pyMessage goMessage phpMessage rubyMessage railsMessage ginMessage"

	// weakStates are those behind first lines that may as well stand in a
	// message.
	weakStates = "mention failure lowerError phpThrown javaCrashMark"

	// lastStates are those behind lines that may be the last ones. Behind all
	// others more lines must, or are likely to, follow.
	lastStates = lookaheadStates + " " + weakStates + " closed" +
		" named level levelFirst levelSpring levelZap railsCaused" +
		" thrownMaybe thrownBlank framesBlank entryText nodeTail" +
		" pyDone pyBlank pyGroupDone pyWarned pyThreadBlank goRegisters goRaceRule" +
		" rubyExcerpt rubyTraceBlank railsOpen phpNotice phpMain phpBlank phpCalls klogText klogTrace saltText"
)

// ordinaryStates are those behind the header of a logger that may belong to any line.
const ordinaryStates = "header klogText saltText postgresText"

// names are the states by their names.
type names map[string]uint8

// set returns the states that a list names. A name that is new gets a number.
func (n names) set(list string) (s states) {
	for name := range strings.FieldsSeq(list) {
		q, known := n[name]
		if !known {
			q = uint8(len(n))
			n[name] = q
		}
		s.add(q)
	}
	return s
}

// known returns the states of a list that rules name.
func (n names) known(list string) (s states) {
	for name := range strings.FieldsSeq(list) {
		if q, known := n[name]; known {
			s.add(q)
		}
	}
	return s
}

// states is a set of up to 128 states.
type states struct{ low, high uint64 }

func (s *states) add(q uint8) {
	if q < 64 {
		s.low |= 1 << q
	} else {
		s.high |= 1 << (q - 64)
	}
}

func (s states) and(other states) states  { return states{s.low | other.low, s.high | other.high} }
func (s states) but(other states) states  { return states{s.low &^ other.low, s.high &^ other.high} }
func (s states) empty() bool              { return s.low|s.high == 0 }
func (s states) within(other states) bool { return s.but(other).empty() }

// next takes a state out of a set that is not empty.
func (s *states) next() (q int) {
	if s.low != 0 {
		q = bits.TrailingZeros64(s.low)
		s.low &= s.low - 1
		return q
	}
	q = bits.TrailingZeros64(s.high)
	s.high &= s.high - 1
	return q + 64
}
