package multiline

import "bytes"

// Zig's format is that of std.debug
// (https://ziglang.org/documentation/master/std/#std.debug):
//
//	thread 77 panic: index out of bounds: index 5, len 3
//	/src/main.zig:5:10: 0x1034f5c in main (server)
//	    xs[i] = 1;
//	      ^
var zigRules = table{zig, []rule{
	{"first", Starts("thread ").If(isZigPanic), "zig"},
	{"first", Starts("error: ").AsAbove(), "reportMaybe"},
	{"zig reportMaybe " + levels, Has(": 0x").If(isZigFrame), "zig"},
	{"zig", Starts("    ").If(isNotBlank), "zig"},
	{"zig", Func(caret), "zig"},
}}

// isZigPanic looks behind "thread ".
func isZigPanic(text []byte) bool {
	n := digits(text)
	return n > 0 && has(text[n:], " panic: ")
}

// isZigFrame says whether a line is a place, an address, and a function with its
// module: "/src/main.zig:5:10: 0x1034f5c in main (server)".
func isZigFrame(line []byte) bool {
	place, rest, found := bytes.Cut(line, []byte(": 0x"))
	if !found || !ends(rest, ")") || !bytes.Contains(rest, []byte(" in ")) {
		return false
	}
	file, ok := unnumbered(place)
	_, ok2 := unnumbered(file)
	return ok && ok2 || string(place) == "???:?:?"
}

// D's format is that of core.runtime
// (https://dlang.org/phobos/core_runtime.html):
//
//	core.exception.ArrayIndexError@source/app.d(5): index [5] is out of bounds
//	----------------
//	source/app.d:5 _Dmain [0x55d0c8a3f1b2]
var dRules = table{dlang, []rule{
	{"first", Starts("core.exception.", "object.Exception@", "object.Error@", "std.").If(isDThrown), "report"},
	{"report reportAhead", Line("----------------"), "reportBlank"},
	{"reportFrames reportBlank", Ends("]").Has(" [0x"), "reportFrames"},
}}

func isDThrown(text []byte) bool {
	_, place, found := bytes.Cut(text, []byte("@"))
	file, _, numbered := bytes.Cut(place, []byte("): "))
	return found && numbered && bytes.IndexByte(file, '(') > 0
}

// Tcl's format is that of errorInfo
// (https://www.tcl-lang.org/man/tcl8.6/TclCmd/tclvars.htm):
//
//	can't read "total": no such variable
//	    while executing
//	"expr {$total + 1}"
//	    (procedure "add" line 2)
var tclRules = table{tcl, []rule{
	{"first", Starts(`can't read "`, `invalid command name "`, `wrong # args: should be "`, `couldn't open "`, "expected integer but got "), "reportMaybe"},
	{"first reportMaybe reportAhead reportFrames " + levels, Line("    while executing", "    invoked from within"), "tclCode"},
	{"tclCode tclAhead", Starts("").Ends(`"`), "reportFrames"},
	{"tclCode", Starts(`"`), "tclAhead"},
	{"tclAhead", Message(), "tclAhead"},
	{"reportFrames", Starts(`    ("`, `    (procedure "`, `    (file "`, "    (in namespace ").Ends(")"), "reportFrames"},
}}

// Oracle's error stack, which PL/SQL makes
// (https://docs.oracle.com/en/error-help/db/ora-06512/):
//
//	ORA-20001: no stock
//	ORA-06512: at "SHOP.ORDERS", line 12
//
// Another error may stand between them, but begins a message of its own as well.
var oracleRules = table{oracle, []rule{
	{"first", Starts("ORA-").If(isOracleHead), "reportMaybe"},
	{levels, Starts("ORA-").If(isOracle), "reportFrames"},
	{"reportMaybe reportFrames oraAhead", Starts("ORA-06512: ", "Help: https://docs.oracle.com/"), "reportFrames"},
	{"reportMaybe reportFrames oraAhead", Starts("ORA-").If(isOracle), "oraAhead"},
}}

