package multiline

import "testing"

// A line of the message of an exception may look like many things.
func TestMessageLines(t *testing.T) {
	for _, line := range []string{"", "INFO: x", "INFO x", "WARN x", "FATAL: password authentication failed", "error: x", "Error: x", "2026-11-22", "date: 2026-11-22 10:00:00", "at your service", "  at your service", "see http://x/y?z=1", "-- SELECT 1", "[x]", "[ERROR] x", "{", "}", "[1,2]", "key=value other=1", "msg=x level=info", "java.util.List<x>", "Foo: bar", "- a", "* a", "1. a", "\ta", "Traceback", "goroutine 1", "caused by: x", "Caused by x", "Caused by: prose without a class", "<xml>", "#0 x", "--- x", "\x1b[31mred\x1b[0m", "Exception in thread", "E1122 is a code", "I am here", "DEBUG", "ERROR", "NOTICE: x"} {
		alone(t, sample("com.acme.AException: outer\n"+line+"\n\tat com.acme.A.f(A.java:3)\n\tat com.acme.A.g(A.java:9)"), "next")
	}
	// These begin a trace of their own.
	for _, line := range []string{"java.lang.IllegalStateException", "org.x.Foo: bar", "org.postgresql.util.PSQLException: ERROR: x"} {
		alone(t, "com.acme.AException: outer", line+"\n\tat com.acme.A.f(A.java:3)\n\tat com.acme.A.g(A.java:9)", "next")
	}
}

