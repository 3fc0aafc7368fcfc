package multiline

import "testing"

var phpPrevious = sample(`PHP Fatal error:  Uncaught Exception: inner in /app/x.php:3
Stack trace:
#0 [internal function]: A::{closure}()
#1 /app/x.php(9): f('a', Array)
#2 {main}

Next RuntimeException: outer in /app/x.php:5
Stack trace:
#0 {main}
  thrown in /app/x.php on line 5`)

func TestPHP(t *testing.T) {
	alone(t, phpPrevious, phpPrevious)
	for _, header := range []string{"[22-Nov-2026 10:00:00 UTC] PHP ", "NOTICE: PHP message: PHP ", ""} {
		alone(t, sample(header+"Fatal error:  Uncaught TypeError: f(): x in /app/x.php:3\nStack trace:\n#0 /app/x.php(9): f()\n#1 {main}\n  thrown in /app/x.php on line 3"))
	}
	alone(t, sample(`exception 'Exception' with message 'Custom' in /app/x.php:5
Stack trace:
#0 /app/x.php(9): f()
#1 {main}`), "next")
	alone(t, sample(`2026/11/22 10:00:00 [error] 7#7: *1 FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught Exception: boom in /app/x.php:3
Stack trace:
#0 /app/x.php(9): f()
#1 {main}
  thrown in /app/x.php on line 3" while reading response header from upstream, client: 10.0.0.1`))
	alone(t, sample(`PHP Warning:  Undefined variable $a in /app/x.php on line 3
PHP Stack trace:
PHP   1. {main}() /app/x.php:0
PHP   2. f($a = 1) /app/x.php:9`))
	alone(t, sample(`[22-Nov-2026 10:00:00 UTC] PHP Notice:  Undefined index: a in /app/x.php on line 3
[22-Nov-2026 10:00:00 UTC] PHP Stack trace:
[22-Nov-2026 10:00:00 UTC] PHP   1. {main}() /app/x.php:0`), `[22-Nov-2026 10:00:00 UTC] PHP Notice:  Undefined index: b in /app/x.php on line 3`)
	// Laravel.
	alone(t, sample(`[2026-11-22 10:00:00] production.ERROR: boom {"exception":"[object] (Exception(code: 0): boom at /app/x.php:3)
[stacktrace]
#0 /app/x.php(9): f()
#1 {main}

[previous exception] [object] (Exception(code: 0): inner at /app/x.php:2)
[stacktrace]
#0 /app/x.php(9): f()
#1 {main}
"} `), "next")
	alone(t, "PHP Warning:  a in /app/x.php on line 3", "PHP Warning:  b in /app/x.php on line 3", "#1 {main}")
}

func TestPHPExpects(t *testing.T) {
	expects(t, `+PHP Fatal error:  Uncaught Exception: inner in /app/x.php:3
+Stack trace:
+#0 {main}
-  thrown in /app/x.php on line 5`)
	expects(t, `-exception 'Exception' with message 'Custom' in /app/x.php:5
+Stack trace:
+#0 /app/x.php(9): f()
-#1 {main}`)
}

func TestPHPVariants(t *testing.T) {
	trace := "\nStack trace:\n#0 {main}"
	for _, header := range []string{"", "PHP ", "[22-Nov-2026 10:00:00 UTC] PHP ", "NOTICE: PHP message: PHP "} {
		alone(t, sample(header+"Fatal error:  Uncaught App\\Oops: x in /app/x.php:3"+trace+"\n  thrown in /app/x.php on line 3"), "next")
	}
	for _, kind := range []string{"Fatal error", "Parse error", "Warning", "Notice", "Deprecated"} {
		alone(t, sample("PHP "+kind+":  x\nPHP Stack trace:\nPHP   1. {main}() /app/x.php:0"), "PHP 8 is here")
		expects(t, "-PHP "+kind+":  x\n-PHP Stack trace:")
	}
	alone(t, sample("exception 'App\\Oops' with message 'x' in /app/x.php:3"+trace+"\n[previous exception] x"+trace), "exception 'x'", "Stack trace:")
	alone(t, "PHP Info: x", "PHP Stack trace:")
	alone(t, "Fatal error:  x", "Stack trace:")
	expects(t, "-PHP Warning:  x\n+Stack trace:\n-#0 {main}\n-")
	expects(t, "+PHP Fatal error:  Uncaught X: x\n+Stack trace:\n+#0 {main}\n+\n+Next Y: y\n+Stack trace:")
}

// Messages of several lines.
func TestPHPMessages(t *testing.T) {
	alone(t, sample(`PHP Fatal error:  Uncaught PDOException: SQLSTATE[42P01]: Undefined table: 7 ERROR:  relation "x" does not exist
LINE 1: SELECT * FROM x
                      ^ in /app/x.php:3
Stack trace:
#0 /app/x.php(3): PDO->query()
#1 {main}
  thrown in /app/x.php on line 3`), "next")
	for _, line := range logLines {
		alone(t, "PHP Fatal error:  Uncaught Exception: a", "b in /app/x.php:3", line, "#0 {main}")
	}
}
