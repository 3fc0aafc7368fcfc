package multiline

import "bytes"

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
//	  code: 'X',
//	  [cause]: Error: inner
//	      at g (/app/y.js:1:2)
//	}
//
//	Node.js v20.20.2

// isNodeSource says whether a line is nothing but a place in a script.
func isNodeSource(text []byte) bool {
	if text[len(text)-1]-'0' > 9 {
		return false
	}
	file, ok := unnumbered(text)
	if !ok || len(file) == 0 {
		return false
	}
	switch file[len(file)-1] {
	case 's', 'x': // .js, .mjs, .cjs, .ts, .mts, .cts, .jsx, .tsx
		name := file[bytes.LastIndexByte(file, '/')+1:]
		dot := bytes.LastIndexByte(name, '.')
		if dot < 0 {
			break
		}
		switch string(name[dot:]) {
		case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx":
			return len(word(file)) == len(file)
		}
	case ']':
		return string(file) == "[eval]"
	}
	return has(file, "node:") && len(word(file)) == len(file) && isNodeModule(file[len("node:"):])
}

// isNodeModule says whether a name is that of a module of node's own that
// throws.
func isNodeModule(name []byte) bool {
	switch string(name) {
	case "assert", "buffer", "child_process", "cluster", "console", "crypto", "dgram", "diagnostics_channel", "dns", "domain", "events",
		"fs", "http", "http2", "https", "net", "os", "path", "process", "punycode", "querystring", "readline", "repl", "stream",
		"string_decoder", "timers", "tls", "tty", "url", "util", "v8", "vm", "worker_threads", "zlib":
		return true
	}
	return has(name, "internal/")
}

// isNodeScript says whether a line is the place in a text that was evaluated,
// as that which JSON.parse was given. It may be escaped.
func isNodeScript(text []byte) bool {
	return has(text, "<anonymous_script>:") || has(text, `\u003canonymous_script\u003e:`)
}

// emitted says whether the line follows that tells where the event came from
// that nobody listened to:
//
//	Emitted 'error' event on Socket instance at:
func emitted(line []byte) bool { return has(line, "Emitted 'error' event ") && ends(line, "at:") }

// opensProperties says whether a line names an error that has no frames, and
// opens the block of its properties:
//
//	[Error: ENOENT: no such file or directory, open '/x'] {
func opensProperties(text []byte) bool {
	if !ends(text, "] {") {
		return false
	}
	i := bytes.LastIndex(text, []byte("[")) // of the error, if its message has none
	if first := bytes.IndexByte(text, '['); first >= 0 {
		if known, _ := headline(text[first+1:]); known {
			return true
		}
	}
	known, _ := headline(text[i+1:])
	return known
}

func afterNodeSource(s State, line []byte) step {
	if blank(line) || s.step != nodeScript && has(line, `{"`) || dated(line) {
		return none
	}
	return nodeCode
}

// afterNodeCode takes the caret. Below a line of a minified script it can stand
// so far to the right that the runtime cuts the line before.
func afterNodeCode(_ State, line []byte) step {
	const far = 1 << 10
	if caret(line) || len(line) >= far && blank(line) {
		return nodeCaret
	}
	return none
}

// afterNodeCaret takes the error. A thrown value that is no error follows the
// caret at once if it is a string, and stands in one line if it is an object.
func afterNodeCaret(s State, line []byte) step {
	if blank(line) {
		return nodeCaretBlank
	}
	if has(line, `{"`) || dated(line) {
		return none
	}
	if opensProperties(line) {
		return nodeProperties
	}
	known, _ := headline(line)
	if known || has(line, "Uncaught") || has(line, "UnhandledPromiseRejection: ") || s.step == nodeCaret ||
		has(line, "[") && ends(line, "]") || has(line, "{ ") && ends(line, " }") {
		return thrown
	}
	return none
}

// nodeDetail returns the step behind a line that can stand between the message
// and its frames.
func nodeDetail(line []byte) step {
	if string(line) == requireStack {
		return nodeRequire
	}
	if has(line, "(Use `node --trace-") {
		return nodeTail
	}
	if has(line, nodeVersion) {
		return closed
	}
	return none
}

// isTrace says whether console.trace wrote a line: frames follow.
func isTrace(text []byte) bool { return has(text, "Trace: ") || string(text) == "Trace" }

// What node writes before the names of modules, and last of all.
const (
	requireStack = "Require stack:"
	nodeVersion  = "Node.js v"
	// matchingLines stands for frames that were seen above.
	matchingLines = "[... lines matching original stack trace ...]"
)

func afterNodeRequire(s State, line []byte) step {
	if has(line, "- ") {
		return nodeRequire
	}
	return s.traceLine(line)
}

func afterNodeProperty(_ State, line []byte) step {
	switch {
	case has(line, "  "):
		return nodeProperties
	case has(line, "}"):
		return nodeTail
	}
	return none
}

func afterNodeTail(_ State, line []byte) step {
	if blank(line) {
		return framesBlank
	}
	return none
}
