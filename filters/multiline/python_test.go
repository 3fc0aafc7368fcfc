package multiline

import "testing"

var pythonChained = sample(`Traceback (most recent call last):
  File "/app/a.py", line 8, in g
    try: {}['k']
         ~~^^^^^
KeyError: 'k'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/a.py", line 4, in f
    1/0
    ~^~
ZeroDivisionError: division by zero

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/a.py", line 16, in <module>
  File "/app/a.py", line 10, in r
    def r(n): return r(n+1)
  [Previous line repeated 996 more times]
requests.exceptions.Timeout: HTTPSConnectionPool(host='x', port=443): Read timed out.`)

func TestPython(t *testing.T) {
	alone(t, pythonChained, pythonChained)
	for _, last := range []string{"AssertionError", "h.<locals>.Local: m", "KeyboardInterrupt", "socket.timeout: timed out"} {
		alone(t, sample("Traceback (most recent call last):\n  File \"/app/a.py\", line 4, in f\n    1/0\n"+last), "next")
	}
	alone(t, sample(`Traceback (most recent call last):
  File "/app/a.py", line 31, in <module>
    exec("x = = 1")
  File "<string>", line 1
    x = = 1
        ^
SyntaxError: invalid syntax`))
	// A traceback without its end takes no ordinary line for it.
	alone(t, "Traceback (most recent call last):\n  File \"/app/a.py\", line 4, in f\n    1/0")
	alone(t, "Traceback (most recent call last):\n  File \"/app/a.py\", line 4, in f", "an ordinary line", "  File of mine")
}

func TestPythonLoggers(t *testing.T) {
	trace := `Traceback (most recent call last):
  File "/app/a.py", line 4, in f
    1/0
ZeroDivisionError: division by zero`
	for _, line := range []string{
		"ERROR:root:failed",
		"[2026-11-22 10:00:00 +0000] [7] [ERROR] Error handling request /",
		"[2026-11-22 10:00:00,123: ERROR/ForkPoolWorker-1] Task a.b[1] raised unexpected: ZeroDivisionError('x')",
		"ERROR:    Exception in ASGI application",
		"Exception in thread Thread-1 (f):",
		"Exception ignored in: <function D.__del__ at 0x7f7e3af49c60>",
		"Internal Server Error: /items/1",
		"ERROR:asyncio:Task exception was never retrieved\nfuture: <Task finished name='Task-2' coro=<k() done> exception=KeyError('z')>",
		"Task exception was never retrieved\nfuture: <Task finished name='Task-2' coro=<k() done> exception=KeyError('z')>",
	} {
		alone(t, sample(line+"\n"+trace), "ERROR:root:next", "next")
	}
	alone(t, sample("2026-11-22 10:00:00 app "+trace))
	alone(t, sample(`2026-11-22 10:00:00.123 | ERROR    | __main__:<module>:10 - failed
Traceback (most recent call last):

  File "/app/x.py", line 10, in <module>
    f()
    └ <function f at 0x7f>

> File "/app/x.py", line 5, in f
    1/0

ZeroDivisionError: division by zero`))
}

// What stands behind the line of the exception.
func TestPythonDetails(t *testing.T) {
	alone(t, sample(`Traceback (most recent call last):
  File "/app/a.py", line 4, in f
    cursor.execute(q)
psycopg2.errors.UndefinedTable: relation "x" does not exist
LINE 1: select * from x
                      ^


The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/a.py", line 9, in g
    run()
sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "x" does not exist
[SQL: select * from x]
(Background on this error at: https://sqlalche.me/e/20/f405)`))
	alone(t, sample(`concurrent.futures.process._RemoteTraceback: 
"""
Traceback (most recent call last):
  File "/usr/lib/python3.11/concurrent/futures/process.py", line 261, in _process_worker
    r = call_item.fn(*call_item.args, **call_item.kwargs)
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ValueError: invalid literal for int() with base 10: 'x'
"""

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/a.py", line 44, in <module>
    p.submit(int,'x').result()
ValueError: invalid literal for int() with base 10: 'x'`))
}

func TestPythonGroups(t *testing.T) {
	alone(t, sample(`  + Exception Group Traceback (most recent call last):
  |   File "/app/a.py", line 25, in sub
  |     raise ExceptionGroup("eg",[ValueError(1)])
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  | ExceptionGroup: eg (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: 1
    +---------------- 2 ----------------
    | ExceptionGroup: in (1 sub-exception)
    +-+---------------- 1 ----------------
      | TypeError: 2
      +------------------------------------

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/a.py", line 27, in <module>
    sub()
RuntimeError: outer`))
	alone(t, "  + an ordinary list", "  | of things")
}

func TestPythonExpects(t *testing.T) {
	expects(t, `-ERROR:root:failed
+Traceback (most recent call last):
+  File "/app/a.py", line 4, in f
+    1/0
-KeyError: 'k'
-
+During handling of the above exception, another exception occurred:
+
+Traceback (most recent call last):
-ValueError: x`)
	expects(t, `+  + Exception Group Traceback (most recent call last):
+  | ExceptionGroup: eg (1 sub-exception)
+  +-+---------------- 1 ----------------
+    | ValueError: 1
-    +------------------------------------`)
}

