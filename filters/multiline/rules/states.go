package multiline

// state is what the last line of a message may have been.
type state uint8

const (
	first     state = iota // none: a line that may begin a message follows
	component              // the same in the file of one of the node's components
	closed                 // the message is complete

	// Lines that a trace may follow.
	mention    // anything that tells of one
	named      // the name of an exception
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
	rubyMessage
	railsMessage
	ginMessage

	stateCount
)

var (
	// lookahead are the states behind lines that are held.
	lookahead = in(message, pyMessage, goMessage, phpMessage, rubyMessage, railsMessage, ginMessage)

	// weak are the states behind first lines that may as well stand in a
	// message.
	weak = in(mention, lowerError, phpThrown)

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
type states [2]uint64

func in(list ...state) (s states) {
	for _, q := range list {
		s.add(q)
	}
	return s
}

func (s *states) add(q state)            { s[q/64] |= 1 << (q % 64) }
func (s states) has(q state) bool        { return s[q/64]>>(q%64)&1 != 0 }
func (s states) and(other states) states { return states{s[0] | other[0], s[1] | other[1]} }
func (s states) but(other states) states { return states{s[0] &^ other[0], s[1] &^ other[1]} }
func (s states) meets(other states) bool { return s[0]&other[0]|s[1]&other[1] != 0 }
