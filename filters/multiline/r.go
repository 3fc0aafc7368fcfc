package multiline

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
}}
