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
	lookaheadStates = "levelBlank levelAhead slowAhead celeryAhead rakeMessage goPlainAhead goWrapped message pyMessage goMessage phpMessage rubyMessage railsMessage ginMessage" +
		" rustMessage rustCausesBlank erlangAhead elixirAhead swiftBlank rMessage asanMessage psMessage reportAhead reportBlank" +
		" objectAhead swiftCrashBlank chiBlank bannerAhead torchRule block2Blank block4Blank pyInvalidAhead tclAhead oraAhead"

	// softStates are those behind first lines that may as well stand in a
	// message: these begin a message only if what stands above them does not go
	// on behind them. Of two lines of which only weakStates are known, the second
	// one is more likely to begin it.
	// Those of softStates that stand first are looked for again (ahead).
	softStates = "header headerGo level levelFirst levelSpring levelBlank levelZap levelRails thrownMaybe " + weakStates
	weakStates = "named mention failure lowerError phpThrown perlDied reportMaybe psError rError rHead chiPanic" +
		" javaCrashMark asanRule swiftFatal objectText object nodeWarning" +
		" bannerStars diagnostics perlSyntax ipyRule items azure googleapi aws gorm cake rustcHead slimHead rWarning arrow goError pino fpmSlow"

	// lastStates are those behind lines that may be the last ones. Behind all
	// others more lines must, or are likely to, follow.
	lastStates = lookaheadStates + " rankStack" + " " + weakStates + " closed" +
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

// states is a set of up to 256 states. It is no array, so that it stays in
// registers.
type states struct{ a, b, c, d uint64 }

const maxStates = 4 * 64

func (s *states) add(q uint8) {
	switch bit := uint64(1) << (q % 64); q / 64 {
	case 0:
		s.a |= bit
	case 1:
		s.b |= bit
	case 2:
		s.c |= bit
	default:
		s.d |= bit
	}
}

func (s states) and(other states) states {
	return states{s.a | other.a, s.b | other.b, s.c | other.c, s.d | other.d}
}
func (s states) but(other states) states {
	return states{s.a &^ other.a, s.b &^ other.b, s.c &^ other.c, s.d &^ other.d}
}
func (s states) in(other states) states {
	return states{s.a & other.a, s.b & other.b, s.c & other.c, s.d & other.d}
}
func (s states) empty() bool              { return s.a|s.b|s.c|s.d == 0 }
func (s states) within(other states) bool { return s.but(other).empty() }

// next takes a state out of a set that is not empty.
func (s *states) next() (q int) {
	switch {
	case s.a != 0:
		q = bits.TrailingZeros64(s.a)
		s.a &= s.a - 1
	case s.b != 0:
		q = 64 + bits.TrailingZeros64(s.b)
		s.b &= s.b - 1
	case s.c != 0:
		q = 128 + bits.TrailingZeros64(s.c)
		s.c &= s.c - 1
	default:
		q = 192 + bits.TrailingZeros64(s.d)
		s.d &= s.d - 1
	}
	return q
}
