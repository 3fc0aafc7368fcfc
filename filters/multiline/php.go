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
//	  thrown in /app/x.php on line 3
var phpRules = table{php, []rule{
	{"first", Func(isPHPUncaught).First("PFN[", isPHP), "phpUncaught"},
	{"first", Func(isPHPError).First("PN[", nil).AsAbove(), "phpNotice"},
	{levels, Func(isPHPUncaught).First("PF", nil), "phpUncaught"},
	{started, Starts("exception '").Has("' with message '"), "phpNotice"},
	{"first", Func(isPHPThrown).First(letters, nil).AsAbove(), "phpThrown"},
	{levels, Func(isPHPThrown).First(letters, nil), "phpThrown"},

	{mentions + " failure phpThrown phpNotice", Line(phpTraces...), "phpFrames"},
	{"phpUncaught phpMessage", Line(phpTraces...), "phpFatalFrames"},
	{"phpNotice", Func(isPHPCalls), "phpCalls"}, // Xdebug's frames
	{"phpCalls", Func(isPHPCall), "phpCalls"},

	// The last frame is {main}. Behind it follows where a fatal error was
	// thrown, and otherwise nothing for certain.
	{"phpFrames", Starts("#").Ends(" {main}").If(numbered), "phpMain"},
	{"phpFrames", Starts("#").If(numbered), "phpFrames"},
	{"phpFatalFrames", Starts("#").If(numbered), "phpFatalFrames"},
	{phpEnds, Starts("  thrown in ", `"}`), "closed"},
	{"phpFrames phpMain", Blank(), "phpBlank"},
	{"phpFatalFrames", Blank(), "phpFatalBlank"},
	{phpEnds + " phpBlank", Starts("[previous exception] "), "phpNotice"},
	{"phpBlank", Starts("Next "), "phpNotice"},
	{"phpFatalBlank", Starts("Next ", "[previous exception] "), "phpUncaught"},
	{"phpUncaught phpMessage", Message(), "phpMessage"},
}}

// The console of Symfony draws a box around an error
// (https://symfony.com/doc/current/console.html). Its lines are padded.
//
//	In Connection.php line 72:
//
//	  An exception occurred in the driver
var symfonyRules = table{php, []rule{
	{"first block2Blank", Starts("In ").Ends(":").If(isSymfony), "block2"},
	{"block2", Starts("  "), "block2"},
	{"block2", Line(""), "block2Blank"},
	{"block2Blank", Line("Exception trace:"), "block2"},
	{"block2", Starts(" ").Has(" at ").If(hasPHPPlace), "block2"},
}}

func hasPHPPlace(text []byte) bool { return bytes.Contains(text, []byte(".php:")) }

// isSymfony looks behind "In ": "Connection.php line 72:".
func isSymfony(text []byte) bool {
	i := bytes.Index(text, []byte(".php line "))
	return i > 0 && digits(text[i+len(".php line "):]) == len(text)-1-i-len(".php line ")
}

var (
	phpTraces = []string{"Stack trace:", "[stacktrace]"}
	phpEnds   = "phpFrames phpFatalFrames phpMain"
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

// isPHP says whether a line may be one of PHP's log.
func isPHP(kept []byte) bool {
	if has(kept, "[") && (len(kept) < len("[22-Nov-") || kept[3] != '-' || kept[7] != '-') {
		return false
	}
	kept = withoutPHPHeader(kept)
	return has(kept, "PHP ") || has(kept, "Fatal error: ")
}

// isPHPUncaught says whether a line is an error that nobody caught.
func isPHPUncaught(line []byte) bool {
	text, found := bytes.CutPrefix(bytes.TrimPrefix(withoutPHPHeader(line), []byte("PHP ")), []byte("Fatal error: "))
	return found && has(text[indent(text):], "Uncaught ") && isPHP(line)
}

// isPHPError says whether a line is an error behind which Xdebug may show the
// frames.
func isPHPError(line []byte) bool {
	text, found := bytes.CutPrefix(withoutPHPHeader(line), []byte("PHP "))
	return found && (has(text, "Fatal error:") || has(text, "Parse error:") || has(text, "Warning:") || has(text, "Notice:") || has(text, "Deprecated:")) &&
		isPHP(line)
}

// isPHPThrown says whether a line is the class of an exception, its message and
// its place: "App\OutOfStock: none left in /app/x.php:3".
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
	return name[0]-'0' > 9 && only(name, `\`)
}

func isPHPCalls(line []byte) bool { return has(withoutPHPHeader(line), "PHP Stack trace:") }

// isPHPCall says whether a line is a frame: "PHP   1. {main}() /app/x.php:0".
func isPHPCall(line []byte) bool {
	text, found := bytes.CutPrefix(withoutPHPHeader(line), []byte("PHP "))
	text = text[indent(text):]
	n := digits(text)
	return found && n > 0 && has(text[n:], ". ")
}
