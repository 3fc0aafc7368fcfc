package multiline

import "bytes"

// Swift's runtime prints a fatal error, and its backtrace in one of two forms
// (https://github.com/swiftlang/swift/blob/main/docs/Backtracing.rst):
//
//	Fatal error: Index out of range: file Swift/ContiguousArrayBuffer.swift, line 444
//	Current stack trace:
//	0    libswiftCore.so                    0x00007f0c2a1b0d70 _swift_stdlib_reportFatalErrorInFile + 115
var swiftRules = table{swift, []rule{
	{"first", Starts("Fatal error: "), "swiftFatal"},
	{"first", Func(isSwiftFatal).First(capitals, nil).AsAbove(), "swiftFatal"},
	{"swiftFatal", Blank(), "swiftBlank"},
	{"first swiftFatal swiftBlank reportMaybe reportAhead swiftCrashBlank", Starts("💣 ", "*** Program crashed: "), "swiftCrash"},
	// The next version names the file, and what it does until it has the backtrace.
	{"first", Ends("... done ***").If(isBacktracing), "swiftCrash"},
	{"swiftFatal swiftBlank", Ends("... done ***").If(isBacktracing), "swiftCrash"},
	{"swiftFatal", Line("Current stack trace:"), "reportFrames"},
	{"reportFrames", Func(isSwiftFrame).First(tenDigits, nil), "reportFrames"},

	{"swiftCrash swiftCrashBlank", Func(isSwiftFrame).First(tenDigits, nil), "swiftCrash"},
	{"swiftCrash", Blank(), "swiftCrashBlank"},
	{"swiftCrash swiftCrashBlank", Starts("Thread ", "Registers:", "Images ", "Backtrace took ", "rip ", "rflags ", "cs "), "swiftCrash"},
	{"swiftCrash swiftCrashBlank", Starts("     ", "   "), "swiftCrash"},
	{"swiftCrash swiftCrashBlank", Func(isGoRegister), "swiftCrash"},
}}

// isSwiftFatal says whether the file stands before the error: "App/main.swift:3: Fatal error: …".
func isSwiftFatal(text []byte) bool {
	i := bytes.IndexByte(text, ' ')
	return i > len("a.swift:1") && text[1] >= 'a' && text[i-1] == ':' && text[i-2]-'0' <= 9 && has(text[i:], " Fatal error: ") && bytes.Contains(text[:i], []byte(".swift:"))
}

// isBacktracing sees "*** Signal 5: Backtracing from 0x7f0a1b2c3d40... done ***".
func isBacktracing(text []byte) bool { return has(text, "*** Signal ") }

// isSwiftFrame says whether a line is the number of a frame, and its address or
// function.
func isSwiftFrame(line []byte) bool {
	n := digits(line)
	if n == 0 || n == len(line) || line[n] != ' ' {
		return has(line, "0x")
	}
	return bytes.Contains(line, []byte(" 0x")) || bytes.Contains(line, []byte(" + "))
}
