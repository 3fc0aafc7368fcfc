package multiline

import "bytes"

// Julia's format is that of Base.showerror
// (https://docs.julialang.org/en/v1/manual/stacktraces/):
//
//	ERROR: LoadError: DivideError: integer division error
//	Stacktrace:
//	 [1] div
//	   @ ./int.jl:297 [inlined]
var juliaRules = table{julia, []rule{
	{"first", Starts("ERROR: ").AsAbove(), "reportMaybe"},
	{mentions + " " + reports, Line("Stacktrace:"), "reportFrames"},
	{reports, Indented("[").If(isJuliaFrame), "reportFrames"},
	{"reportFrames", Indented("@ "), "reportFrames"},
	{"reportFrames", Indented("... (the last "), "reportFrames"},
	{"reportFrames", Starts("in expression starting at "), "reportFrames"},
	{"reportFrames reportBlank", Starts("caused by: "), "report"},
}}

// Crystal's format is that of Exception#inspect_with_backtrace
// (https://crystal-lang.org/api/Exception.html):
//
//	Unhandled exception: Index out of bounds (IndexError)
//	  from app.cr:3:3 in '__crystal_main'
var crystalRules = table{crystal, []rule{
	{"first", Starts("Unhandled exception: ", "Unhandled exception in "), "report"},
	{levels + " " + reports, Indented("from ").Has(".cr:", " in '"), "reportFrames"},
	{"reportFrames", Starts("Caused by: "), "report"},
}}

// Nim prints the calls above the exception
// (https://nim-lang.org/docs/system.html#getStackTrace):
//
//	Traceback (most recent call last)
//	/app/x.nim(5)            f
//	Error: unhandled exception: index 5 not in 0 .. 2 [IndexDefect]
var nimRules = table{nim, []rule{
	{"first", Line("Traceback (most recent call last)"), "reportFrames"},
	{"first reportFrames", Func(isNimFrame).First("/", isNimFrame), "reportFrames"},
	{"reportFrames", Starts("[["), "reportFrames"},
	{"reportFrames", Starts("Error: unhandled exception: "), "closed"},
}}

// isJuliaFrame looks behind the "[" of a frame.
func isJuliaFrame(text []byte) bool {
	n := digits(text)
	return n > 0 && has(text[n:], "] ")
}

func isNimFrame(kept []byte) bool {
	i := bytes.Index(kept, []byte(".nim("))
	return i > 0 && numbered(kept[i+len(".nim("):])
}
