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

const (
	loggingError = "--- Logging error ---"
	loggingStack = "Stack (most recent call last):" // of stack_info=True
	fatalPython  = "Fatal Python error: "
	newestFirst  = "(most recent call first):"
)

// startPythonLog returns the step behind the first line of one of them.
func startPythonLog(text []byte) step {
	switch text[0] {
	case '-':
		if string(text) == loggingError {
			return pyLogging
		}
	case 'S':
		if string(text) == loggingStack {
			return pyCalls
		}
	case 'F':
		if has(text, fatalPython) {
			return pyFatal
		}
	case 'C', 'T':
		if isPyThread(text) {
			return pyThread
		}
	case '/':
		if isPyWarning(text) {
			return pyWarning
		}
	}
	return none
}

// isPyThread says whether the stack of a thread follows.
func isPyThread(line []byte) bool {
	return ends(line, newestFirst) && (has(line, "Current thread 0x") || has(line, "Thread 0x"))
}

// isPyWarning says whether a line is a warning at a place in a script, whose
// code may follow.
func isPyWarning(line []byte) bool {
	i := bytes.Index(line, []byte(".py:"))
	if i < 0 {
		return false
	}
	line = line[i+len(".py:"):]
	n := digits(line)
	if n == 0 || !has(line[n:], ": ") {
		return false
	}
	name := word(line[n+2:])
	return ends(name, "Warning:") && isName(name[:len(name)-1])
}

// afterPyCalls takes the frames of a call, and what the failing call was of.
func afterPyCalls(_ State, line []byte) step {
	switch {
	case has(line, `  File "`), indent(line) >= 4 && !blank(line):
		return pyCalls
	case has(line, "Message: "):
		return pyCallMessage
	}
	return none
}

func afterPyCallMessage(_ State, line []byte) step {
	if has(line, "Arguments: ") {
		return closed
	}
	return none
}

// afterPyWarning takes the line of code, and a hint that has none.
func afterPyWarning(s State, line []byte) step {
	switch {
	case s.step == pyWarning && has(line, "  ") && indent(line) == 2 && len(line) > 2:
		return pyWarned
	case ends(line, "Warning: Enable tracemalloc to get the object allocation traceback"):
		return closed
	}
	return none
}

func afterPyFatal(_ State, line []byte) step {
	switch {
	case len(line) == 0, has(line, "Python runtime state: "):
		return pyFatal
	case isPyThread(line):
		return pyThread
	}
	return none
}

func afterPyThread(_ State, line []byte) step {
	switch {
	case has(line, `  File "`), has(line, "  <"), has(line, "  ..."):
		return pyThread
	case len(line) == 0:
		return pyThreadBlank
	}
	return none
}

func afterPyThreadBlank(_ State, line []byte) step {
	switch {
	case isPyThread(line):
		return pyThread
	case has(line, "Extension modules: "):
		return closed
	}
	return none
}
