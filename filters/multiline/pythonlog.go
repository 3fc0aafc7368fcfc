package multiline

import "bytes"

// What Python's modules logging, warnings and faulthandler write beside
// tracebacks (https://docs.python.org/3/library/logging.html,
// https://docs.python.org/3/library/faulthandler.html).
var pythonLogRules = table{python, []rule{
	{"first", Line("--- Logging error ---"), "pyLogging"},
	{started, Line(stackInfo), "pyCalls"},
	{"pyCalls", Starts(`  File "`), "pyCalls"},
	{"pyCalls", Func(isPyCallCode), "pyCalls"},
	{"pyCalls", Starts("Message: "), "pyCallMessage"},
	{"pyCallMessage", Starts("Arguments: "), "closed"},

	{"first", Starts("/").Has(".py:").If(isPyWarning), "pyWarning"},
	{"first", Func(logsPyWarning).Words(levelWords...), "pyWarning"}, // logging.captureWarnings, and Celery
	{"pyWarning", Starts("  ").If(isWarnedCode), "pyWarned"},
	{"pyWarning pyWarned", Ends("Warning: Enable tracemalloc to get the object allocation traceback"), "closed"},

	{"first", Starts("Internal Server Error: /"), "level"}, // of Django
	{"first", Func(isInvalid).First(tenDigits, nil).AsAbove(), "pyInvalid"},
	{levels, Func(isInvalid), "pyInvalid"},
	{"first", Func(logsInvalid).Words(levelWords...), "pyInvalid"},
	{"pyInvalid pyInvalidAhead", Func(isPyLocation), "pyInvalidAhead"},
	{"pyInvalidAhead pyInvalid", Starts("  ").Has(" [type=", " (type="), "pyInvalid"},
	{"pyInvalid", Starts("    For further information visit "), "pyInvalid"},

	{"first", Starts("Timeout (").Ends(")!"), "pyFatal"},
	{"first", Starts("Fatal Python error: "), "pyFatal"},
	{"pyFatal", Func(isPyResult).Has("Error: "), "pyFatal"},
	{"pyFatal", Line(""), "pyFatal"},
	{"pyFatal", Starts("Python runtime state: "), "pyFatal"},
	{"first pyFatal pyThread pyThreadBlank", Starts("Current thread 0x", "Thread 0x").Ends("(most recent call first):"), "pyThread"},
	{"pyThread", Starts(`  File "`, "  <", "  ..."), "pyThread"},
	{"pyThread", Line(""), "pyThreadBlank"},
	{"pyThreadBlank", Starts("Extension modules: "), "closed"},
}}

const stackInfo = "Stack (most recent call last):" // of stack_info=True

func isPyCallCode(line []byte) bool { return indent(line) >= 4 && !blank(line) }
func isWarnedCode(text []byte) bool { return indent(text) == 0 && len(text) > 0 }

// isInvalid says whether a line is the first of pydantic's ValidationError:
// "2 validation errors for Settings".
func isInvalid(kept []byte) bool {
	n := digits(kept)
	return n > 0 && (has(kept[n:], " validation error for ") || has(kept[n:], " validation errors for "))
}

// logsInvalid says the same of what a logger wrote.
func logsInvalid(text []byte) bool {
	i := bytes.LastIndexByte(text, ' ') // before the name of the model
	if i < 0 || !ends(text[:i], " validation error for") && !ends(text[:i], " validation errors for") {
		return false
	}
	i -= len(" validation error for")
	for i > 0 && text[i-1]-'0' > 9 {
		i--
	}
	for i > 0 && text[i-1]-'0' <= 9 {
		i--
	}
	return isInvalid(text[i:]) && namesLevel(text[:i])
}

// isPyLocation says whether a line is the place of a fault: "a.0.b", "a -> b".
func isPyLocation(line []byte) bool {
	return len(line) > 0 && line[0] != ' ' && only(line, ".-> [],'")
}

// logsPyWarning says whether a logger wrote such a warning.
func logsPyWarning(text []byte) bool {
	return !has(text, "/") && bytes.Contains(text, []byte(".py:")) && bytes.Contains(text, []byte("Warning: ")) && namesLevel(text) && isPyWarning(text)
}

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
