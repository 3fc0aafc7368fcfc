package multiline

import "bytes"

// R prints an error with the calls that led to it; rlang, a backtrace
// (https://rlang.r-lib.org/reference/trace_back.html):
//
//	Error in f(1) : boom
//	Calls: main -> f
//	Execution halted
var rRules = table{rLanguage, []rule{
	{"first", Starts("Error in ").Ends(" : ", ": "), "rHead"},
	{"first", Starts("Error in "), "rError"},
	{"rHead", Starts("  "), "rError"},
	{"rHead rError rMessage rTrace rBacktrace thrownMaybe message", Line("Execution halted"), "closed"},
	{"rError rHead thrownMaybe message rTrace", Starts("Calls: "), "rTrace"},
	{"rTrace", Starts("In addition: "), "rAddition"},
	{"rAddition", Starts("In "), "rTrace"},
	{"rBacktrace", Starts("  "), "rBacktrace"},
	{"rBacktrace", Starts(" ").If(numbered), "rBacktrace"},
	{"rError rHead thrownMaybe message rTrace", Starts("! ", "ℹ ", "✖ ", "Caused by error"), "rTrace"},
	{"rError thrownMaybe message rTrace", Line("Backtrace:"), "rBacktrace"},
	{"rError rMessage", Message(), "rMessage"},

	// Shiny numbers the calls. Warnings stand behind a line of their own.
	{"first", Starts("Warning: Error in "), "rShiny"},
	{"rShiny", Starts("  ").If(isRCall), "rShiny"},
	{"first", Line("Warning message:", "Warning messages:"), "rWarning"},
	{"rWarning", Starts("In ").Has(" : "), "rWarned"},
	{"rWarning rWarned", Func(isRWarning), "rWarned"},
	{"rWarned", Starts("  ").If(isNotBlank), "rWarned"},
}}

// isRCall says whether a line is the number of a call, and the call: "  72: stop".
func isRCall(text []byte) bool {
	text = text[indent(text):]
	n := digits(text)
	return n > 0 && has(text[n:], ": ")
}

// isRWarning says whether a line is the number of a warning, and the warning:
// "1: In f(1) : first".
func isRWarning(line []byte) bool {
	n := digits(line)
	return n > 0 && has(line[n:], ": ") && (has(line[n:], ": In ") && bytes.Contains(line, []byte(" : ")) || ends(line, "."))
}
