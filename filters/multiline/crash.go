package multiline

import "bytes"

// What libraries and servers in C++ tell of a crash.
//
//	Stack trace (most recent call last):
//	#1    Source "/src/main.cc", line 12, in main [0x55d0c8a3f0a5]
//
// (https://github.com/bombela/backward-cpp)
var crashRules = table{cpp, []rule{
	{"first", Line("Stack trace (most recent call last):", "Stack trace (most recent call last) in thread "), "backward"},
	{"backward", Starts("#").If(isBackwardFrame), "backward"},
	{"backward", Starts("      "), "backward"}, // the code
	{"backward", Ends(")").If(isSignal), "closed"},

	// glibc, up to 2.25: the stack in its own form, and the map of the memory.
	{"first", Starts("*** Error in `").Ends(" ***"), "report"},
	{"first", Starts("*** ").Ends(" terminated", ": terminated"), "reportMaybe"},
	{reports, Line("======= Backtrace: ========="), "reportFrames"},
	{"reportFrames", Line("======= Memory map: ========"), "reportFrames"},
	{reports, Ends("]").Has("[0x").If(isNativePlace), "reportFrames"},
	{"reportFrames", Func(isMapping), "reportFrames"},

	// ClickHouse.
	{"first", Ends("Stack trace (when copying this message, always include the lines below):"), "report"},
	{reports, Func(isClickhouseFrame), "reportFrames"},

	// MySQL and MariaDB.
	{"first", Func(isMysqldSignal).Last(";", isMysqldSignal), "report"},
	{reports, Starts("stack_bottom = ", "Thread pointer: ", "Attempting backtrace.", "where mysqld died.", "terribly wrong", "Trying to get some variables.",
		"Some pointers may be invalid ", "Query (", "Connection ID (thread ID): ", "Status: ", "The manual page at "), "reportFrames"},
	{"reportFrames", Ends("]").Has("+0x"), "reportFrames"},
	{"reportFrames reportBlank", Starts("information that should help you find out what is causing the crash."), "closed"},

	// Boost's stacktrace, and that of Seastar.
	{"first " + levels, Starts(" 0# ").If(isNotBlank), "boost"},
	{"boost", Starts(" ").If(isBoostFrame), "boost"},
	{"first", Starts("Segmentation fault on shard ", "Aborting on shard ", "Illegal instruction on shard "), "seastar"},
	{"seastar", Line("Backtrace:"), "seastar"},
	{"seastar", Indented("0x", "/").If(isCodeLine), "seastar"},

	// gdb, and Folly's handler of fatal signals.
	{"report", Starts("0x").Has(" in "), "reportFrames"},
	{"reportFrames", Func(isNumberedSource), "reportFrames"},
	{"reportFrames", Starts("*** Signal ").Ends(" ***"), "reportFrames"},
	{"reportFrames", Starts("            ").If(isPath), "reportFrames"},

	// Valgrind: every line has the number of the process.
	{"first", Starts("==").If(isValgrind), "reportFrames"},
	{"reportFrames", Starts("==").If(isValgrindText), "reportFrames"},
	{"reportFrames", Starts("==").If(isValgrind), "closed"},
}}

// isBackwardFrame looks behind the "#" of a frame.
func isBackwardFrame(text []byte) bool {
	n := digits(text)
	return n > 0 && (has(bytes.TrimLeft(text[n:], " "), `Object "`) || has(bytes.TrimLeft(text[n:], " "), `Source "`))
}

// isSignal says whether a line names a signal: "Segmentation fault (Address not mapped …)".
func isSignal(line []byte) bool {
	for _, name := range [...]string{"Segmentation fault (", "Aborted (", "Bus error (", "Illegal instruction (", "Floating point exception ("} {
		if has(line, name) && !has(line[len(name):], "core dumped") {
			return true
		}
	}
	return false
}

// isNativePlace says whether a line is a file and an address: "/app/a(main+0x1a)[0x400a5c]".
func isNativePlace(line []byte) bool {
	return line[0] == '/' || line[0] == '.' || line[0] == '['
}

// isMapping says whether a line is one of /proc/self/maps.
func isMapping(line []byte) bool {
	from, rest, found := bytes.Cut(line[:min(len(line), len("0123456789abcdef-0123456789abcdef r-xp"))], []byte("-"))
	_, mode, found2 := bytes.Cut(rest, []byte(" "))
	return found && found2 && isCode(from) && len(mode) >= 4 && (mode[0] == 'r' || mode[0] == '-') && (mode[3] == 'p' || mode[3] == 's')
}

// isClickhouseFrame says whether a line is a number, a function, and the address.
func isClickhouseFrame(line []byte) bool {
	n := digits(line)
	return n > 0 && has(line[n:], ". ") && bytes.Contains(line, []byte(" @ 0x"))
}

// isMysqldSignal says whether a line ends as the first one of such a report:
// "2026-11-22T10:00:00Z UTC - mysqld got signal 11 ;".
func isMysqldSignal(kept []byte) bool {
	text := bytes.TrimRight(kept[:len(kept)-1], tenDigits+" ")
	return ends(text, "mysqld got signal") || ends(text, "mariadbd got signal")
}

// isValgrind and isValgrindText look behind the first "==": a number, "== ", and a text.
func isValgrind(text []byte) bool {
	n := digits(text)
	return n > 0 && has(text[n:], "==") && (len(text) == n+2 || text[n+2] == ' ')
}

func isValgrindText(text []byte) bool {
	return isValgrind(text) && len(text) > digits(text)+len("== ")
}

// isBoostFrame says whether a text is the number of a frame: "1# main at /src/main.cpp:9".
func isBoostFrame(text []byte) bool {
	text = text[indent(text):]
	n := digits(text)
	return n > 0 && has(text[n:], "# ")
}

// isCodeLine says whether a text has no space: an address, or a place in a library.
func isCodeLine(text []byte) bool { return len(text) > 0 && bytes.IndexByte(text, ' ') < 0 }

// isNumberedSource says whether a line is the number of a line, a tab, and its code.
func isNumberedSource(line []byte) bool {
	n := digits(line)
	return n > 0 && has(line[n:], "\t")
}

func isPath(text []byte) bool {
	text = text[indent(text):]
	return has(text, "/") && bytes.IndexByte(text, ' ') < 0
}
