package multiline

import "bytes"

// PHP's format is that of Throwable::__toString, with a line before and one
// behind it; Xdebug has its own, and Laravel puts it into brackets
// (https://www.php.net/manual/en/exception.tostring.php):
//
//	PHP Fatal error:  Uncaught Exception: inner in /app/x.php:3
//	Stack trace:
//	#0 /app/x.php(9): f()
//	#1 {main}
//
//	Next RuntimeException: outer in /app/x.php:5
//	Stack trace:
//	#0 {main}
//	  thrown in /app/x.php on line 5

// startPHP returns the step behind an error that nobody caught.
func startPHP(text []byte) step {
	switch text[0] {
	case 'P':
		if has(text, "PHP ") {
			text = text[len("PHP "):]
		}
	case 'e':
		if has(text, "exception '") && bytes.Contains(text, []byte("' with message '")) {
			return phpNotice
		}
		return none
	}
	if !has(text, "Fatal error: ") {
		return none
	}
	text = text[len("Fatal error: "):]
	if has(text[indent(text):], "Uncaught ") {
		return phpUncaught
	}
	return none
}

// hintPHP returns the step behind a line that may hold PHP's message behind
// the header of its log.
func hintPHP(text []byte) step {
	text = withoutPHPHeader(text)
	if !has(text, "PHP ") {
		return none
	}
	if st := startPHP(text); st != none {
		return st
	}
	for _, kind := range [...]string{"Fatal error:", "Parse error:", "Warning:", "Notice:", "Deprecated:"} {
		if has(text[len("PHP "):], kind) {
			return phpNotice
		}
	}
	return none
}

// withoutPHPHeader cuts the time that PHP's own log begins with, and what
// php-fpm writes before a message.
func withoutPHPHeader(text []byte) []byte {
	if has(text, "[") {
		if i := bytes.Index(text, []byte("] ")); i > 0 {
			text = text[i+2:]
		}
	}
	return bytes.TrimPrefix(text, []byte("NOTICE: PHP message: "))
}

func isStackTrace(line []byte) bool {
	return string(line) == "Stack trace:" || string(line) == "[stacktrace]"
}

func afterPHPUncaught(_ State, line []byte) step {
	if isStackTrace(line) {
		return phpFatalFrames
	}
	return none
}

func afterPHPNotice(_ State, line []byte) step {
	if isStackTrace(line) {
		return phpFrames
	}
	if has(withoutPHPHeader(line), "PHP Stack trace:") {
		return phpCalls
	}
	return none
}

// afterPHPFrame takes "#0 /app/x.php(9): f()". The last frame is {main}: behind
// it follows where a fatal error was thrown, and otherwise nothing for certain.
func afterPHPFrame(s State, line []byte) step {
	if has(line, "#") && digits(line[1:]) > 0 {
		if s.step == phpFrames && ends(line, " {main}") {
			return phpMain
		}
		return s.step
	}
	return afterPHPMain(s, line)
}

func afterPHPMain(s State, line []byte) step {
	switch {
	case blank(line):
		if s.step == phpFatalFrames {
			return phpFatalBlank
		}
		return phpBlank
	case has(line, "  thrown in "), has(line, `"}`):
		return closed
	case has(line, "[previous exception] "):
		return phpNotice
	}
	return none
}

// afterPHPBlank takes an exception that had the one above as its previous.
func afterPHPBlank(s State, line []byte) step {
	switch {
	case !has(line, "Next ") && !has(line, "[previous exception] "):
		return none
	case s.step == phpFatalBlank:
		return phpUncaught
	}
	return phpNotice
}

// afterPHPCall takes Xdebug's frames: "PHP   1. {main}() /app/x.php:0".
func afterPHPCall(_ State, line []byte) step {
	text := withoutPHPHeader(line)
	if !has(text, "PHP ") {
		return none
	}
	text = text[len("PHP "):]
	text = text[indent(text):]
	if n := digits(text); n > 0 && has(text[n:], ". ") {
		return phpCalls
	}
	return none
}
