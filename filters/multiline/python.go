package multiline

import "bytes"

// Python's format is that of the module traceback
// (https://docs.python.org/3/library/traceback.html):
//
//	Traceback (most recent call last):
//	  File "/app/x.py", line 3, in f
//	    return a / b
//	           ~~^~~
//	  [Previous line repeated 996 more times]
//	ZeroDivisionError: division by zero
//
//	During handling of the above exception, another exception occurred:
//
//	Traceback (most recent call last):
//	…

const traceback = "Traceback (most recent call last):"

// startPython returns the step behind a line that begins a traceback.
func startPython(text []byte) step {
	switch text[0] {
	case 'T':
		if string(text) == traceback {
			return pyStack
		}
	case ' ':
		if isPyGroup(text) {
			return pyGroup
		}
	}
	return none
}

// isPyGroup says whether a line begins the traceback of an exception group.
func isPyGroup(text []byte) bool {
	return has(text, "  + ") && ends(text, "Group "+traceback)
}

// isRemote says whether the traceback of another process follows, in quotes:
// multiprocessing's RemoteTraceback, and Celery's ExceptionWithTraceback.
func isRemote(text []byte) bool {
	name := word(text)
	return (ends(name, "RemoteTraceback:") || ends(name, "ExceptionWithTraceback:")) && isName(name[:len(name)-1])
}

func isName(name []byte) bool {
	for _, c := range name {
		if !alphanumeric(c) && c != '.' && c != '<' && c != '>' {
			return false
		}
	}
	return len(name) > 0 && name[0]-'0' > 9
}

// isPyResult says whether a line is the exception that ends a traceback: its
// class, and perhaps a message. Python's classes may have any name; but here
// neither that of a level, as logging.basicConfig writes it, nor a bare word in
// lower case.
func isPyResult(line []byte) bool {
	name := word(line)
	if len(name) == 0 {
		return false
	}
	if last := len(name) - 1; name[last] == ':' {
		name = name[:last]
	} else if len(name) < len(line) {
		return false
	}
	switch string(name) {
	case "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL":
		return false
	}
	return isName(name) && (name[0]-'a' >= 26 || bytes.IndexByte(name, '.') > 0)
}

// afterPyStack takes frames: the file, the code indented below it, and marks
// below that. loguru puts blank lines and one ">" between them.
func afterPyStack(_ State, line []byte) step {
	switch n := indent(line); {
	case n >= 4 || n == len(line):
		return pyStack
	case n > 0 || has(line, "> "):
		text := line[n:]
		if n == 0 {
			text = text[2:]
		}
		if has(text, `File "`) || has(text, "[Previous line repeated ") {
			return pyStack
		}
	case isRemote(line):
		return pyRemote
	case isPyResult(line):
		return pyDone
	}
	return none
}

// isPyDetail says whether a line can follow that of the exception: what the
// drivers of databases add.
func isPyDetail(line []byte) bool {
	switch {
	case len(line) == 0:
		return false
	case line[0] == '\t', has(line, "LINE ") && digits(line[len("LINE "):]) > 0, has(line, "DETAIL:  "), has(line, "HINT:  "), has(line, "CONTEXT:  "),
		has(line, "[SQL: "), has(line, "[parameters: "), has(line, "(Background on this error at"):
		return true
	}
	return caret(line)
}

// afterPyDone takes also what is indented: a program rarely begins a line of
// its own so.
func afterPyDone(s State, line []byte) step {
	switch {
	case blank(line):
		return pyBlank
	case string(line) == `"""`, isPyDetail(line), has(line, "  ") && !s.set.apart(line):
		return pyDone
	case string(line) == "Call stack:", string(line) == loggingStack:
		return pyCalls
	}
	return none
}

func afterPyBlank(_ State, line []byte) step {
	switch {
	case blank(line):
		return pyBlank
	case isPyChain(line):
		return pyChain
	case isPyDetail(line):
		return pyDone
	}
	return none
}

func isPyChain(line []byte) bool {
	return has(line, "During handling of the above exception, another exception occurred:") ||
		has(line, "The above exception was the direct cause of the following exception:")
}

// afterPyMessage takes what shows that the lines above are of a message: what
// SQLAlchemy writes behind a statement, and pydantic behind the name of a field.
func afterPyMessage(_ State, line []byte) step {
	switch {
	case isPyChain(line):
		return pyChain
	case has(line, "[parameters: "), has(line, "(Background on this error at"), string(line) == `"""`,
		has(line, "  ") && (bytes.Contains(line, []byte(" [type=")) || bytes.Contains(line, []byte(" (type="))):
		return pyDone
	}
	return none
}

func afterPyChain(_ State, line []byte) step {
	if blank(line) {
		return pyChain
	}
	if string(line) == traceback || isPyGroup(line) {
		return startPython(line)
	}
	if isRemote(line) {
		return pyRemote
	}
	if isPyResult(line) { // an exception that was never raised has no frames
		return pyDone
	}
	return none
}

// afterPyGroup takes the tree that an exception group is drawn as. Only the
// line that closes it has no number.
func afterPyGroup(s State, line []byte) step {
	n := indent(line)
	if n == len(line) && s.step == pyGroupDone {
		return pyBlank
	}
	if n < 2 || n == len(line) {
		return none
	}
	switch text := line[n:]; text[0] {
	case '|':
		return pyGroup
	case '+':
		if len(bytes.Trim(text[1:], "-")) == 0 {
			return pyGroupDone
		}
		return pyGroup
	}
	return none
}

func afterPyRemote(_ State, line []byte) step {
	if string(line) == `"""` || string(line) == "'''" {
		return pyChain
	}
	return none
}

// isPyFuture says whether a line tells of what asyncio complained in the line
// above.
func isPyFuture(line []byte) bool {
	return has(line, "future: <") || has(line, "task: <") || has(line, "handle: <")
}

func afterPyFuture(_ State, line []byte) step {
	if string(line) == traceback {
		return pyStack
	}
	return none
}
