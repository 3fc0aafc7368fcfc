package multiline

import "bytes"

// Dart's format is that of StackTrace.toString
// (https://api.dart.dev/dart-core/StackTrace-class.html):
//
//	Unhandled exception:
//	FormatException: Invalid radix-10 number (at character 1)
//	#0      int._throwFormatException (dart:core-patch/integers_patch.dart:133:5)
//	#1      main (file:///app/bin/server.dart:7:7)
var dartRules = table{dart, []rule{
	{"first", Line("Unhandled exception:"), "dartHead"},
	{"dartHead", Func(isUnheaded), "report"},
	{started + " mention named thrown thrownMaybe qualified message " + reports, Starts("#").If(isDartFrame), "reportFrames"},
	{levels + " mention named thrown thrownMaybe qualified message " + reports, Has(".dart ").If(isTerseFrame), "reportFrames"}, // of package:stack_trace
	{"reportFrames", Line("<asynchronous suspension>"), "reportFrames"},
	{"reportFrames", Starts("...").Ends("..."), "reportFrames"},
}}

// isDartFrame looks behind the "#" of a frame.
func isDartFrame(text []byte) bool {
	n := digits(text)
	if n == 0 || !has(text[n:], "  ") || !ends(text, ")") {
		return false
	}
	return bytes.Contains(text, []byte(" (dart:")) || bytes.Contains(text, []byte(" (package:")) || bytes.Contains(text, []byte(" (file:"))
}

func isUnheaded(line []byte) bool { return !hasHeader(line) }

// isTerseFrame says whether a line is a file, a place in it, and a name behind two spaces:
// "package:shelf/src/logger.dart 30:27  logRequests.<fn>".
func isTerseFrame(line []byte) bool {
	file := word(line)
	place := line[min(len(file)+1, len(line)):]
	n := digits(place)
	return ends(file, ".dart") && n > 0 && has(place[n:], ":") && numbered(place[n+1:]) && bytes.Contains(place, []byte("  "))
}
