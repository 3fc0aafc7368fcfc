package multiline

import "bytes"

// .NET's format is that of Exception.ToString
// (https://learn.microsoft.com/dotnet/api/system.exception.tostring):
//
//	Unhandled exception. System.InvalidOperationException: outer
//	 ---> System.Exception: inner
//	   at Foo.Bar() in /src/x.cs:line 3
//	   --- End of inner exception stack trace ---
//	   at Foo.Main() in /src/x.cs:line 5
//	--- End of stack trace from previous location ---
//	   at Foo.Baz()

// dotnetLine returns the step behind a line of a trace that is no frame. text
// is the line behind its indent. Behind "End of stack trace from previous
// location" older ones write "where exception was thrown".
func dotnetLine(text []byte) step {
	switch {
	case has(text, "---> "):
		return thrown
	case has(text, "--- End of inner exception stack trace ---"),
		has(text, "--- End of stack trace from previous location"):
		return frames
	}
	return none
}

// dotnetData takes what Npgsql and SqlClient add behind the frames: the data of
// an exception, and which connection it was.
//
//	Exception data:
//	  Severity: FATAL
//	  SqlState: 28P01
func dotnetData(s State, line []byte) step {
	switch {
	case string(line) == "  Exception data:", s.step == exceptionData && has(line, "    "):
		return exceptionData
	case has(line, "ClientConnectionId:"), has(line, "ClientConnectionId before routing:"), has(line, "Routing Destination:"),
		has(line, "Error Number:") && bytes.Contains(line, []byte(",State:")):
		return exceptionData
	}
	return none
}

func afterExceptionData(s State, line []byte) step {
	if st := dotnetData(s, line); st != none {
		return st
	}
	return afterFrame(s, line)
}

// startEntry returns the step behind the first line of what the console logger
// of Microsoft.Extensions.Logging writes: always two lines or more, of which
// all but the first are indented by six spaces
// (https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter):
//
//	fail: Microsoft.AspNetCore.Server.Kestrel[13]
//	      Connection id "0HN", Request id "1": An unhandled exception was thrown.
//	      System.InvalidOperationException: boom
//	         at Program.Main() in /src/Program.cs:line 10
func startEntry(text []byte) step {
	if len(text) < 9 || text[4] != ':' || text[5] != ' ' || text[len(text)-1] != ']' {
		return none
	}
	switch string(text[:4]) {
	case "trce", "dbug", "info", "warn", "fail", "crit":
	default:
		return none
	}
	category := text[6 : len(text)-1]
	if len(word(category)) < len(category) {
		return none
	}
	event := len(category)
	for event > 0 && (category[event-1]-'0' <= 9 || category[event-1] == '-') {
		event--
	}
	if event < 2 || event == len(category) || category[event-1] != '[' {
		return none
	}
	return entry
}

func afterEntry(s State, line []byte) step {
	const padding = "      "
	if !has(line, padding) {
		return none
	}
	text := line[len(padding):]
	if _, sure := headline(text); sure || s.traceLine(text) != none {
		return entryTrace
	}
	return entryText
}