func TestPythonVariants(t *testing.T) {
	start := "Traceback (most recent call last):\n  File \"/app/a.py\", line 4, in f\n    1/0"
	for _, last := range []string{
		"A: x\nDETAIL:  Key (id)=(1) already exists.", "A: x\nHINT:  x", "A: x\nCONTEXT:  x", "A: x\n[parameters: (1,)]",
		"A: x\n\tIs the server running?\n\n\nDuring handling of the above exception, another exception occurred:\n\nB: y",
		"A: x\n\n[SQL: select 1]",
	} {
		alone(t, sample(start+"\n"+last), "next")
	}
	for _, last := range []string{
		"DEBUG: x", "INFO: x", "WARN: x", "WARNING: x", "ERROR: x", "FATAL: x", "CRITICAL: x", "worker: x", "http://example.com: x", "9a: x",
	} {
		alone(t, start, last)
	}
	alone(t, start+"\nA: x", "LINE up", "DETAIL: x")
	for _, line := range []string{"future: <x>", "task: <x>", "handle: <x>"} {
		alone(t, sample("ERROR:asyncio:x\n"+line+"\n"+start+"\nA: x"))
		alone(t, "worker 3", line)
		expects(t, "-ERROR:asyncio:x\n+"+line)
	}
	alone(t, sample("billiard.pool.RemoteTraceback:\n'''\n"+start+"\nA: x"))
	alone(t, "billiard.pool.RemoteTraceback:", "next")
	expects(t, "+billiard.pool.RemoteTraceback: ")
}

// Messages of several lines.
func TestPythonMessages(t *testing.T) {
	trace := "Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\n    g()\n"
	alone(t, sample(trace+`pydantic_core._pydantic_core.ValidationError: 2 validation errors for User
name
  Field required [type=missing, input_value={'age': 'x'}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.9/v/missing
items.0.age
  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='x', input_type=str]
    For further information visit https://errors.pydantic.dev/2.9/v/int_parsing`), "next")
	alone(t, sample(trace+`pydantic.error_wrappers.ValidationError: 1 validation error for User
body -> name
  field required (type=value_error.missing)`), "done")
	alone(t, sample(trace+`sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "x" does not exist
LINE 2: FROM x
             ^

[SQL: SELECT x.id
FROM x
WHERE x.id = %(id_1)s]
[parameters: {'id_1': 7}]
(Background on this error at: https://sqlalche.me/e/20/f405)`), "done")
	alone(t, sample(trace+`ValueError: the first line
and another one

and a third

During handling of the above exception, another exception occurred:

`+trace+`RuntimeError: outer`), "  indented", "done", "    at 10:00 the job ran")
	for _, line := range logLines {
		alone(t, trace+"ValueError: x", line)
		const chain = "During handling of the above exception, another exception occurred:"
		if !hard(line) {
			check(t, all, Container, trace+"ValueError: x\na line of its own\n"+line+"\n  indented\n"+chain)
			continue
		}
		check(t, all, Container, trace+"ValueError: x", "a line of its own", line, "  indented", chain)
	}
	alone(t, trace+"ValueError: x", "name", "name:", "", "  a: 1")
	alone(t, trace+"ValueError: x", "    at f (/app/x.js:1:2)")
	expects(t, "+Traceback (most recent call last):\n-ValueError: x\n-more\n+During handling of the above exception, another exception occurred:")
}

// Exceptions that are not called so.
func TestPythonNames(t *testing.T) {
	trace := "Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\n    g()\n"
	for _, result := range []string{
		"KeyboardInterrupt", "SystemExit: 1", "django.http.response.Http404: No Order matches the given query.", "requests.exceptions.Timeout",
		"requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='a', port=443): Read timed out. (read timeout=3)", "socket.timeout: timed out",
		"asyncio.exceptions.CancelledError", "StopIteration", "celery.exceptions.Retry: Retry in 60s", "GeneratorExit", "app.Outer.<locals>.Rejected: x",
	} {
		alone(t, sample(trace+result), "next")
	}
}

// Celery quotes the traceback of its worker.
func TestCelery(t *testing.T) {
	alone(t, sample(`[2026-11-22 10:00:00,000: ERROR/ForkPoolWorker-1] Task ce.boom[4711] raised unexpected: KeyError('x')
Traceback (most recent call last):
  File "/app/celery/app/trace.py", line 451, in trace_task
    R = retval = fun(*args, **kwargs)
  File "/app/ce.py", line 5, in boom
    raise KeyError("x")
billiard.einfo.ExceptionWithTraceback: 
"""
Traceback (most recent call last):
  File "/app/ce.py", line 5, in boom
    raise KeyError("x")
KeyError: 'x'
"""`), sample(`billiard.einfo.ExceptionWithTraceback: 
"""
Traceback (most recent call last):
  File "/app/ce.py", line 5, in boom
KeyError: 'x'
"""`), "[2026-11-22 10:00:00,000: INFO/MainProcess] Task ce.ok[4712] received")
}
