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
var phpRules = table{php, []rule{
	{in(first), Starts("PHP ", "NOTICE: PHP message: PHP ").If(isPHPUncaught), phpUncaught},
	{in(first), Starts("PHP ", "NOTICE: PHP message: PHP ").If(isPHPError), phpNotice},
	{in(first), Func(isPHPUncaught).First("[", isPHPLog).Shape("[??-???-"), phpUncaught},
	{in(first), Func(isPHPError).First("[", nil).AsAbove(), phpNotice},
	{started, Starts("PHP Fatal error: ", "Fatal error: ").Has(" Uncaught ").If(isPHPUncaught), phpUncaught},
	{started, Starts("exception '").Has("' with message '"), phpNotice},
	{in(first), Func(isPHPThrown).First(letters, nil).AsAbove(), phpThrown},
	{levels, Func(isPHPThrown).First(letters, nil), phpHeld},

	{mentions.and(in(failure, phpThrown, phpHeld, phpNotice)), Line(phpTraces...), phpFrames},
	{in(phpUncaught, phpMessage), Line(phpTraces...), phpFatalFrames},
	{in(phpNotice), Func(isPHPCalls), phpCalls}, // Xdebug's frames
	{in(phpCalls), Func(isPHPCall), phpCalls},

	// The last frame is {main}. Behind it follows where a fatal error was
	// thrown, and otherwise nothing for certain.
	{in(phpFrames), Starts("#").Ends(" {main}").If(isPHPFrame), phpMain},
	{in(phpFrames), Starts("#").If(isPHPFrame), phpFrames},
	{in(phpFatalFrames), Starts("#").If(isPHPFrame), phpFatalFrames},
	{phpEnds, Starts("  thrown in ", `"}`), closed},
	{in(phpFrames, phpMain), Blank(), phpBlank},
	{in(phpFatalFrames), Blank(), phpFatalBlank},
	{phpEnds.and(in(phpBlank)), Starts("[previous exception] "), phpNotice},
	{in(phpBlank), Starts("Next "), phpNotice},
	{in(phpFatalBlank), Starts("Next ", "[previous exception] "), phpUncaught},
	{in(phpUncaught, phpMessage), Message(), phpMessage},
}}

var (
	phpTraces = []string{"Stack trace:", "[stacktrace]"}
	phpEnds   = in(phpFrames, phpFatalFrames, phpMain)
)

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

// isPHPLog says whether a line begins with a date of PHP's own log.
func isPHPLog(kept []byte) bool {
	return len(kept) > 7 && kept[3] == '-' && kept[7] == '-' && has(withoutPHPHeader(kept), "PHP ")
}

// isPHPUncaught says whether a line is an error that nobody caught.
func isPHPUncaught(line []byte) bool {
	text, found := bytes.CutPrefix(bytes.TrimPrefix(withoutPHPHeader(line), []byte("PHP ")), []byte("Fatal error: "))
	return found && has(text[indent(text):], "Uncaught ") && (line[0] != '[' || isPHPLog(line))
}

// isPHPError says whether a line is an error behind which Xdebug may show the
// frames.
func isPHPError(line []byte) bool {
	text, found := bytes.CutPrefix(withoutPHPHeader(line), []byte("PHP "))
	return found && (has(text, "Fatal error:") || has(text, "Parse error:") || has(text, "Warning:") || has(text, "Notice:") || has(text, "Deprecated:")) &&
		(line[0] != '[' || isPHPLog(line))
}

// isPHPThrown says whether a line is the class of an exception, its message and
// its place:
//
//	App\OutOfStock: none left in /app/x.php:3
func isPHPThrown(text []byte) bool {
	place, ok := unnumbered(text)
	if !ok || !ends(place, ".php") || !bytes.Contains(place, []byte(" in ")) {
		return false
	}
	name := word(text)
	if last := len(name) - 1; last < 1 || name[last] != ':' && !has(text[len(name):], " in ") {
		return false
	} else if name[last] == ':' {
		name = name[:last]
	}
	for _, c := range name {
		if !alphanumeric(c) && c != '\\' {
			return false
		}
	}
	return name[0]-'0' > 9
}

func isPHPCalls(line []byte) bool { return has(withoutPHPHeader(line), "PHP Stack trace:") }

// isPHPCall says whether a line is a frame of Xdebug's:
//
//	PHP   1. {main}() /app/x.php:0
func isPHPCall(line []byte) bool {
	text, found := bytes.CutPrefix(withoutPHPHeader(line), []byte("PHP "))
	text = text[indent(text):]
	n := digits(text)
	return found && n > 0 && has(text[n:], ". ")
}

func isPHPFrame(line []byte) bool { return digits(line[1:]) > 0 }
