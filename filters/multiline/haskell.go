package multiline

// GHC prints the call stack of an error behind it
// (https://hackage.haskell.org/package/base/docs/GHC-Stack.html):
//
//	CallStack (from HasCallStack):
//	  error, called at app/Main.hs:7:10 in main:Main
var haskellRules = table{haskell, []rule{
	{mentions + " first", Line("CallStack (from HasCallStack):"), "haskell"},
	{"haskell", Starts("  ").Has(", called at "), "haskell"},
}}

// OCaml's format is that of Printexc
// (https://ocaml.org/manual/api/Printexc.html):
//
//	Fatal error: exception Failure("boom")
//	Raised at Stdlib.failwith in file "stdlib.ml", line 29, characters 17-33
var ocamlRules = table{ocaml, []rule{
	{"first", Starts("Fatal error: exception "), "ocaml"},
	{"ocaml " + mentions, Starts("Raised at ", "Raised by primitive operation ", "Called from ", "Re-raised at ").Has("file \"", "unknown location"), "ocaml"},
}}
