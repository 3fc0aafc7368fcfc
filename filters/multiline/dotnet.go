package multiline

import "bytes"

// .NET's format is that of Exception.ToString
// (https://learn.microsoft.com/dotnet/api/system.exception.tostring). Npgsql and
// SqlClient add the data of an exception, and which connection it was:
//
//	Unhandled exception. System.InvalidOperationException: outer
//	 ---> System.Exception: inner
//	   at Foo.Bar() in /src/x.cs:line 3
//	   --- End of inner exception stack trace ---
//	   at Foo.Main() in /src/x.cs:line 5
//	  Exception data:
//	    SqlState: 28P01
var dotnetRules = table{dotnet, []rule{
	{"first", Starts("Process terminated.", "Fatal error.", "Unhandled exception. ", "Unhandled Exception: "), "thrown"},
	{started, Line("Stack overflow."), "thrown"},
	{levels, Starts("Cause: ").If(isHeadline), "thrown"}, // of Akka.NET
	{dotnetTraces, Trimmed("---> "), "thrown"},
	{dotnetTraces, Trimmed(dotnetEnds...), "frames"},
	{"frames", Line("--------------------------------"), "frames"}, // around a repeated part of a stack
	{raised, Starts("POSITION: "), "thrown"},                       // of PostgreSQL
	{dotnetData, Line("  Exception data:"), "exceptionData"},
	{dotnetData, Starts("ClientConnectionId:", "ClientConnectionId before routing:", "Routing Destination:"), "exceptionData"},
	{dotnetData, Starts("Error Number:").Has(",State:"), "exceptionData"},
	{"exceptionData", Starts("    "), "exceptionData"},
}}

var (
	dotnetTraces = mentions + " " + traces + " message framesBlank"
	dotnetData   = "frames exceptionData"
	dotnetEnds   = []string{"--- End of inner exception stack trace ---", "--- End of stack trace from previous location"}
)

// The console logger of Microsoft.Extensions.Logging writes two lines or more
// of everything, of which all but the first are indented by six spaces
// (https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter):
//
//	fail: Microsoft.AspNetCore.Server.Kestrel[13]
//	      Connection id "0HN", Request id "1": An unhandled exception was thrown.
//	      System.InvalidOperationException: boom
//	         at Program.Main() in /src/Program.cs:line 10
var dotnetConsoleRules = table{dotnet, []rule{
	{"first", Starts("trce: ", "dbug: ", "info: ", "warn: ", "fail: ", "crit: ").Ends("]").If(isEntry), "entry"},
	{"first", Func(isTimedEntry).Last("]", isTimedEntry), "entry"},
	{entries, Starts(entryIndent).If(isEntryTrace), "entryTrace"},
	{entries, Starts(entryIndent), "entryText"},
}}

const entryIndent = "      "

var entries = "entry entryText entryTrace"

// isEntry says whether nothing but a category and a number stands behind the
// isTimedEntry says whether a time, which TimestampFormat makes, stands before the level.
func isTimedEntry(kept []byte) bool {
	i := bytes.Index(kept[:min(len(kept), 48)], []byte(": "))
	return i > len("10:00:00 fai") && (kept[0]-'0' <= 9 || kept[0] == '[') && kept[i-5] == ' ' &&
		isOneOf(kept[i-4:i], "trce dbug info warn fail crit") && ends(kept, "]") && isEntry(kept[i+2:])
}

// level.
func isEntry(text []byte) bool {
	category := text[:len(text)-1]
	event := len(category)
	for event > 0 && (category[event-1]-'0' <= 9 || category[event-1] == '-') {
		event--
	}
	return len(word(category)) == len(category) && event >= 2 && event < len(category) && category[event-1] == '['
}

func isEntryTrace(text []byte) bool {
	if isHeadline(text) {
		return true
	}
	n := indent(text)
	text = text[n:]
	return n > 0 && has(text, "at ") || has(text, "---> ") || has(text, dotnetEnds[0]) || has(text, dotnetEnds[1])
}
