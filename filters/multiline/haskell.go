package multiline

// GHC prints the call stack of an error behind it
// (https://hackage.haskell.org/package/base/docs/GHC-Stack.html):
//
//	CallStack (from HasCallStack):
//	  error, called at app/Main.hs:7:10 in main:Main
var haskellRules = table{haskell, []rule{
	// From GHC 9.12 on, an exception that nobody caught has a headline.
	{"first", Ends(":").Has(": Uncaught exception "), "report"},
	// Before that, only what a partial function of the libraries says tells of one.
	{"first", Ends(partialFunctions...), "reportMaybe"},
	// A program that was built for profiling shows who called.
	{"first", Ends(", stack trace: ", ", stack trace:").Has(": *** Exception "), "report"},
	{"report", Starts("  ").Ends(","), "reportFrames"},
	{"reportFrames", Starts("  called from "), "reportFrames"},
	{mentions + " first " + reports, Line("CallStack (from HasCallStack):", "HasCallStack backtrace:"), "reportFrames"},
	{"reportFrames", Starts("  ").Has(", called at "), "reportFrames"},
}}

// partialFunctions are how the headlines of the libraries' partial functions end.
var partialFunctions = []string{
	": Prelude.head: empty list", ": Prelude.tail: empty list", ": Prelude.last: empty list",
	": Prelude.init: empty list", ": Prelude.!!: index too large",
	": Prelude.!!: negative index", ": Prelude.read: no parse", ": Prelude.chr: bad argument",
	": Maybe.fromJust: Nothing", ": Map.!: given key is not an element in the map",
}

// OCaml's format is that of Printexc
// (https://ocaml.org/manual/api/Printexc.html):
//
//	Fatal error: exception Failure("boom")
//	Raised at Stdlib.failwith in file "stdlib.ml", line 29, characters 17-33
var ocamlRules = table{ocaml, []rule{
	{"first", Starts("Fatal error: exception "), "report"},
	{mentions + " " + reports, Starts("Raised at ", "Raised by primitive operation ", "Called from ", "Re-raised at ").Has("file \"", "unknown location"), "reportFrames"},
}}
