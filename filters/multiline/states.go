package multiline

import "math/bits"

// state is what the last line of a message may have been.
type state uint8

const (
	first     state = iota // none: a line that may begin a message follows
	component              // the same in the file of one of the node's components
	closed                 // the message is complete

	// Lines that a trace may follow.
	mention    // anything that tells of one
	named      // the name of an exception
	failure    // the same, of a language that shows no frames behind it
	lowerError // "error: …"
	level      // a logger's line with the level of an error
	levelFirst // it begins with the level
	levelSpring
	levelBlank
	levelZap
	levelRails

	// Java, .NET and JavaScript.
	logging
	thrown
	thrownMaybe
	thrownBlank
	thrownNested
	frames
	framesBlank
	exceptionData
	entry
	entryText
	entryTrace
	javaDump
	javaHeap
	javaCrashMark
	javaCrash

	nodeSource
	nodeScript
	nodeCode
	nodeCaret
	nodeCaretBlank
	nodeRequire
	nodeProperties
	nodeTail
	nodeBlock
	nodeHeap
	nodeFatal
	nodeNativeTitle
	nodeNative

	pyStack
	pyDone
	pyBlank
	pyResponse
	pyChain
	pyGroup
	pyGroupDone
	pyRemote
	pyFuture
	pyBox
	pyBoxDone
	pyLogging
	pyCalls
	pyCallMessage
	pyWarning
	pyWarned
	pyFatal
	pyThread
	pyThreadBlank

	goPanic
	goPanicBlank
	goRuntime
	goBlank
	goFrames
	goCall
	goRegisters
	goPlain
	goPlainCall
	goRaceRule
	goRace
	ginPanic
	ginFrame

	rubyThread
	rubyThrown
	rubyExcerpt
	rubyFrom
	rubyTrace
	rubyTraceBlank
	rubyCauses
	railsOpen
	railsCaused
	railsCauses
	rails

	phpUncaught
	phpThrown
	phpNotice
	phpFrames
	phpFatalFrames
	phpMain
	phpBlank
	phpFatalBlank
	phpCalls

	klogOpen
	klogText
	klogTrace
	saltText

	// Lines of a message, which are held.
	message
	pyMessage
	goMessage
	phpMessage
	phpHeld
	rubyMessage
	railsMessage
	ginMessage

	stateCount
)

var (
	// lookahead are the states behind lines that are held.
	lookahead = in(message, pyMessage, goMessage, phpMessage, phpHeld, rubyMessage, railsMessage, ginMessage)

	// weak are the states behind first lines that may as well stand in a
	// message.
	weak = in(mention, failure, lowerError, phpThrown, javaCrashMark)

	// expecting are the states that are not the last of a message.
	expecting = in(levelBlank, levelRails,
		logging, thrown, frames, exceptionData, entry, entryTrace, javaDump, javaHeap, javaCrash,
		nodeSource, nodeScript, nodeCode, nodeCaret, nodeCaretBlank, nodeRequire, nodeProperties, nodeBlock,
		nodeHeap, nodeFatal, nodeNativeTitle, nodeNative,
		pyStack, pyResponse, pyChain, pyGroup, pyRemote, pyFuture, pyBox, pyBoxDone,
		pyLogging, pyCalls, pyCallMessage, pyWarning, pyFatal, pyThread,
		goPanic, goPanicBlank, goRuntime, goBlank, goFrames, goCall, goPlain, goPlainCall, goRace, ginPanic, ginFrame,
		rubyThread, rubyThrown, rubyFrom, rubyTrace, rubyCauses, railsCauses, rails,
		phpUncaught, phpFrames, phpFatalFrames, phpFatalBlank, klogOpen)
)

// states is a set of states.
type states struct{ low, high uint64 }

func in(list ...state) (s states) {
	for _, q := range list {
		s.add(q)
	}
	return s
}

func (s *states) add(q state) {
	if q < 64 {
		s.low |= 1 << q
	} else {
		s.high |= 1 << (q - 64)
	}
}

func (s states) has(q state) bool {
	if q < 64 {
		return s.low>>q&1 != 0
	}
	return s.high>>(q-64)&1 != 0
}

func (s states) and(other states) states { return states{s.low | other.low, s.high | other.high} }
func (s states) but(other states) states { return states{s.low &^ other.low, s.high &^ other.high} }
func (s states) meets(other states) bool { return s.low&other.low|s.high&other.high != 0 }
func (s states) empty() bool             { return s.low|s.high == 0 }

// next takes a state out of a set that is not empty.
func (s *states) next() state {
	if s.low != 0 {
		q := bits.TrailingZeros64(s.low)
		s.low &= s.low - 1
		return state(q)
	}
	q := bits.TrailingZeros64(s.high)
	s.high &= s.high - 1
	return state(q + 64)
}
