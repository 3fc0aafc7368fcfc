package multiline

import "testing"

var javaCause = sample(`Exception in thread "main" java.lang.IllegalStateException: boom
	at A.f(A.java:4)
	at A.s(A.java:5)
	at A.main(A.java:9)
	Suppressed: java.lang.IllegalArgumentException: in close
		at A$R.close(A.java:3)
		... 2 more
Caused by: java.lang.NumberFormatException: For input string: "x"
	at java.base/java.lang.NumberFormatException.forInputString(NumberFormatException.java:67)
	at java.base/java.lang.Integer.parseInt(Integer.java:668)
	... 3 more
Caused by: [CIRCULAR REFERENCE: java.lang.Exception: a]`)

func TestJava(t *testing.T) {
	// A second one of its kind is a text of its own.
	alone(t, javaCause, javaCause)
	alone(t, sample(`java.lang.IllegalStateException: boom
	at com.example.Foo.bar(Foo.java:12) ~[app.jar!/:1.0]
	at com.example.Foo$$Lambda$14/0x0000000800066840.run(Unknown Source)
	at java.base/java.lang.Thread.run(Thread.java:840) [na:na]
Caused by: java.io.IOException: closed
	... 3 common frames omitted`), "worker done")
	alone(t, sample(`java.lang.NullPointerException
	at com.example.Foo.bar(Foo.java:12)`))
	alone(t, sample(`com.example.WrapperException: a message

	at com.example.Foo.bar(Foo.java:12)`))
	alone(t, sample(`java.rmi.ConnectException: Connection refused to host: 10.0.0.1; nested exception is: 
	java.net.ConnectException: Connection refused
	at sun.rmi.transport.tcp.TCPEndpoint.newSocket(TCPEndpoint.java:632)`))
	alone(t, sample(`javax.mail.MessagingException: Could not connect;
  nested exception is:
	java.net.ConnectException: Connection refused
	at com.sun.mail.smtp.SMTPTransport.openServer(SMTPTransport.java:2212)`))
	alone(t, sample(`org.postgresql.util.PSQLException: ERROR: duplicate key value violates unique constraint "a_pkey"
  Detail: Key (id)=(1) already exists.
	at org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2713)`))
	alone(t, sample(`com.fasterxml.jackson.core.JsonParseException: Unexpected character ('x' (code 120)): was expecting a colon
 at [Source: (String)"{"a"x}"; line: 1, column: 5]
	at com.fasterxml.jackson.core.JsonParser._constructError(JsonParser.java:2391)`))
	// An exception in the middle of a line.
	alone(t, sample(`[vert.x-eventloop-thread-0] failed to deploy: com.example.DeployException: boom
	at com.example.Foo.bar(Foo.java:12)
	at com.example.Foo.main(Foo.java:3)`))
}

// A logger's line belongs to the trace behind it.
func TestLoggers(t *testing.T) {
	trace := "java.lang.IllegalStateException: boom\n\tat com.example.Foo.bar(Foo.java:12)"
	for _, line := range []string{
		`2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed`,
		`2026-11-22 10:00:00,123 [main] WARN  com.example.Foo - failed`,
		`10:00:00.123 [main] FATAL com.example.Foo - failed`,
		`SEVERE: Servlet.service() for servlet [x] in context with path [] threw exception`,
		`2026-11-22T10:00:00.123Z|ERROR|com.example.Foo|failed`,
		"2026-11-22 10:00:00 \x1b[31mERROR\x1b[0;39m c.e.Foo - failed",
		`2026-11-22T10:00:00Z	ERROR	main	failed`,
		`Unexpected Exception while serving a request`,
		`22-Nov-2026 10:00:00.000 CRITICAL [main] failed`,
	} {
		alone(t, sample(line+"\n"+trace))
		alone(t, line, "an ordinary line")
		alone(t, line, line)
		alone(t, sample(line+"\n\tat com.example.Foo.bar(Foo.java:12)\n\tat com.example.Foo.baz(Foo.java:13)"))
	}
	// An exception may be logged with any level, or behind any time.
	alone(t, sample("2026-11-22 10:00:00 INFO [main] c.e.Foo - failed\n"+trace))
	alone(t, `2026-11-22 10:00:00 INFO [main] c.e.Foo - failed`, "java.lang.IllegalStateException: boom", "next")
	alone(t, `ERRORS=0 MYERROR E_WARN_X`, trace)
}