// isOracleHead and isOracle look behind "ORA-". Behind another error 06512 only tells the
// place.
func isOracleHead(text []byte) bool { return isOracle(text) && !has(text, "06512") }
func isOracle(text []byte) bool     { return shaped(text, "#####: ") }

// Redis and Valkey report a crash between two lines
// (https://github.com/redis/redis/blob/unstable/src/debug.c). What stands between them
// has the header of Redis, or any form.
var redisRules = table{redis, []rule{
	{"first", Starts("=== REDIS BUG REPORT START", "=== VALKEY BUG REPORT START"), "redis"},
	{"redis", Starts("=== REDIS BUG REPORT END", "=== VALKEY BUG REPORT END"), "closed"},
	{"redis", Func(isNoStart), "redis"},
}}

// isNoStart says whether a line is not the first one of another run.
func isNoStart(line []byte) bool { return !bytes.Contains(line, []byte("oO0OoO0OoO0Oo")) }

// Octave, V, SBCL, Fortran and Ada.
var otherRules = table{others, []rule{
	{"first", Starts("error: ").AsAbove(), "reportMaybe"},
	{"reportMaybe " + levels, Starts("error: called from"), "reportFrames"},
	{"reportFrames", Starts("    ").Has(" at line "), "reportFrames"},

	{"first", Starts("V panic: "), "report"},
	{"report", Starts("v hash: ", "V hash: "), "report"},
	{reports, Has(": by ", ": at ").If(isVFrame), "reportFrames"},

	{"first", Starts("Unhandled ").Has(" in thread #<SB-THREAD:"), "report"},
	{"reportAhead", Starts("Backtrace for: #<SB-THREAD:"), "reportFrames"},
	{"reportFrames", Func(isLispFrame), "reportFrames"},
	{"reportFrames reportBlank", Starts("unhandled condition in "), "closed"},

	{"first", Starts("raised ").If(isAda), "report"},
	{reports, Line("Call stack traceback locations:"), "reportFrames"},
	{"report", Starts("[/").Ends("]"), "reportFrames"},
	{"reportFrames", Starts("0x").If(isAdaFrame), "reportFrames"},

	{"first", Starts("At line ").Has(" of file "), "report"},
	{"first", Starts("Program received signal SIG"), "report"},
	{"first report", Starts("Fortran runtime error: "), "report"},
	{reports, Line("Error termination. Backtrace:", "Backtrace for this error:"), "reportFrames"},
	{"reportFrames", Starts("#").If(isFortranFrame), "reportFrames"},
	{"reportFrames", Starts("\tat ", "   at "), "reportFrames"},
}}

// isVFrame says whether a line begins with a place: "/tmp/a.tmp.c:7031: by main__main".
func isVFrame(line []byte) bool {
	place, _, _ := bytes.Cut(line, []byte(": "))
	_, ok := unnumbered(place)
	return ok && len(word(line)) > len(place)
}

// isAda looks behind "raised ": "CONSTRAINT_ERROR : main.adb:5 index check failed".
func isAda(text []byte) bool {
	name := word(text)
	return len(name) > 0 && has(text[len(name):], " : ") && only(name, ".") && name[0]-'A' < 26
}

// isAdaFrame says whether addresses follow, or one with its place.
func isAdaFrame(text []byte) bool {
	address := word(text)
	rest := text[len(address):]
	return isCode(address) && (bytes.Contains(rest, []byte(" at ")) || has(rest, " 0x") || len(rest) == 0)
}

func isLispFrame(line []byte) bool {
	n := digits(line)
	return n > 0 && has(line[n:], ": (")
}

// isFortranFrame looks behind the "#" of a frame.
func isFortranFrame(text []byte) bool {
	n := digits(text)
	return n > 0 && has(text[n:], "  0x")
}
