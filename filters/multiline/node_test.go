package multiline

import (
	"strings"
	"testing"
)

var nodeUncaught = sample(`/app/x.js:1
function f(){ throw new TypeError('boom'); }
              ^

TypeError: boom
    at f (/app/x.js:1:21)
    at Object.<anonymous> (/app/x.js:2:1)
    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:164:12)
    at node:internal/main/run_main_module:28:49

Node.js v20.20.2`)

func TestNode(t *testing.T) {
	alone(t, nodeUncaught)
	alone(t, sample(`node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module './nope'
Require stack:
- /app/d.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:164:12) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/app/d.js' ]
}

Node.js v20.20.2`), "next")
	alone(t, sample(`node:internal/modules/esm/resolve:283
    throw new ERR_MODULE_NOT_FOUND(
          ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/nope.mjs' imported from /app/f.mjs
    at finalizeResolution (node:internal/modules/esm/resolve:283:11)
    at #cachedDefaultResolve (node:internal/modules/esm/loader:657:25) {
  code: 'ERR_MODULE_NOT_FOUND'
}

Node.js v20.20.2`))
	alone(t, sample(`node:internal/process/promises:389
      new UnhandledPromiseRejection(reason);
      ^

UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "plain".
    at processPromiseRejections (node:internal/process/promises:470:17) {
  code: 'ERR_UNHANDLED_REJECTION'
}

Node.js v20.20.2`))
	alone(t, sample(`/app/b.js:1
throw 'abc';
^
abc
(Use `+"`node --trace-uncaught ...`"+` to show where the exception was thrown)

Node.js v20.20.2`))
	alone(t, sample(`file:///app/x.mjs:1
throw {a:1}
^

{ a: 1 }

Node.js v20.20.2`))
}

func TestNodeErrors(t *testing.T) {
	properties := `
    at Object.<anonymous> (/app/c.js:2:9)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)
    ... 4 lines matching cause stack trace ...
    at node:internal/main/run_main_module:28:49 {
  code: 'X',
  list: [ { a: 1 }, { b: [Array] } ],
  [cause]: Error: inner
      at Object.<anonymous> (/app/c.js:2:48)
      at node:internal/main/run_main_module:28:49 {
    code: 'EX'
  }
}`
	alone(t, sample("Error: outer"+properties), sample("failed Error: outer"+properties+" tail"), sample("Uncaught RangeError: outer"+properties), "next")
	alone(t, sample(`MyErr [Error]: z
    at /app/c.js:9:46`))
	alone(t, sample(`(node:7) UnhandledPromiseRejectionWarning: Error: z
    at /app/c.js:9:46
    at async Promise.all (index 0)`))
	alone(t, sample(`[Error: ENOENT: no such file or directory, open '/nope'] {
  errno: -2,
  code: 'ENOENT'
}`), sample(`failed [Error: ENOENT: no such file [x], open '/nope'] {
  errno: -2
}`))
	alone(t, sample(`AggregateError: many
    at /app/c.js:8:16 {
  [errors]: [
    Error: x
        at /app/c.js:8:36,
    Error: y
        at /app/c.js:8:52
  ]
}`))
	alone(t, sample("[Nest] 7  - 11/22/2026, 10:00:00 AM   ERROR [ExceptionsHandler] boom\nError: boom\n    at A.b (/app/dist/main.js:9:46)"))
	alone(t, sample("Error\n    at bls (<anonymous>:3:9)\n    at <anonymous>:6:4\n    at a_function_name"))
	// A bare "Error: …" takes frames and nothing else.
	alone(t, `Error: unknown command "x" for "tool"`, "", "Run 'tool --help' for usage.")
	alone(t, `Error: unknown command "x" for "tool"`, "Run 'tool --help' for usage.")
	// No code, no caret.
	alone(t, "/app/x.js:3\nworker 3 finished a job in 12 ms", "worker 4 finished")
	alone(t, "listening on :3000", "  indented", "    ^")
}

func TestNodeExpects(t *testing.T) {
	expects(t, `+/app/x.js:1
+throw new Error('boom')
+^
+
+Error: boom
+    at f (/app/x.js:1:21) {
+  code: 'X'
-}
-
-Node.js v20.20.2`)
	expects(t, "-Error: boom\n+    at f (/app/x.js:1:21)\n-")
	expects(t, "+MongoServerError: boom")
}

