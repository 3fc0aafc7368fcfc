package multiline

import "testing"

// What other programs write in the form of a trace, and lines that look alike.
func TestFormats(t *testing.T) {
	frames := "\n\tat com.example.A.f(A.java:3)\n\tat com.example.A.g(A.java:9)"
	alone(t, sample("#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007f8c5d1fe000, pid=1, tid=7\n#"), "next", "#", "# of things", "#")
	alone(t, sample("Exception in thread \"main\" org.apache.ibatis.exceptions.PersistenceException: \n### Error querying database.  Cause: java.lang.IllegalArgumentException: x\n### Cause: x"+frames), "### x")
	alone(t, sample("org.example.FlywayMigrateException: failed\nSQL State  : 42P01\nMessage    : ERROR: x"+frames), "Message    : x")
	alone(t, sample("java.lang.RuntimeException: a;\n  nested exception is:\ncom.sun.mail.smtp.SMTPAddressFailedException: 550\n"+frames), "  nested exception is:")
	alone(t, sample("2026-04-23 13:49:01.532+0000 [id=85]\tWARNING\thudson.remoting.Request$2#run: failed\nCommand Close created at"+frames+"\nCaused: hudson.remoting.Channel$OrderlyShutdown"+frames), "Command Close created at", "Caused: a", "next")

	alone(t, sample("error: relation \"x\" does not exist\n    at f (/app/x.js:2:21)\n    at g (/app/x.js:3:27) {\n  code: '42P01'\n}"), "error: x", "next", "error: x", "Error: x", "next")
	alone(t, sample("error: boom\nError: boom\n    at f (/app/x.js:3:11)"), sample("/app/x.js:3\nthrow x\n^\n\nerror: boom\n    at f (/app/x.js:3:11)"), "next")
	alone(t, sample("[10:00:00.123] ERROR (1): boom\n    err: {\n      \"type\": \"Error\",\n      \"stack\":\n          Error: boom\n    }"), "    err: {", "      x", "    }")

	trace := "Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\n    g()\n"
	alone(t, sample("╭───── Traceback (most recent call last) ─────╮\n│ /app/main.py:8 in root │\n╰──────╯\nZeroDivisionError: division by zero"), "╭─ x", "│ x", "╰─")
	alone(t, sample(trace+"kubernetes.client.exceptions.ApiException: (404)\nReason: Not Found\nHTTP response headers: HTTPHeaderDict({})\nHTTP response body: {\"code\":404}"), "next", "Reason: x")
	alone(t, sample(trace+"grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.UNAVAILABLE\n>\n\nDuring handling of the above exception, another exception occurred:\n\n"+trace+"A: x"), ">", "next", sample(trace+"A: x"), ">")
	alone(t, sample(trace+"py4j.protocol.Py4JJavaError: An error occurred while calling o45.collectToPython.\n: org.apache.spark.SparkException: aborted"+frames+"\nCaused by: java.lang.RuntimeException: boom"), ": x")
	alone(t, sample("2026-11-22 10:00:00 [error    ] failed                         [app]\n"+trace+"ValueError: boom"), "2026-11-22 10:00:00 [info     ] next")
	alone(t, sample("Error: boom\n"+trace+"ValueError: boom"), "ValueError: boom", trace+"ValueError: boom")

	stack := "\nStack trace:\n#0 /app/y.php(9): f()\n#1 {main}"
	for _, line := range []string{"RuntimeException: boom in /app/x.php:3", "Error: Call to undefined function x() in /app/x.php:3", `App\OutOfStock: none in /app/x.php:3`} {
		alone(t, sample(line+stack), sample("2026-11-22 10:00:00 ERROR failed\n"+line+stack), "next")
		alone(t, line, "next", "Stack trace:")
	}
	alone(t, "Stopped: not in /app/x.php", "Stack trace:", "2026-11-22: x in /app/x.php:3", "Stack trace:")

	// Lines between what looks like a trace, and what looks like the rest of it.
	alone(t, "PHP Fatal error:  Uncaught Exception: a in /app/x.php:3", "next", "\tat com.example.A.f(A.java:3)\n\tat com.example.A.g(A.java:9)")
	alone(t, "2026-11-22 10:00:00 WARNING a\nCommand Close created at", "next", "\tat com.example.A.f(A.java:3)")
	alone(t, "Nov 22, 2026 10:00:00 AM com.example.Foo bar", "INFO:root:listening")
	alone(t, "E1122 10:00:00.123456       1 a.go:1] \"Failed\" err=<\n\tat com.example.A.f(A.java:3)", "Caused by: java.io.IOException: closed\n\tat com.example.A.f(A.java:3)")
	alone(t, "java.lang.Error: a", trace+"ValueError: boom")

	header := "I1122 10:00:00.123456       1 trace.go:236] "
	alone(t, sample(header+"Trace[154]: \"Update\" (22-Nov-2026 10:00:00.000) (total time: 520ms):\nTrace[154]:  ---\"Txn call completed\" 517ms (10:00:00.123)]\nTrace[154]: [520.1ms] [520.1ms] END"), header+"text", "Trace[154]: x")
}
