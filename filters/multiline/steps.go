package multiline

// step is a place within a text: what the last line was.
type step uint8

// tentative says whether the line before a step is held.
func (s step) tentative() bool { return s >= message }

// apart says whether the line before a step begins a text, whatever a logger
// wrote above it.
func (s step) apart() bool {
	switch s {
	case pyLogging, pyWarning, pyFatal, pyThread, javaDump, nodeHeap, nodeFatal, nodeNativeTitle:
		return true
	}
	return false
}

const (
	none   step = iota
	closed      // complete: whatever follows is another text

	// weak.go, named.go
	mention
	named
	levelNamed
	level
	levelFirst
	levelSpring
	levelSpringBlank
	levelZap
	levelRails

	// throwable.go, java.go, dotnet.go
	logging
	thrown
	thrownMaybe
	thrownBlank
	frames
	exceptionData
	framesBlank
	entry
	entryText
	entryTrace

	// javadump.go
	javaDump
	javaHeap

	// node.go
	nodeSource
	nodeScript
	nodeCode
	nodeCaret
	nodeCaretBlank
	nodeRequire
	nodeProperties
	nodeTail

	// nodefatal.go
	nodeHeap
	nodeFatal
	nodeNativeTitle
	nodeNative

	// python.go
	pyStack
	pyDone
	pyBlank
	pyChain
	pyGroup
	pyGroupDone
	pyRemote
	pyFuture

	// pythonlog.go
	pyLogging
	pyCalls
	pyCallMessage
	pyWarning
	pyWarned
	pyFatal
	pyThread
	pyThreadBlank

	// golang.go
	goPanic
	goPanicBlank
	goRuntime
	goBlank
	goFrames
	goCall
	goRegisters
	goPlain
	goPlainCall

	// race.go
	goRaceRule
	goRace
	ginPanic
	ginFrame

	// ruby.go
	rubyThread
	rubyThrown
	rubyExcerpt
	rubyFrom
	rubyTrace
	rubyTraceBlank
	rubyCauses

	// rails.go
	railsOpen
	railsCaused
	railsCauses
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

	// klog.go, salt.go
	klogOpen
	klogText
	saltText

	// message.go: the lines of these are held
	message
	pyMessage
	goMessage
	phpMessage
	rubyMessage
	railsMessage
	ginMessage

	steps
)

// rule says what may follow a step, and whether something is likely to.
type rule struct {
	// next returns the step behind one more line, or none.
	next    func(s State, line []byte) step
	expects bool
	// message is the step behind a line that next does not take, but that can
	// be of a message; none where there is none.
	message step
}

