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
	{"first", Starts("ERROR: ").AsAbove(), "juliaHead"},
	{mentions + " juliaHead juliaMessage", Line("Stacktrace:"), "juliaFrames"},
	{"juliaFrames", Indented("[").If(numbered), "juliaFrames"},
	{"juliaFrames", Indented("@ "), "juliaFrames"},
	{"juliaFrames", Indented("... "), "juliaFrames"},
	{"juliaFrames", Blank(), "juliaBlank"},
	{"juliaFrames", Starts("in expression starting at "), "juliaExpression"},
	{"juliaExpression", Starts("in expression starting at "), "juliaExpression"},
	{"juliaFrames juliaBlank juliaExpression", Starts("caused by: "), "juliaCause"},
	{"juliaCause", Line("Stacktrace:"), "juliaFrames"},
	{"juliaHead juliaMessage", Message(), "juliaMessage"},
}}

// Crystal's format is that of Exception#inspect_with_backtrace
// (https://crystal-lang.org/api/Exception.html):
//
//	Unhandled exception: Index out of bounds (IndexError)
//	  from app.cr:3:3 in '__crystal_main'
var crystalRules = table{crystal, []rule{
	{"first", Starts("Unhandled exception: ", "Unhandled exception in "), "crystalHead"},
	{"crystalHead crystalMessage crystalFrames " + levels, Indented("from ").Has(".cr:", " in '"), "crystalFrames"},
	{"crystalFrames", Starts("Caused by: "), "crystalHead"},
	{"crystalHead crystalMessage", Message(), "crystalMessage"},
}}

// Nim prints the calls above the exception
// (https://nim-lang.org/docs/system.html#getStackTrace):
//
//	Traceback (most recent call last)
//	/app/x.nim(5)            f
//	Error: unhandled exception: index 5 not in 0 .. 2 [IndexDefect]
var nimRules = table{nim, []rule{
	{"first", Line("Traceback (most recent call last)"), "nimFrames"},
	{"first nimFrames", Func(isNimFrame).First("/", isNimFrame), "nimFrames"},
	{"nimFrames", Starts("[["), "nimFrames"},
	{"nimFrames", Starts("Error: unhandled exception: "), "closed"},
}}

func isNimFrame(kept []byte) bool {
	i := bytes.Index(kept, []byte(".nim("))
	return i > 0 && numbered(kept[i+len(".nim("):])
}
