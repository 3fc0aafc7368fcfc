package multiline

import "bytes"

// SWI-Prolog tells of an error below the place, or the stack below the error
// (https://www.swi-prolog.org/pldoc/man?section=debugging):
//
//	Warning: /app/main.pl:10:
//	Warning:    Goal (initialization) raised exception:
//
//	ERROR: -g main: Arithmetic: evaluation error: zero_divisor
//	ERROR: In:
//	ERROR:   [13] _940 is 5/0
var prologRules = table{others, []rule{
	{"first", Starts("Warning: ", "ERROR: ").If(isPrologPlace), "reportMaybe"},
	{"reportMaybe reportFrames", Starts("Warning:    ", "ERROR:    "), "reportFrames"},
	{"first", Starts("ERROR: -g ", "Warning: -g ", "ERROR: Unhandled exception: "), "reportMaybe"},
	{"reportMaybe", Line("ERROR: In:", "Warning: In:"), "reportFrames"},
	{"reportFrames", Starts("ERROR:   [", "Warning:   ["), "reportFrames"},

	{"first", Starts("[Thread ").Ends(" raised exception:"), "report"},
	{"reportAhead", Line("In:"), "reportFrames"},
	{"reportFrames", Indented("[").If(isJuliaFrame), "reportFrames"},
}}

// isPrologPlace looks behind the level: "/app/main.pl:10:", perhaps with a column.
func isPrologPlace(text []byte) bool {
	return has(text, "/") && ends(text, ":") && bytes.IndexByte(text, ' ') < 0
}

// Raku's format is that of Backtrace
// (https://docs.raku.org/type/Backtrace):
//
//	No such method 'total' for invocant of type 'Any'
//	  in method total at /app/lib/Order.rakumod (Order) line 12
//	  in block <unit> at /app/main.raku line 3
//
// A message may be any text. Frames below one that says nothing stand alone.
var rakuRules = table{others, []rule{
	{"first", Starts("Died with the exception:", "Unhandled exception in code scheduled on thread "), "report"},
	{"first", Starts("No such method '", "Type check failed in ", "Cannot look up attributes in a ", "No appropriate "), "reportMaybe"},
	{"first " + levels + " " + reports, Indented(rakuFrames...).If(isRakuFrame), "reportFrames"},

	{"first", Starts("===SORRY!==="), "report"},
	{"report reportAhead", Starts("at /").If(endsNumbered), "reportFrames"},
	{"report reportAhead", Starts("------> "), "reportFrames"},
	{"report reportAhead reportFrames", Starts("    ").Has(" used at line"), "reportFrames"},
	{"reportFrames", Starts("------> "), "reportFrames"},
}}

// endsNumbered says whether a text ends with the number of a line.
func endsNumbered(text []byte) bool {
	_, ok := unnumbered(text)
	return ok
}

// isSymbol says whether a text is nothing but a name of several words, as
// "eval-one-top12".
func isSymbol(text []byte) bool { return only(text, "-/!?*>") && bytes.IndexByte(text, '-') > 0 }

var rakuFrames = []string{"in block ", "in sub ", "in method ", "in submethod ", "in code ", "in any ", "in regex ", "in whatevercode "}

// isRakuFrame looks behind the kind of a frame: a name, " at ", a file, and the number of
// a line, which ends it.
func isRakuFrame(text []byte) bool {
	_, place, found := bytes.Cut(text, []byte("at "))
	i := bytes.LastIndex(place, []byte(" line "))
	return found && i > 0 && numbered(place[i+len(" line "):]) && digits(place[i+len(" line "):]) == len(place)-i-len(" line ")
}

// Racket's format is that of error-display-handler
// (https://docs.racket-lang.org/reference/exns.html):
//
//	vector-ref: index is out of range
//	  index: 5
//	  context...:
//	   /app/server.rkt:12:0: handle-order
//	   body of /app/main.rkt
//
// A message may be any text. Those of the core have known ends.
var racketRules = table{others, []rule{
	{"first", Ends(racketMessages...), "reportMaybe"},
	{levels + " reportMaybe reportAhead", Line("  context...:", "   context...:", "  errortrace...:"), "reportFrames"},
	{"reportFrames", Starts("   /", "   .../", "   body of ", "   [repeats ", "   (submod "), "reportFrames"},
	{"reportFrames", Starts("   ").If(isSymbol), "reportFrames"},
	{"reportFrames", Line("  context...:"), "reportFrames"},
}}

var racketMessages = []string{
	": contract violation", ": arity mismatch;", ": not a procedure;", ": undefined;", " is out of range",
	": division by zero", ": unbound identifier", ": system error", ": broke its own contract", "no key",
	": unexpected result", ": assertion violation",
}
