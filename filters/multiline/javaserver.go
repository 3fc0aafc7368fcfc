package multiline

import "bytes"

// What servers and libraries of Java write around a trace.
var javaServerRules = table{java, []rule{
	// Dropwizard writes an exclamation mark before each line of a trace
	// (https://www.dropwizard.io/en/stable/manual/core.html#logging).
	{levels, Starts("! ").If(isNamed), "dropwizard"},
	{"dropwizard", Starts("! "), "dropwizard"},

	// The message of Guice has paragraphs, and places that look like frames.
	{"first " + levels, Ends("see the following errors:").If(isHeadline), "guice"},
	{"guice", Starts("\tat ").If(isFrame), "frames"},
	{"guice", Func(isUnheaded), "guice"},

	// A header that has the exception, with its detail, before the exception.
	{levels, Indented(postgresDetails...), "levelDetail"},
	{"levelDetail", Func(isPackagedHeadline).First(letters, nil), "thrown"},

	// Ignite writes the word "class" before the name.
	{started, Starts("class ").If(isHeadline), "thrown"},
	{traces, Trimmed("Caused by: class ", "Suppressed: class "), "thrown"},

	// Solr's layout shows an exception with its first frame, and then all of it.
	{"first", Func(isArrowed).First(tenDigits, nil).AsAbove(), "arrow"},
	{"arrow", Indented("at ").If(isFrame), "arrowFrames"},
	{"arrowFrames", Func(isPackagedHeadline).First(letters, nil), "thrown"},

	// Clojure, at the start of a program.
	{"first", Starts("Execution error (", "Syntax error "), "reportMaybe"},
	{"reportAhead reportBlank", Line("Full report at:"), "reportFrames"},
	{"reportFrames", Starts("/").Ends(".edn"), "closed"},

	// Netty's leak detector (https://netty.io/wiki/reference-counted-objects.html).
	{levels, Starts("Recent access records:"), "netty"},
	{"netty", Starts("#").If(numbered), "netty"},
	{"netty", Starts("\t", "Created at:", ": "), "netty"},

	// GlassFish and Payara write a record between double brackets
	// (https://docs.oracle.com/cd/E18930_01/html/821-2416/abluk.html).
	{"first", Ends(" [[").If(isODL), "odl"},
	{"odl", Ends("]]"), "closed"},
	{"odl", Func(isUnheaded), "odl"},

	// WebLogic puts the level, and all else, between angle brackets.
	{"first", Starts("<").If(isWeblogic), "level"},
	{"frames", Line("> ", ">"), "closed"},
}}

// isArrowed says whether a line of a logger shows an exception behind an arrow:
// "ERROR … => org.example.FailedException: boom".
func isArrowed(text []byte) bool {
	i := bytes.IndexByte(text, '>')
	return i > 2 && i+1 < len(text) && string(text[i-2:i+2]) == " => " && isPackagedHeadline(text[i+2:]) && namesLevel(text)
}

// isODL says whether a line begins with a time in brackets.
func isODL(text []byte) bool { return shaped(text, "[####-##-##T##:##:##.###") }

// isWeblogic says whether a time and the level of an error follow: "Nov 22, 2026, 10:00:00,123
// AM UTC> <Error> <HTTP> …".
func isWeblogic(text []byte) bool {
	if !months(text) {
		return false
	}
	_, text, _ = bytes.Cut(text[:min(len(text), window)], []byte("> <"))
	for _, level := range [...]string{"Error> ", "Warning> ", "Critical> ", "Alert> ", "Emergency> "} {
		if has(text, level) {
			return true
		}
	}
	return false
}
