package multiline

import "bytes"

// Erlang's reports, and the exceptions and crashes of Elixir
// (https://www.erlang.org/doc/apps/sasl/error_logging.html,
// https://hexdocs.pm/elixir/Exception.html#format/3):
//
//	=ERROR REPORT==== 28-May-2026::16:37:48.922225 ===
//	** Generic server <0.87.0> terminating
//
//	** (RuntimeError) boom
//	    (shop 0.1.0) lib/shop/cart.ex:21: Shop.Cart.handle_call/3
var erlangRules = table{erlang, []rule{
	{"first", Starts("=").Has(" REPORT==== "), "erlangHead"},
	{"erlangHead", Func(isUnheaded), "erlangReport"},
	{"erlangAhead", Blank(), "closed"},
	{"erlangReport erlangAhead", Starts("** ", " ", "\t", "Error in process "), "erlangReport"},
	{"erlangReport erlangAhead", Func(isErlangTerm).First("{[", nil), "erlangReport"},
	{"erlangReport", Message(), "erlangAhead"}, // one line of its own

	{"first", Func(isElixirError).First(tenDigits, nil).AsAbove(), "elixirHead"},
	{levels + " first elixirHead elixirAhead elixirFrames", Starts("** ("), "elixirError"},
	{"elixirHead elixirAhead", Starts("** "), "erlangReport"},
	{"elixirError elixirFrames", Starts("    "), "elixirFrames"},
	{"elixirFrames", Starts("Last message", "State: ", "Function: ", "Initial Call: ", "Ancestors: ", "Message Queue Length: ", "Messages: ", "Links: ", "Dictionary: ", "Trapping Exits: ", "Status: ", "Heap Size: ", "Stack Size: ", "Reductions: ", "Neighbours:", "Neighbors:", "Client #PID", "Pid: ", "Start Call: "), "elixirFrames"},
	{"elixirHead elixirAhead elixirError", Message(), "elixirAhead"},
}}

// isErlangTerm says whether a line is a tuple or a list, and no record of a logger.
func isErlangTerm(line []byte) bool { return !has(line, `{"`) && !hasHeader(line) && !logged(line) }

// isElixirError says whether a line has the header of an error of Elixir's
// console: "10:00:00.123 [error] …", perhaps with metadata behind the time.
func isElixirError(kept []byte) bool {
	const time = "##:##:##.### "
	return shaped(kept, time) && bytes.Contains(kept[len(time)-1:min(len(kept), levelWindow)], []byte(" [error] "))
}