var rules = [steps]rule{
	none:   {nothing, false, none},
	closed: {nothing, false, none},

	mention:          {afterMention, false, none},
	named:            {afterMention, false, message},
	levelNamed:       {afterLevel, false, message},
	level:            {afterLevel, false, none},
	levelFirst:       {afterLevel, false, none},
	levelSpring:      {afterLevel, false, none},
	levelSpringBlank: {afterLevel, true, none},
	levelZap:         {afterLevel, false, none},
	levelRails:       {afterRailsLevel, true, none},

	logging:       {afterLogging, true, none},
	thrown:        {afterThrown, true, message},
	thrownMaybe:   {afterThrown, false, message},
	thrownBlank:   {afterThrown, false, message},
	frames:        {afterFrame, true, none},
	exceptionData: {afterExceptionData, true, none},
	framesBlank:   {afterFramesBlank, false, none},
	entry:         {afterEntry, true, none},
	entryText:     {afterEntry, false, none},
	entryTrace:    {afterEntry, true, none},

	javaDump: {afterJavaDump, true, none},
	javaHeap: {afterJavaHeap, true, none},

	nodeSource:     {afterNodeSource, true, none},
	nodeScript:     {afterNodeSource, true, none},
	nodeCode:       {afterNodeCode, true, none},
	nodeCaret:      {afterNodeCaret, true, none},
	nodeCaretBlank: {afterNodeCaret, true, none},
	nodeRequire:    {afterNodeRequire, true, none},
	nodeProperties: {afterNodeProperty, true, none},
	nodeTail:       {afterNodeTail, false, none},

	nodeHeap:        {afterNodeHeap, true, none},
	nodeFatal:       {afterNodeFatal, true, none},
	nodeNativeTitle: {afterNodeNativeTitle, true, none},
	nodeNative:      {afterNodeNative, true, none},

	pyStack:     {afterPyStack, true, none},
	pyDone:      {afterPyDone, false, pyMessage},
	pyBlank:     {afterPyBlank, false, pyMessage},
	pyChain:     {afterPyChain, true, none},
	pyGroup:     {afterPyGroup, true, none},
	pyGroupDone: {afterPyGroup, false, none},
	pyRemote:    {afterPyRemote, true, none},
	pyFuture:    {afterPyFuture, true, none},

	pyLogging:     {afterPyFuture, true, none},
	pyCalls:       {afterPyCalls, true, none},
	pyCallMessage: {afterPyCallMessage, true, none},
	pyWarning:     {afterPyWarning, true, none},
	pyWarned:      {afterPyWarning, false, none},
	pyFatal:       {afterPyFatal, true, none},
	pyThread:      {afterPyThread, true, none},
	pyThreadBlank: {afterPyThreadBlank, false, none},

	goPanic:      {afterGoPanic, true, goMessage},
	goPanicBlank: {afterGoBlank, true, goMessage},
	goRuntime:    {afterGoRuntime, true, none},
	goBlank:      {afterGoBlank, true, none},
	goFrames:     {afterGoFrame, true, none},
	goCall:       {afterGoCall, true, none},
	goRegisters:  {afterGoRegister, false, none},
	goPlain:      {afterGoPlain, true, none},
	goPlainCall:  {afterGoPlainCall, true, none},

	goRaceRule: {afterRaceRule, false, none},
	goRace:     {afterRace, true, none},
	ginPanic:   {afterRecovery, true, ginMessage},
	ginFrame:   {afterRecoveryFrame, true, none},

	rubyThread:     {afterRubyThread, true, none},
	rubyThrown:     {afterRubyThrown, true, rubyMessage},
	rubyExcerpt:    {afterRubyExcerpt, false, rubyMessage},
	rubyFrom:       {afterRubyFrom, true, none},
	rubyTrace:      {afterRubyTrace, true, none},
	rubyTraceBlank: {afterRubyTraceBlank, false, none},
	rubyCauses:     {afterRubyCauses, true, none},
	railsOpen:      {afterRailsMessage, false, railsMessage},
	railsCaused:    {afterRailsCaused, false, none},
	railsCauses:    {afterRailsCauses, true, none},
	rails:          {afterRails, true, none},

	phpUncaught:    {afterPHPUncaught, true, phpMessage},
	phpNotice:      {afterPHPNotice, false, none},
	phpFrames:      {afterPHPFrame, true, none},
	phpFatalFrames: {afterPHPFrame, true, none},
	phpMain:        {afterPHPMain, false, none},
	phpBlank:       {afterPHPBlank, false, none},
	phpFatalBlank:  {afterPHPBlank, true, none},
	phpCalls:       {afterPHPCall, false, none},

	klogOpen: {afterKlogOpen, true, none},
	klogText: {afterKlogText, false, none},
	saltText: {afterSaltText, false, none},

	message:      {afterMessage, false, message},
	pyMessage:    {afterPyMessage, false, pyMessage},
	phpMessage:   {afterPHPUncaught, false, phpMessage},
	rubyMessage:  {afterRubyMessage, false, rubyMessage},
	railsMessage: {afterRailsMessage, false, railsMessage},
	goMessage:    {afterGoMessage, false, goMessage},
	ginMessage:   {afterRecovery, false, ginMessage},
}

func nothing(State, []byte) step { return none }
