package multiline

import (
	"bytes"
	"strings"
)

// Loggers write a line of their own before the trace:
//
//	2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed
//	java.lang.IllegalStateException: boom
//		at …
//
// Only what begins a trace is taken behind such a line, and no other line of a
// logger: those have a date.

var (
	levels   = "level levelFirst levelSpring levelSpringBlank levelBlank levelZap levelRails"
	mentions = levels + " mention named qualified lowerError railsCaused"

	// started are the states in which a trace may begin. What comes from first
	// alone begins a message, whatever a logger wrote above it.
	started = levels + " first"
)

// levelWords tell of an error, as whole words.
var levelWords = []string{
	"ERROR", "ERR", "WARN", "WARNING", "SEVERE", "FATAL", "PANIC", "DPANIC", "CRITICAL", "ALERT", "EMERGENCY", "Exception",
}

var levelRules = table{tracing, []rule{
	{"first", Func(namesLevelFirst).Words(levelWords...).First(letters, nil), "levelFirst"},
	{"first", Func(namesLevel).Words(levelWords...), "level"},
	{"first", Starts("[error] "), "level"},                         // Play
	{"first", Starts("ERRO[", "WARN[", "FATA[", "PANI["), "level"}, // logrus on a terminal

	// Behind a blank line the text of the logger may go on. Only an exception with its
	// package, or a traceback, makes that sure.
	{"levelAhead", Func(isPackagedHeadline).First(letters, nil), "message"},
	{levels, Starts(" -- ").Has(": "), "levelAhead"},                 // of Atlassian's programs
	{"levelFirst", Starts("Process: ").Has(", PID: "), "levelAhead"}, // of Android
	{"levelAhead", Message(), "levelAhead"},
	{"levelBlank", Line(ingressRule), "ingress"},
	{"levelSpringBlank levelBlank", Message(), "levelAhead"},
	{levels, Blank(), "levelBlank"},
}}

// isPackagedHeadline says whether a text begins with the name of an exception and its
// package.
func isPackagedHeadline(text []byte) bool {
	return isHeadline(text) && bytes.IndexByte(word(text), '.') > 0 || isQualifiedName(text)
}

// Spring Boot writes a blank line on both sides of a trace.
var springRules = table{java, []rule{
	{"first", Func(isSpring).Words(levelWords...), "levelSpring"},
	{"levelSpring", Blank(), "levelSpringBlank"},
}}

// structlog pads the level
// (https://www.structlog.org/en/stable/console-output.html).
var structlogRules = table{python | ruby, []rule{
	{"first", Func(isStructlogOrFluentd).First(tenDigits, isTimed), "level"},
	{"first", Line("Task exception was never retrieved", "Task was destroyed but it is pending!", "Unclosed client session", "Unclosed connector", "Unclosed connection"), "level"},
}}

// Fluentd writes its header before each line of a stack, behind an indent
// (https://docs.fluentd.org/deployment/logging):
//
//	2026-11-22 10:00:00 +0000 [warn]: #0 failed to flush the buffer. error="…"
//	  2026-11-22 10:00:00 +0000 [warn]: #0 /gems/fluentd/plugin/output.rb:1179:in `try_flush'
var fluentdRules = table{ruby, []rule{
	{"level reportFrames", Starts("  ").If(isFluentd), "reportFrames"},
}}

// isFluentd says whether Fluentd wrote a warning or an error.
func isFluentd(text []byte) bool {
	const date = "####-##-## ##:##:## ?#### ["
	if len(text) <= len(date) || text[4] != '-' || text[len(date)-1] != '[' || !shaped(text, date) {
		return false
	}
	text = text[len(date):]
	return has(text, "warn]: ") || has(text, "error]: ") || has(text, "fatal]: ")
}

// zap's console encoder writes a line's parts with tabs between them, and a
// stack without arguments below
// (https://github.com/uber-go/zap/blob/master/zapcore/console_encoder.go):
//
//	2026-11-22T10:00:00.000Z	error	app/main.go:12	failed	{"id": 7}
//	main.run
//		/app/main.go:12
var zapRules = table{golang, []rule{
	{"first", Func(isZap).AsAbove(), "levelZap"},
	{"first", Func(isKlogError).First("EF", isKlogError), "level"},
	{"levelZap goPlain", Func(isGoFunction), "goPlainCall"},
	{"goWrapped", Func(isGoFunction), "goPlainAhead"}, // the next layer, below its message
	{"goPlain", Message(), "goWrapped"},
	{"level levelFirst", Func(isGoFunction), "goPlainAhead"}, // %+v of an error of pkg/errors
	{"goPlainAhead", Starts("\t").If(isGoPlace), "goPlain"},
	{"goPlainCall", Starts("\t"), "goPlain"},
}}