func TestNodeVariants(t *testing.T) {
	rest := "\nthrow x\n^\n\nError: boom\n    at f (/app/x:1:2)"
	for _, file := range []string{
		"/app/x.js", "/app/x.mjs", "/app/x.cjs", "/app/x.ts", "/app/x.mts", "/app/x.cts", "/app/x.jsx", "/app/x.tsx", "[eval]", `C:\app\x.js`,
	} {
		alone(t, sample(file+":3"+rest))
	}
	for _, file := range []string{"/app/x.css", "/app/x.py", "js", "in /app/x.js"} {
		alone(t, file+":3", "throw x", "    ^")
	}
	for _, thrown := range []string{"Uncaught:", "[Function: f]", "Uncaught 'x'", "{ a: 1 }", "[Error: x] {\n  code: 1\n}"} {
		alone(t, sample("/app/x.js:3\nthrow x\n^\n\n"+thrown+"\n\nNode.js v20.20.2"))
	}
	for _, line := range []string{`{"a":1}`, "2026-11-22 10:00:00 x", "worker 3: x", "[INFO] x", "{ x"} {
		alone(t, "/app/x.js:3\nthrow x\n^\n", line)
	}
	for _, line := range []string{`{"a":1}`, "2026-11-22 10:00:00 x"} {
		alone(t, "/app/x.js:3", line, "    ^")
		alone(t, "/app/x.js:3\nthrow x\n^", line)
	}
	alone(t, sample("[app] failed [Error: x] {\n  code: 1\n}"), sample("Uncaught Error: x\n    at anything"), "Uncaught mistakes", "    at anything")
	alone(t, sample("worker 3 {\n  code: 1\n}"), sample("[a] {\n  code: 1\n}"), "worker 3 {", "  code: 1", "next") // console.log of an object
	for _, line := range []string{"Error: x", "Exception: x"} {
		expects(t, "-"+line)
		alone(t, line, "")
	}
	expects(t, "-Error: x\n+Require stack:\n+- /app/x.js")
}

// A line of a minified script, and the caret below it, are longer than a piece
// of the runtime: what is seen of a line is its first piece.
func TestNodePieces(t *testing.T) {
	alone(t, "/app/bundle.js:2\n"+strings.Repeat("function f(){};", 1<<10)+"\n"+strings.Repeat(" ", 1<<14)+"\n\nTypeError: boom\n    at f (/app/bundle.js:2:16400)")
	alone(t, "/app/bundle.js:2\ncode", strings.Repeat(" ", 100), "next")
}

// An 'error' event that nobody listens to.
func TestNodeEvents(t *testing.T) {
	alone(t, sample(`node:events:502
      throw er; // Unhandled 'error' event
      ^

Error: connect ECONNREFUSED 127.0.0.1:1
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)
Emitted 'error' event on Socket instance at:
    at emitErrorNT (node:internal/streams/destroy:169:8)
    at process.processTicksAndRejections (node:internal/process/task_queues:82:21) {
  errno: -111,
  code: 'ECONNREFUSED',
  port: 1
}

Node.js v20.20.2`), sample(`node:events:502
      throw er; // Unhandled 'error' event
      ^

Error: unhandled emit
    at [eval]:1:69
    at node:internal/main/eval_string:51:3
Emitted 'error' event at:
    at [eval]:1:56
    at runScriptInThisContext (node:internal/vm:209:10)
    [... lines matching original stack trace ...]
    at node:internal/main/eval_string:51:3

Node.js v20.20.2`), "next")
	alone(t, "node:4:12", "Emitted 'error' event at noon", "[... lines matching original stack trace ...]", "node:other:7", "then", "Emitted 'error' event, look at:")
}

// What JSON.parse was given.
func TestNodeScript(t *testing.T) {
	for _, bad := range []string{"{bad\n ^", "{\"a\":1,}\n       ^"} {
		alone(t, sample(`<anonymous_script>:1
`+bad+`

SyntaxError: Expected property name or '}' in JSON at position 1
    at JSON.parse (<anonymous>)
    at [eval]:1:6
    at node:internal/main/eval_string:51:3

Node.js v20.20.2`), "next")
	}
}

// console.trace has a headline of its own.
func TestNodeTrace(t *testing.T) {
	frames := "\n    at Server.<anonymous> (/app/ex.js:7:10)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"
	alone(t, sample("Trace: a trace"+frames), sample("Trace"+frames), sample("Trace: two\nlines"+frames), "next")
	alone(t, "Trace: started", "worker 3 is ready", "Trace: done", "", "Trace", "next", "Traced: all", "    of them")
}
