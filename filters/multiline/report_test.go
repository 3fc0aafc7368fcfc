package multiline

import (
	"slices"
	"strings"
	"testing"
)

// What looks like the headline of a report, or like one of its lines, and is none:
// every line stands alone.
func TestNoReports(t *testing.T) {
	for _, text := range []string{
		"--- FAIL: TestA (0.00s)\n  ok\nFAIL",
		"--- FAIL: see above\n    ok",
		"error: boom\n    at line 3\nerror: bang",
		"error: boom\n/src/main.zig:5:10: note: called from here",
		"error: called from\n    f at line 3 column 5",
		"ERROR: a\nStacktrace: none\nERROR: b",
		"Diagnostics:\n  cpu: ok\n  disk: ok",
		"Diagnostics:\n  - name: a (b):\n    at: 1",
		"In short:\n  all is well",
		"In order.php line by line:\n  all is well",
		"In Cart.php line 3:\nplain\n  indented",
		"The Deployment \"web\" is invalid: \n- spec",
		"The Deployment is invalid:\n* spec",
		"*** Starting ***\n======= Backtrace: =========",
		"*** Error in `make': 2 ***\nplain\nplain",
		"*** build terminated\nplain",
		"Stack trace (most recent call last):\nplain\n#1 plain",
		"Timeout (30s)!\nplain\n  File \"x\"",
		"thread 3 panic: boom\nplain\n    plain",
		"thread 3 done\n/src/main.zig:5:10: 0x1034f5c in main (server)",
		"core.exception.handler(3): ready\nplain\n----------------\n??:? main",
		"can't read \"x\": no such variable\nplain\n\"x\"\n    (plain)",
		"ORA-00942: table or view does not exist\nplain\nORA-06512: at line 1",
		"ORA-06512: at line 1\nORA-06512: at line 2",
		"ORA-1: x\nORA-06512: at line 1",
		"[E 261122 10:00:00 web:1] boom\n  plain\n    plain",
		"[Error] boom\n    plain",
		"[W x] boom\n    plain",
		"INFO Config values: \nport = 1\n\tport = 1",
		"INFO Config values: \n\tport: 1",
		"At line 5 of file x.f90\nplain\n#0  0x1 in f",
		"V panic: x\nplain\n/tmp/a.c: by f",
		"==> Starting\n==> Done\n== a ==\n==1=\n==x== a",
		"2026-11-22 10:00:00 UTC done:  x\n\tplain",
		"2026-11-22 10:00:00.123 INFO  done:  x\n\tplain",
		"Internal Server Error: /x\nplain",
		"Internal Server Error: /x\n  indented\nTraceback",
		"2 validation errors for Settings\nplain text\n  indented",
		"2 validators run for 12 seconds now\nx\n  Field required [type=missing]",
		"INFO: 2 validation errors for Settings\ndb_url\nplain",
		"=== REDIS BUG REPORT END. ===\nplain",
		"server: Uncaught exception in handler:\nplain\n  error, called at x",
		"runtime error: integer overflow\n\nstacktrace:\n  a.b c",
		"runtime error: panic\nplain\nplain",
		"2026-11-22T10:00:00 error:\n  indented",
		"2026-11-22T10:00:00.123456+00:00 failed with an error:\n  indented",
		"2026-11-22 10:00:00.123 [info] boom\n    (shop 0.1.0) lib/shop/cart.ex:21: f/1",
		"10:00:00.123 [error] boom\n    (shop) see x\nplain",
		"Uncaught Kotlin exception: kotlin.Exception: x\nplain",
		"***************************\nplain\n***************************",
		"***************************\n\nAPPLICATION FAILED TO START",
		"Driver stacktrace:\n\tat x",
		"2026-11-22 10:00:00 ERROR boom\n  Details: x\n Detail: x",
		"ERROR in the shop\nModule not found\n @ ./x",
		"error during build:\nplain\n    at x",
		"======= Memory map: ========\n00400000-00401000 r-xp 00000000",
		"nginx: [error] invalid PID number\nnginx: [error] x",
		"Can't locate x at y line 3.\nBEGIN failed",
		"2026-11-22T10:00:00Z UTC - mysqld got signal 15 ;\nplain\nplain",
		"(1) attached\n  | a\n(2) b",
		"(1) attached stack\n  | a",
		"Error:   x\n  help: y",
		"Error: x\n  × y",
		"#0  0x7f in f ()\n#1  0x55 in main ()",
		"Unhandled exception in thread started by x\nplain",
		"Program received signal SIGINT\nplain\nplain",
		"Fortran runtime error: x\nplain\nplain",
		"Exception in shop\n==========\na FAILED\n==========",
		"  ● one\n  ● two\n  ● three",
	} {
		lines := strings.Split(text, "\n")
		for _, lines := range [][]string{lines, strings.Split(strings.ReplaceAll(text, "\n", "\nworker 3 finished a job\n"), "\n")} {
			if got := grouped(all, Container, lines, plain); !slices.Equal(got, lines) {
				t.Errorf("got\n%s", strings.Join(got, "\n--------\n"))
			}
		}
	}
}

// A report ends where a line has no form of a part of it.
func TestReportsEnd(t *testing.T) {
	for _, end := range []string{"next", "  next", "    next", "\tnext", "", "{\"a\":1}", "next:", "- next", "2026-11-22 10:00:00 INFO next", "E1122 10:00:00.000000 1 a.go:1] next", "Error: next", "error: next", "#1 next", "] next", "12. next", "=====", "----------------"} {
		for _, text := range []string{
			"ORA-20001: no stock\nORA-06512: at \"SHOP.ORDERS\", line 12",
			"core.exception.RangeError@a.d(5): boom\n----------------\n??:? _Dmain [0x5607]",
			"V panic: boom\nv hash: 0a1b\n/tmp/a.tmp.c:7031: at _v_panic: Backtrace\n/tmp/a.tmp.c:19: by main__main",
			"Fatal error: exception Failure(\"boom\")\nRaised at Stdlib.failwith in file \"stdlib.ml\", line 29, characters 17-33",
			"The Deployment \"web\" is invalid: \n* spec.selector: Required value",
			"can't read \"x\": no such variable\n    while executing\n\"puts $x\"",
			"Error:   × boom\n  ╰─▶ bang",
			"2 validation errors for Settings\ndb_url\n  Field required [type=missing, input_value={}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.7/v/missing",
			"==7== Invalid read of size 4\n==7==    at 0x109175: main (main.c:6)\n==7== ",
			"(1) attached stack trace\n  -- stack trace:\n  | main.f\n  | \t/src/main.go:10\nError types: (1) *withstack.withStack",
		} {
			want := []string{text, end}
			if got := grouped(all, Container, strings.Split(text+"\n"+end, "\n"), plain); !slices.Equal(got, want) {
				t.Errorf("got\n%s", strings.Join(got, "\n--------\n"))
			}
		}
	}
}
