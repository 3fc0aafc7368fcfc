package multiline

// step is a place within a text: what the last line was.
type step uint8

const (
	none   step = iota
	closed      // complete: whatever follows is another text

	// weak.go
	mention
	level
	levelFirst
	levelSpring
	levelSpringBlank
	levelZap

	// throwable.go, java.go, dotnet.go
	thrown
	thrownMaybe
	thrownBlank
	frames
	framesBlank
	entry
	entryText
	entryTrace

	// node.go
	nodeSource
	nodeCode
	nodeCaret
	nodeCaretBlank
	nodeRequire
	nodeProperties
	nodeTail

	// python.go
	pyStack
	pyDone
	pyBlank
	pyChain
	pyGroup
	pyGroupDone
	pyRemote
	pyFuture

	// golang.go
	goPanic
	goRuntime
	goBlank
	goFrames
	goCall
	goRegisters
	goPlain
	goPlainCall

	// ruby.go
	rubyThrown
	rubyExcerpt
	rubyFrom
	rubyTrace
	rubyTraceBlank
	rubyCauses
	rails

	// php.go
	phpUncaught
	phpNotice
	phpFrames
	phpFatalFrames
	phpMain
	phpBlank
	phpFatalBlank
	phpCalls

	// klog.go
	klogOpen
	klogText

	steps
)

// rule says what may follow a step, and whether something is likely to.
type rule struct {
	// next returns the step behind one more line, or none.
	next    func(s State, line []byte) step
	expects bool
}

var rules = [steps]rule{
	none:   {nothing, false},
	closed: {nothing, false},

	mention:          {afterMention, false},
	level:            {afterLevel, false},
	levelFirst:       {afterLevel, false},
	levelSpring:      {afterLevel, false},
	levelSpringBlank: {afterLevel, true},
	levelZap:         {afterLevel, false},

	thrown:      {afterThrown, true},
	thrownMaybe: {afterThrown, false},
	thrownBlank: {afterThrown, false},
	frames:      {afterFrame, true},
	framesBlank: {afterFramesBlank, false},
	entry:       {afterEntry, true},
	entryText:   {afterEntry, false},
	entryTrace:  {afterEntry, true},

	nodeSource:     {afterNodeSource, true},
	nodeCode:       {afterNodeCode, true},
	nodeCaret:      {afterNodeCaret, true},
	nodeCaretBlank: {afterNodeCaret, true},
	nodeRequire:    {afterNodeRequire, true},
	nodeProperties: {afterNodeProperty, true},
	nodeTail:       {afterNodeTail, false},

	pyStack:     {afterPyStack, true},
	pyDone:      {afterPyDone, false},
	pyBlank:     {afterPyBlank, false},
	pyChain:     {afterPyChain, true},
	pyGroup:     {afterPyGroup, true},
	pyGroupDone: {afterPyGroup, false},
	pyRemote:    {afterPyRemote, true},
	pyFuture:    {afterPyFuture, true},

	goPanic:     {afterGoPanic, true},
	goRuntime:   {afterGoRuntime, true},
	goBlank:     {afterGoBlank, true},
	goFrames:    {afterGoFrame, true},
	goCall:      {afterGoCall, true},
	goRegisters: {afterGoRegister, false},
	goPlain:     {afterGoPlain, true},
	goPlainCall: {afterGoPlainCall, true},

	rubyThrown:     {afterRubyThrown, true},
	rubyExcerpt:    {afterRubyExcerpt, false},
	rubyFrom:       {afterRubyFrom, true},
	rubyTrace:      {afterRubyTrace, true},
	rubyTraceBlank: {afterRubyTraceBlank, false},
	rubyCauses:     {afterRubyCauses, true},
	rails:          {afterRails, true},

	phpUncaught:    {afterPHPUncaught, true},
	phpNotice:      {afterPHPNotice, false},
	phpFrames:      {afterPHPFrame, true},
	phpFatalFrames: {afterPHPFrame, true},
	phpMain:        {afterPHPMain, false},
	phpBlank:       {afterPHPBlank, false},
	phpFatalBlank:  {afterPHPBlank, true},
	phpCalls:       {afterPHPCall, false},

	klogOpen: {afterKlogOpen, true},
	klogText: {afterKlogText, false},
}

func nothing(State, []byte) step { return none }
