package multiline

import (
	"iter"
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
	lookaheadStates = "levelBlank goPlainAhead message pyMessage goMessage phpMessage rubyMessage railsMessage ginMessage" +
		" rustMessage rustCausesBlank dartMessage erlangAhead elixirAhead swiftBlank rMessage asanMessage psMessage luaMessage" +
		" juliaMessage juliaBlank crystalMessage objectAhead swiftCrashBlank chiBlank"

	// softStates are those behind first lines that may as well stand in a
	// message: these begin a message only if what stands above them does not go
	// on behind them. Of two lines of which only weakStates are known, the second
	// one is more likely to begin it.
	softStates = weakStates + " header headerGo level levelFirst levelSpring levelBlank levelZap levelRails"
	weakStates = "mention named chiPanic failure lowerError phpThrown javaCrashMark objectText object perlDied psError rError rHead luaHead asanRule swiftFatal"

	// lastStates are those behind lines that may be the last ones. Behind all
	// others more lines must, or are likely to, follow.
	lastStates = lookaheadStates + " " + weakStates + " closed" +
		" named qualified level levelFirst levelSpring levelZap header headerGo railsCaused" +
		" thrownMaybe thrownBlank framesBlank entryText nodeTail" +
		" pyDone pyBlank pyGroupDone pyWarned pyThreadBlank goRegisters goRaceRule" +
		" rubyExcerpt rubyTraceBlank railsOpen phpNotice phpMain phpBlank phpCalls klogText klogTrace saltText" +
		" rustText rustNote rustCauses rustFrames dartThrown dartFrames perlFrames erlangReport elixirHead elixirError elixirFrames" +
		" swiftFrames swiftCrash rTrace ubsan ubsanFrames asanEnd cppTerminate cppSignal psCode haskell ocaml luaFrames" +
		" chiFrames juliaFrames juliaExpression crystalHead crystalFrames postgresText"
)

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

// states is a set of up to 192 states.
type states [3]uint64

const maxStates = 64 * len(states{})

func (s *states) add(q uint8) { s[q/64] |= 1 << (q % 64) }

func (s states) and(other states) states {
	return states{s[0] | other[0], s[1] | other[1], s[2] | other[2]}
}

func (s states) but(other states) states {
	return states{s[0] &^ other[0], s[1] &^ other[1], s[2] &^ other[2]}
}

func (s states) empty() bool              { return s[0]|s[1]|s[2] == 0 }
func (s states) within(other states) bool { return s.but(other).empty() }

// all returns the numbers of the states.
func (s states) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}
