package multiline

import (
	"bytes"
	"strings"
)

// Node prints an exception that nobody caught with the line of code that threw
// it, and an error's own properties as a block behind its frames
// (https://nodejs.org/api/errors.html, https://nodejs.org/api/util.html#utilinspectobject-options):
//
//	/app/x.js:3
//	    throw new TypeError('boom');
//	    ^
//
//	TypeError: boom
//	    at f (/app/x.js:3:11) {
//	  code: 'X'
//	}
//
//	Node.js v20.20.2
var nodeRules = table{node, []rule{
	{bareStarted, Starts("Trace: "), "thrownMaybe"}, // console.trace
	{bareStarted, Line("Trace"), "thrownMaybe"},
	{started, Starts("Uncaught ").If(isKnown), "thrown"},
	{"first", Starts("[Nest] ").Has(" Nest can't resolve dependencies of ", " Nest cannot create the "), "thrown"},
	{"first", Starts("[vite] ").Has("error: "), "thrown"},
	{"frames", Starts("(Use `node --trace-"), "closed"},
	{"first", Line("error during build:"), "level"}, // of Vite
	{"levelFirst", Starts("Module not found: ", "Module build failed ", "Module parse failed: "), "report"},
	{reports, Starts(" @ "), "reportFrames"},

	{"first", Starts("error: "), "lowerError"},
	{"first", Starts("(node:"), "nodeWarning"},
	{"nodeWarning", Indented("at ").If(isFrame), "frames"},
	{"nodeWarning", Starts("(Use `node --trace-"), "closed"},
	{"lowerError", Starts("Error: "), "message"},

	{started, Func(isNodeSource).Last(tenDigits, isPlace), "nodeSource"},
	{started, Starts("<anonymous_script>:", "undefined:").If(numbered), "nodeScript"}, // what JSON.parse was given
	{"nodeScript", Blank(), "nodeCaretBlank"},                                         // it was empty
	{"nodeSource", Func(isSourceLine), "nodeCode"},
	{"nodeScript", Func(isScriptLine), "nodeCode"},
	{"nodeCode", Func(isNodeCaret), "nodeCaret"},
	{nodeCarets, Blank(), "nodeCaretBlank"},
	{nodeCarets + " first", Ends("] {").If(opensProperties), "nodeProperties"},
	{"nodeCaretBlank", Func(isThrownValue), "thrown"},
	{"nodeCaretBlank", Func(isUnloggedName).First(letters, nil), "thrown"}, // any class may be thrown
	{"nodeCaret", Func(isSourceLine), "thrown"},

	{mentions + " first message", Indented("at ").Ends(" {").If(isFrame), "nodeProperties"},
	{traces, Indented("at ", "eval at ", "... ").Ends(" {"), "nodeProperties"},
	{traces, Starts("Emitted 'error' event ").Ends("at:"), "frames"},
	{traces, Trimmed("[... lines matching original stack trace ...]"), "frames"},
	{mentions + " " + raised + " message", Line("Require stack:"), "nodeRequire"},
	{"nodeRequire", Starts("- "), "nodeRequire"},
	{raised, Starts("(Use `node --trace-"), "nodeTail"},
	{raised + " message framesBlank", Starts("Node.js v"), "closed"},
	{"nodeProperties", Starts("  "), "nodeProperties"},
	{"nodeProperties", Starts("}"), "nodeTail"},
	{"nodeTail", Blank(), "framesBlank"},
}}

// When node runs out of memory, or aborts, V8 reports in a form of its own; a
// blank line stands between its parts.
var nodeFatalRules = table{node, []rule{
	{"first", Line("<--- Last few GCs --->"), "nodeHeap"},
	{"first", Starts("FATAL ERROR: ").Has("JavaScript heap out of memory"), "nodeFatal"},
	{"first nodeFatal", Line("----- Native stack trace -----"), "nodeNativeTitle"},
	{"nodeHeap", Blank(), "nodeHeap"},
	{"nodeHeap", Line("<--- JS stacktrace --->"), "nodeHeap"},
	{"nodeHeap", Starts("[").Has(" ms: ").If(isCollection), "nodeHeap"},
	{"nodeHeap", Starts("FATAL ERROR: "), "nodeFatal"},
	{"nodeNativeTitle", Blank(), "nodeNativeTitle"},
	{"nodeFatal nodeNativeTitle nodeNative", Trimmed("").If(isNativeFrame), "nodeNative"},
}}

var (
	nodeCarets = "nodeCaret nodeCaretBlank"
)

// isPlace says whether a line ends with what may be a place in a script.
func isPlace(kept []byte) bool {
	file, ok := unnumbered(kept)
	return ok && (len(file) > 0 && strings.IndexByte("sx]p", file[len(file)-1]) >= 0 || has(file, "node:"))
}

// isNodeSource says whether a line is nothing but a place in a script, or in a
// module of node's own that throws.
func isNodeSource(text []byte) bool {
	file, ok := unnumbered(text)
	if !ok || text[0]-'0' <= 9 || len(word(file)) < len(file) {
		return false
	}
	if module, found := bytes.CutPrefix(file, []byte("node:")); found {
		return has(module, "internal/") || isOneOf(module, nodeModules)
	}
	dot := bytes.LastIndexByte(file, '.')
	return string(file) == "[eval]" || dot >= 0 && isOneOf(file[dot+1:], "js mjs cjs ts mts cts jsx tsx")
}

const nodeModules = "assert buffer child_process cluster console crypto dgram diagnostics_channel dns domain events fs http http2 https net os path process " +
	"punycode querystring readline repl stream string_decoder timers tls tty url util v8 vm worker_threads zlib"

// isScriptLine and isSourceLine say whether a line may be one of a program, and
// no record of a logger. A text that JSON.parse was given may begin with `{"`.
func isScriptLine(line []byte) bool { return !blank(line) && !dated(line) }
func isSourceLine(line []byte) bool { return isScriptLine(line) && !has(line, `{"`) }

// isNodeCaret says whether a line points at the one above. Below a line of a
// minified script the caret can stand so far to the right that the runtime cuts
// the line before.
func isNodeCaret(line []byte) bool {
	const far = 1 << 10
	return caret(line) || len(line) >= far && blank(line)
}

// isThrownValue says whether a line is what was thrown. An object that is no
// error stands in one line.
func isThrownValue(line []byte) bool {
	return isKnown(line) || has(line, "Uncaught") || has(line, "UnhandledPromiseRejection: ") || has(line, "error: ") ||
		has(line, "[") && ends(line, "]") && !dated(line) || has(line, "{ ") && ends(line, " }")
}

// opensProperties says whether a line names an error that has no frames, and
// opens the block of its properties: "[Error: ENOENT: …] {".
func opensProperties(text []byte) bool {
	if has(text, "[UnhandledPromiseRejection: ") {
		return true
	}
	return isKnown(text[bytes.IndexByte(text, '[')+1:]) || isKnown(text[bytes.LastIndexByte(text, '[')+1:])
}

// isCollection says whether a line is of a garbage collection: the process, its
// isolate, and the time since it began.
func isCollection(text []byte) bool {
	n := digits(text)
	return n > 0 && has(text[n:], ":0x")
}

// isNativeFrame says whether a line is a number, and an address.
func isNativeFrame(text []byte) bool {
	n := digits(text)
	return n > 0 && has(text[n:], ": 0x")
}