// Spring Boot writes a blank line on both sides of a trace.
func TestSpringBoot(t *testing.T) {
	line := `2026-11-22T10:00:00.000Z ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet]    : Servlet.service() for servlet [dispatcherServlet] threw exception [Request processing failed: java.lang.IllegalStateException: boom] with root cause`
	alone(t, sample(line+`

java.lang.IllegalStateException: boom
	at com.example.Foo.bar(Foo.java:12) ~[classes/:na]
	at java.base/java.lang.Thread.run(Thread.java:840) ~[na:na]
`), "next")
	alone(t, line+"\n", "no trace")
	alone(t, sample("2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed\n\njava.lang.IllegalStateException: boom\n\tat com.example.Foo.bar(Foo.java:12)"))
	alone(t, "2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed", "", "no trace")
}

func TestJavaExpects(t *testing.T) {
	expects(t, "-2026-11-22 10:00:00 ERROR 1 --- [main] c.e.Foo : failed\n+")
	expects(t, `+Exception in thread "main" java.lang.IllegalStateException: boom
+	at A.f(A.java:4)
+Caused by: java.io.IOException: closed
+	... 3 more
-`)
	expects(t, `-2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed
+java.lang.IllegalStateException: boom
-`)
	expects(t, "+java.lang.NullPointerException")
	expects(t, "-something Error: connection refused\n+\tat a.b.C.d(C.java:1)")
}

func TestJavaVariants(t *testing.T) {
	frame := "\n\tat com.example.Foo.bar(Foo.java:12)"
	for _, line := range []string{
		"java.lang.Throwable: boom", "java.lang.Throwable", "worker 3 died of com.example.MyThrowable",
		"Caused by: com.example.Oops: boom", "\tSuppressed: com.example.Oops: boom",
		`Exception in thread "main" com.example.Oops: boom`,
		"com.example.Outer$InnerException: boom",
		"a.b.CException: boom\nCaused by: com.example.Oops", "a.b.CException: boom\nWrapped by: com.example.Oops",
		"a.b.CException: boom\n  Hint: x", "a.b.CException: boom\n  Position: 3", "a.b.CException: boom\n  Where: x",
	} {
		alone(t, sample(line+frame), "next")
	}
	alone(t, "a.b.CException: boom", "Hint: x")
	alone(t, "a.b.cException: boom", "", "next")
	alone(t, "a.b,CException: boom", "", "next")
}

// Frames whose headline is not known stay together.
func TestFrames(t *testing.T) {
	for _, frame := range []string{
		"\tat com.example.Foo.bar(Foo.java:12) ~[na:na]", "    at new Foo (<anonymous>)", "    at Array.map (native)", "    at fn (/app/x.js:1:2)",
		"    at async /app/x.js:1:2", "  eval at Foo.a (eval at Bar.z (myscript.js:10:3))", "   at Foo in /src/x.cs:line 3",
		"    at <anonymous>", "\tSuppressed: a.b.Oops: x",
	} {
		alone(t, sample(frame+"\n"+frame+"\n    at anything"))
		alone(t, sample("worker 3: it is an Error: x\n"+frame+"\n"+frame))
	}
	alone(t, sample("    at f (/app/x.js:1:2) {\n  code: 1\n}"))
	for _, line := range []string{"    at 10:00 the job ran", "  at last (or not)", "\tat example.com", "at a.b.C(D.java:1)"} {
		alone(t, line, line)
		alone(t, "worker 3: it is an Error: x", line)
	}
}

func TestLevelWords(t *testing.T) {
	for _, word := range []string{"ERROR", "ERR", "WARN", "WARNING", "SEVERE", "FATAL", "CRITICAL", "ALERT", "EMERGENCY", "PANIC", "Exception"} {
		for _, line := range []string{word + " it failed", "2026-11-22 [" + word + "] it failed", "it failed with " + word} {
			alone(t, sample(line+"\ncom.example.FooException\n\tat com.example.Foo.bar(Foo.java:12)"))
		}
		for _, line := range []string{word + "S here", "MY" + word + " x", "X_" + word + " x", word + "2"} {
			if st := all.Begin([]byte(line), Container); st != None {
				t.Errorf("%s begins %+v", line, st)
			}
		}
	}
}
