package multiline

import (
	"slices"
	"strings"
)

// A state is what the last line of a message may have been. Rules name states;
// lists of them have spaces between the names.
const (
	firstStates     = "first"     // no line: one that may begin a message follows
	componentStates = "component" // the same in the file of one of the node's components

	// lookaheadStates are those behind lines of lookahead: only a line that
	// follows can make them a part of the message.
	lookaheadStates = "usageTry usageMore usageBlank errorsBlank htmlAhead levelBlank levelAhead goAhead prismaBlank slowAhead celeryAhead rakeMessage goPlainAhead goWrapped message pyMessage goMessage phpMessage rubyMessage railsMessage ginMessage" +
		" rustMessage rustCausesBlank erlangAhead elixirAhead swiftBlank rMessage asanMessage psMessage reportAhead reportBlank" +
		" objectAhead swiftCrashBlank chiBlank bannerAhead torchRule block2Blank block4Blank pyInvalidAhead tclAhead oraAhead"

	// textStates are those behind lines of a logger's text. A line that may begin a message
	// of its own is none, unless it is a mention: that is looked for again.
	textStates = "levelAhead goAhead"

	// softStates are those behind first lines that may as well stand in a
	// message: these begin a message only if what stands above them does not go
	// on behind them. Of two lines of which only weakStates are known, the second
	// one is more likely to begin it.
	// Those of softStates that stand first are looked for again (ahead).
	softStates = "header headerGo level levelFirst levelSpring levelBlank levelZap levelRails thrownMaybe " + weakStates
	weakStates = "named mention failure lowerError phpThrown perlDied reportMaybe psError rError rHead chiPanic" +
		" javaCrashMark asanRule swiftFatal objectText object nodeWarning" +
		" bannerStars diagnostics perlSyntax ipyRule items azure googleapi aws gorm cake rustcHead slimHead rWarning arrow goError pino fpmSlow" +
		" tableRule yamlRule httpHead helmHead prismaMention htmlHead goBuild errorsHead usage"

	// lastStates are those behind lines that may be the last ones. Behind all
	// others more lines must, or are likely to, follow.
	lastStates = lookaheadStates + " rubyRedefined causes properties collision sqlKey levelSQL dashes numbers failsafe tensorflow btFrames value emptyBracket emptyEnd goBuilt errorsText emptyKey levelDetail objectEnd ginWarning innodbHead innodbLock listHead levelHead listEnd emptyText sqlHead sql list table yaml helm prismaText itemsEnd hashiHead prettyHead rankStack" + " " + weakStates + " closed" +
		" named qualified level levelFirst levelSpring levelZap header headerGo railsCaused" +
		" thrownMaybe thrownBlank framesBlank entryText nodeTail" +
		" pyDone pyBlank pyGroupDone pyWarned pyThreadBlank goRegisters goRaceRule" +
		" rubyExcerpt rubyTraceBlank railsOpen phpNotice phpMain phpBlank phpCalls klogText klogTrace saltText" +
		" rustText rustNote rustCauses rustFrames report reportFrames erlangReport elixirHead elixirError elixirFrames" +
		" swiftCrash rTrace rAddition rBacktrace ubsan asanEnd cppTerminate psCode luaFrames" +
		" arrow goError arrowFrames dropwizard netty aws gorm pip pySpark pyPlan pyNamed pyTemplate djangoRemark ipyRule tracing errorStack rustcHead rustc codeigniter" +
		" cake cakeFrames slim rakeTrace rubyBug pino pinoErr fpmSlow rShiny rWarning rWarned seastar innodb slow jsonnet boost items hclog googleapi azure" +
		" place chiFrames postgresText bannerText bannerEnd bannerItems config block2 block4 kubectl pyInvalid backward zig"
)

// ordinaryStates are those behind the header of a logger that may belong to any line.
const ordinaryStates = "header klogText saltText postgresText"

// slotStates are the states of formats of which a message has at most one. They have no
// bit in a set, but share its slots. All states of a slot are among lastStates, or none is.
var slotStates = [slots]string{
	"ingress odl javaHeap javaDump javaCrash jenkinsAlso banner bannerAction rayStack torchBox pyLogging pyCalls pyCallMessage pyFatal pyThread pyRemote" +
		" nodeHeap nodeFatal nodeNativeTitle nodeNative nodeBlock nodeScript asan asanSignal psPlace dartHead erlangHead bootFailed rustSection redis",
	"googleDetails django celeryHead celeryBody ipy pyFuture objectBox objectBody rake rakeHead jruby goRuntime goRace ginPanic ginFrame" +
		" googleEnd rubyThread rubyCauses slowHead pyBox providerCrash guice sqlChain emptyHead http hashi prismaHead prisma dask pretty",
	"klogTrace goRegisters pyThreadBlank phpCalls nodeTail ubsan asanEnd psCode luaFrames swiftCrash rTrace rAddition rBacktrace" +
		" backward zig chiFrames bannerText bannerItems config place",
	"arrowFrames dropwizard netty pySpark pyPlan pyTemplate djangoRemark tracing errorStack rustc codeigniter cakeFrames slim rakeTrace rubyBug pinoErr" +
		" rShiny rWarned seastar innodb slow jsonnet boost hclog pyWarned rubyExcerpt kubectl bannerEnd pip cppTerminate" +
		" rubyRedefined causes properties collision levelSQL dashes numbers failsafe tensorflow btFrames value emptyBracket emptyEnd goBuilt errorsText emptyKey levelDetail objectEnd ginWarning innodbLock listEnd emptyText table yaml helm prismaText itemsEnd hashiHead prettyHead",
}

// names are the numbers of the states by their names.
type names map[string]uint16

// newNames returns the numbers of slotStates.
func newNames() names {
	n := make(names)
	for slot, list := range slotStates {
		q := uint16(slotted + slot<<slotBits)
		for name := range strings.FieldsSeq(list) {
			q++
			n[name] = q
		}
	}
	return n
}

// number returns the number of a state. A name that is new gets the next one.
func (n names) number(name string) uint16 {
	q, known := n[name]
	if !known {
		q = uint16(n.single())
		n[name] = q
	}
	return q
}

// single returns how many states have a bit.
func (n names) single() (count int) {
	for _, q := range n {
		if q < slotted {
			count++
		}
	}
	return count
}

// set returns the states that a list names: of a slot, all or none.
func (n names) set(list string) (s states) {
	for name := range strings.FieldsSeq(list) {
		s = s.with(n.number(name))
	}
	return s
}

// known returns the states of a list that rules name.
func (n names) known(list string) (s states) {
	for name := range strings.FieldsSeq(list) {
		if q, known := n[name]; known {
			s = s.with(q)
		}
	}
	return s
}

// numbers returns the numbers of the states of a list, each once.
func (n names) numbers(list string) (numbers []uint16) {
	for name := range strings.FieldsSeq(list) {
		numbers = append(numbers, n.number(name))
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}