// What else programs write, in many forms.
func TestVariants(t *testing.T) {
	for _, text := range []string{
		"TypeError: f(): Argument #1 ($x) must be of type int, string given, called in /app/y.php on line 9 and defined in /app/x.php:3\nStack trace:\n#0 /app/y.php(9): f()\n#1 {main}",
		"Exception: boom in /app/x.php:3\nStack trace:\n#0 {main}\n\nNext RuntimeException: o in /app/x.php:9\nStack trace:\n#0 {main}",
		"ErrorException: Undefined variable $x in /app/x.php:3\nStack trace:\n#0 /app/y.php(9): f()\n#1 {main}",
		"PDOException: SQLSTATE[HY000] [2002] Connection refused in /app/x.php:3\nStack trace:\n#0 /app/y.php(9): f()\n#1 {main}",
		"NOTICE: PHP message: RuntimeException: boom in /app/x.php:3\nStack trace:\n#0 {main}",
		"2026-11-22 10:00:00 ERROR failed: RuntimeException: boom in /app/x.php:3\nStack trace:\n#0 {main}",
		"[2026-11-22 10:00:00] app.ERROR: boom in /app/x.php:3\nStack trace:\n#0 {main}",
		"Map(2) {\n  'a' => 1,\n  'b' => { c: 2 }\n}", "<ref *1> {\n  a: [Circular *1]\n}", "Foo {\n  a: 1\n}", "[Object: null prototype] {\n  a: 1\n}",
		"┌─────────┬───┐\n│ (index) │ a │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘",
		"[AggregateError: All promises were rejected] {\n  [errors]: [\n    Error: a\n        at f (/app/x.js:1:2)\n  ]\n}",
		"AggregateError: All promises were rejected\n    at x (/app/x.js:1:2) {\n  [errors]: [\n    Error: a\n  ]\n}",
		"/srv/app/t.js:1\nthrow 'boom'\n^\nboom\n(Use `node --trace-uncaught ...` to show where the exception was thrown)\n\nNode.js v20.20.2",
		"/srv/app/t.js:1\nthrow {a:1}\n^\n\n[object Object]\n\nNode.js v20.20.2",
		"(node:1) Warning: x\n    at f (/app/x.js:1:2)",
		"(node:1) [DEP0005] DeprecationWarning: Buffer() is deprecated\n(Use `node --trace-deprecation ...` to show where the warning was created)",
		"(node:1) MaxListenersExceededWarning: Possible EventEmitter memory leak detected.\n(Use `node --trace-warnings ...` to show where the warning was created)",
		"=ERROR REPORT==== 22-Nov-2026::10:00:00 ===\nclosing AMQP connection <0.1.0>",
		"=INFO REPORT==== 22-Nov-2026::10:00:00 ===\naccepting\nx\n",
		"2026-11-22T10:00:00.000Z\terror\tapp/main.go:12\tfailed\t{\"error\": \"boom\", \"errorVerbose\": \"boom\\nmain.f\"}\nmain.f\n\t/app/main.go:12",
		"[10:00:00] [main/WARN]: x\njava.lang.NullPointerException\n\tat a.B.c(B.java:1)",
		"10:00:00.123 [main] ERROR c.e.A -- x\njava.lang.NullPointerException: null\n\tat a.B.c(B.java:1)",
		"ERROR  2026-11-22 10:00:00,123 [main] A: x\njava.lang.NullPointerException: null\n\tat a.B.c(B.java:1)",
		"Nov 22, 2026 10:00:00 AM org.apache.A f\nSEVERE: x\njava.lang.NullPointerException: null\n\tat a.B.c(B.java:1)",
		"Nov 22, 2026 10:00:00 AM org.apache.A f\nINFO: x\njava.lang.NullPointerException: null\n\tat a.B.c(B.java:1)",
		"2026-11-22 10:00:00.123:WARN:oejs.HttpChannel:qtp1-1: /x\njava.lang.NullPointerException\n\tat a.B.c(B.java:1)",
		"2026-11-22 10:00:00,123 INFO  [A] (x) done\njava.lang.NullPointerException\n\tat a.B.c(B.java:1)",
		"<11>Nov 22 10:00:00 x: ERROR a\njava.lang.NullPointerException\n\tat a.B.c(B.java:1)",
		"ERROR StatusLogger x\njava.lang.NullPointerException\n\tat a.B.c(B.java:1)",
		"reactor.core.Exceptions$ErrorCallbackNotImplemented: java.lang.X: boom\nCaused by: java.lang.X: boom\n\tat a.B.c(B.java:1)",
		"java.util.concurrent.CompletionException: x\n\tat a.B.c(B.java:1)\nCaused by: x\n\tat a.B.c(B.java:1)\n\t... 1 more",
		"org.testcontainers.ContainerLaunchException: x\n\tat a.B.c(B.java:1)\nCaused by: a.B: y\n\n\tat a.B.c(B.java:1)",
		"Unhandled exception. System.AggregateException: x\n ---> System.Exception: y\n   --- End of inner exception stack trace ---\n   at A.B()\n ---> (Inner Exception #1) System.Exception: z\n   at C.D()<---\n",
		"System.Exception: x\n   at A.B() in /a.cs:line 1\n--- End of stack trace from previous location ---\n   at C.D() in /a.cs:line 2",
		"crit: Microsoft.AspNetCore.Server.Kestrel[0]\n      Unable to start Kestrel.\n      System.IO.IOException: Failed to bind\n       ---> X: y\n         at A.B()",
		"Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\n    g()\nValueError: first\nsecond\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\n    g()\nA: x",
		"Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nSystemExit: 1",
		"Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nKeyboardInterrupt",
		"Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nsubprocess.CalledProcessError: Command '['a']' returned non-zero exit status 1.",
		"Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nbotocore.exceptions.ClientError: An error occurred (AccessDenied)",
		"Exception in thread Thread-1 (run):\nTraceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nValueError: x",
		"Exception ignored in: <function A.__del__ at 0x7f>\nTraceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nValueError: x",
		"ERROR:asyncio:Task exception was never retrieved\nfuture: <Task x>\nTraceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nValueError: x",
		"panic: boom [recovered]\n\tpanic: again\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x17",
		"fatal error: concurrent map writes\n\ngoroutine 7 [running]:\nmain.main()\n\t/app/main.go:5 +0x17",
		"2026/11/22 10:00:00 http: panic serving 10.0.0.1:5000: boom\ngoroutine 7 [running]:\nnet/http.(*conn).serve.func1()\n\t/usr/local/go/src/net/http/server.go:1868 +0xb9",
		"runtime: goroutine stack exceeds 1000000000-byte limit\nruntime: sp=0xc0200e0390 stack=[0xc0200e0000, 0xc0400e0000]\nfatal error: stack overflow\n\nruntime stack:\nruntime.throw({0x47a1b2?, 0x0?})\n\t/usr/local/go/src/runtime/panic.go:1047 +0x5d\n\ngoroutine 1 [running]:\nmain.f()\n\t/app/main.go:3 +0x17\n...additional frames elided...\ncreated by x\n\t/app/main.go:9",
		"thread 'main' panicked at 'assertion failed: `(left == right)`\n  left: `3`,\n right: `4`', src/main.rs:2:5\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
		"The application panicked (crashed).\nMessage:  boom\nLocation: src/main.rs:3\n\nBacktrace omitted. Run with RUST_BACKTRACE=1 environment variable to display it.",
		"Error: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
		"Exception: boom\n#0      f (package:a/b.dart:3:5)\n#1      g (package:a/b.dart:3:5)",
		"Unhandled exception:\nException: boom\n#0      f (package:a/b.dart:3:5)",
		"*** SIGSEGV (@0x0) received by PID 1 (TID 0x7f) from PID 0; stack trace: ***\n    @     0x7f (unknown)",
		"terminate called without an active exception", "terminate called recursively",
		"libc++abi: terminating due to uncaught exception of type std::runtime_error: boom",
		"Segmentation fault (core dumped)",
		"Fatal error: Uncaught Error: x in /a.php:3\nStack trace:\n#0 {main}\n  thrown in /a.php on line 3",
		"app.rb:3:in 'Integer': invalid value (ArgumentError)\n\tfrom app.rb:3:in '<main>'",
		"/usr/lib/ruby/x.rb:3:in `require': cannot load such file -- x (LoadError)\n\tfrom app.rb:3:in `<main>'",
		"RuntimeError: boom\n/app/x.rb:3:in `f'\n/app/x.rb:9:in `g'",
		"RuntimeError (boom):\n\napp/x.rb:3:in `f'\napp/x.rb:9:in `g'",
	} {
		alone(t, sample(text), "next")
	}
}
