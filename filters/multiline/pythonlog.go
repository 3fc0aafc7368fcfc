package multiline

import "bytes"

// What Python's modules logging, warnings and faulthandler write beside
// tracebacks (https://docs.python.org/3/library/logging.html,
// https://docs.python.org/3/library/faulthandler.html):
//
//	--- Logging error ---
//	Traceback (most recent call last):
//	…
//	Call stack:
//	  File "/app/a.py", line 37, in <module>
//	    logging.error("bad %d", "x")
//	Message: 'bad %d'
//	Arguments: ('x',)
//
//	/app/a.py:39: UserWarning: beware
//	  warnings.warn("beware")
//
//	Fatal Python error: Segmentation fault
//
//	Current thread 0x00007fe27087eb80 (most recent call first):
//	  File "/app/a.py", line 48 in <module>
var pythonLogRules = table{python, []rule{
	{in(first), Line("--- Logging error ---"), pyLogging},
	{started, Line(stackInfo), pyCalls},
	{in(pyCalls), Starts(`  File "`), pyCalls},
	{in(pyCalls), Func(isPyCallCode), pyCalls},
	{in(pyCalls), Starts("Message: "), pyCallMessage},
	{in(pyCallMessage), Starts("Arguments: "), closed},

	{in(first), Starts("/").Has(".py:").If(isPyWarning), pyWarning},
	{in(pyWarning), Starts("  ").If(isWarnedCode), pyWarned},
	{in(pyWarning, pyWarned), Ends("Warning: Enable tracemalloc to get the object allocation traceback"), closed},

	{in(first), Starts("Fatal Python error: "), pyFatal},
	{in(pyFatal), Line(""), pyFatal},
	{in(pyFatal), Starts("Python runtime state: "), pyFatal},
	{in(first, pyFatal, pyThread, pyThreadBlank), Starts("Current thread 0x", "Thread 0x").Ends("(most recent call first):"), pyThread},
	{in(pyThread), Starts(`  File "`, "  <", "  ..."), pyThread},
	{in(pyThread), Line(""), pyThreadBlank},
	{in(pyThreadBlank), Starts("Extension modules: "), closed},
}}

const stackInfo = "Stack (most recent call last):" // of stack_info=True

func isPyCallCode(line []byte) bool { return indent(line) >= 4 && !blank(line) }
func isWarnedCode(line []byte) bool { return indent(line) == 2 && len(line) > 2 }

// isPyWarning says whether a line is a warning at a place in a script, whose
// code may follow.
func isPyWarning(line []byte) bool {
	i := bytes.Index(line, []byte(".py:"))
	line = line[i+len(".py:"):]
	n := digits(line)
	if n == 0 || !has(line[n:], ": ") {
		return false
	}
	name := word(line[n+2:])
	return ends(name, "Warning:") && isName(name[:len(name)-1])
}