// levelWindow is how far from its beginning a line names its level.
const levelWindow = 112

func namesLevel(text []byte) bool { return levelFinder.in(text[:min(len(text), levelWindow)]) }

func isSpring(text []byte) bool {
	return bytes.Contains(text[:min(len(text), 64)], []byte(" --- [")) && namesLevel(text)
}

// namesLevelFirst says whether a line begins with the level.
func namesLevelFirst(text []byte) bool {
	n := 0
	for n < len(text) && alphanumeric(text[n]) {
		n++
	}
	return n > 0 && namesLevel(text[:n])
}

var levelFinder = newFinder(true, levelWords...)

// isTimed says whether one of the formats that are known follows a time: that
// of structlog, zap, PostgreSQL, Elixir, or a panic in a line of the package log.
// Many lines begin with a digit, so it looks at single columns first.
func isTimed(kept []byte) bool {
	const shortest = len("2026/11/22 10:00:00 panic: ")
	if len(kept) < shortest {
		return isTimeAlone(kept) || isInvalid(kept)
	}
	switch {
	case kept[2] == 'v' || kept[3] == 'v':
		return isInvalid(kept)
	case kept[4] == '/':
		return isServingPanic(kept) || isLoggedPanic(kept) || isOpenResty(kept) || mayBeGorm(kept)
	case kept[2] == ':':
		return isElixirError(kept) || isEcto(kept)
	case kept[20] == '[' || kept[26] == 'Z':
		return isStructlogOrFluentd(kept)
	case kept[26] == '[' && kept[10] == ' ' && kept[25] == ' ':
		return isFluentd(kept)
	case kept[4] == '-' && kept[10] == ' ' && (isPostgres(kept) || isElixirError(kept)):
		return true
	}
	return mayBeZap(kept)
}

// isStructlogOrFluentd looks at the bracket of the level, behind one of three times.
func isStructlogOrFluentd(text []byte) bool {
	if len(text) < 28 {
		return false
	}
	return text[20] == '[' && isStructlog(text, "####-##-## ##:##:## ") || text[26] == '[' && isFluentd(text) ||
		text[28-1] == ' ' && isStructlog(text, "####-##-##T##:##:##.######Z ")
}

func isStructlog(text []byte, time string) bool {
	if len(text) <= len(time) || text[len(time)] != '[' || !shaped(text, time) {
		return false
	}
	text = text[len(time):]
	return has(text, "[error    ]") || has(text, "[critical ]") || has(text, "[exception]") || has(text, "[warning  ]")
}

// isKlogError says whether klog wrote an error, and no block follows.
func isKlogError(text []byte) bool {
	return len(text) > 1 && text[1]-'0' <= 9 && (text[0] == 'E' || text[0] == 'F') && (isKlog(text) && !opensBlock(text) || shaped(text[1:], "######## ##:##:##."))
}

// isZap says whether a line has the level of an error between tabs.
func isZap(text []byte) bool {
	i := bytes.IndexByte(text[:min(len(text), levelWindow)], '\t')
	if i < 0 {
		return false
	}
	level, _, found := bytes.Cut(text[i+1:min(len(text), i+1+levelWindow)], []byte("\t"))
	if !found {
		return false
	}
	switch string(level) {
	case "ERROR", "WARN", "DPANIC", "PANIC", "FATAL":
		return true
	case "error", "warn", "dpanic", "panic", "fatal": // other programs write these, too
		return mayBeZap(text)
	}
	return false
}

// mayBeZap says whether a tab, kept in any way, stands behind the time, and what
// follows it may be such a level.
func mayBeZap(kept []byte) bool {
	const longest = len("2026-11-22T10:00:00.000+0100") + 2
	if len(kept) < longest || kept[24] != '\t' && kept[28] != '\t' && kept[24] != '\\' && kept[28] != '\\' && kept[1] != '.' {
		return false
	}
	i := bytes.IndexByte(kept[:longest], '\t') + 1
	if i == 0 {
		i = bytes.Index(kept[:longest], []byte(`\t`)) + 2
	}
	return i > 1 && i < len(kept) && strings.IndexByte("ewdpfEWDPF\x1b\\", kept[i]) >= 0
}

// isGoFunction says whether a line is the full name of a function and no more.
func isGoFunction(line []byte) bool {
	return len(line) > 0 && only(line, "./()*[]-~%") && bytes.IndexByte(line, '.') > 0 &&
		alphanumeric(line[0]) && line[0]-'0' > 9 && alphanumeric(line[len(line)-1])
}

// isGoPlace says whether a text is a place in a source file of Go.
func isGoPlace(text []byte) bool {
	file, ok := unnumbered(text)
	return ok && ends(file, ".go") || ok && ends(file, ".s")
}
