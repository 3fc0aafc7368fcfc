package multiline

// GHC prints the call stack of an error behind it
// (https://hackage.haskell.org/package/base/docs/GHC-Stack.html):
//
//	CallStack (from HasCallStack):
//	  error, called at app/Main.hs:7:10 in main:Main
var haskellRules = table{haskell, []rule{
	// From GHC 9.12 on, an exception that nobody caught has a headline.
	{"first", Ends(":").Has(": Uncaught exception "), "report"},
	{mentions + " first " + reports, Line("CallStack (from HasCallStack):", "HasCallStack backtrace:"), "reportFrames"},
	{"reportFrames", Starts("  ").Has(", called at "), "reportFrames"},
}}

// OCaml's format is that of Printexc
// (https://ocaml.org/manual/api/Printexc.html):
//
//	Fatal error: exception Failure("boom")
//	Raised at Stdlib.failwith in file "stdlib.ml", line 29, characters 17-33
var ocamlRules = table{ocaml, []rule{
	{"first", Starts("Fatal error: exception "), "report"},
	{mentions + " " + reports, Starts("Raised at ", "Raised by primitive operation ", "Called from ", "Re-raised at ").Has("file \"", "unknown location"), "reportFrames"},
}}
