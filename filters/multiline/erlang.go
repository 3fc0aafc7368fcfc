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

	// What the runtime tells when it ends.
	{"first", Starts("Kernel pid terminated (", "Runtime terminating during boot ("), "reportFrames"},
	{"reportFrames reportBlank", Starts("Crash dump is being written to: "), "closed"},

	{"first", Line("BOOT FAILED"), "report"}, // of RabbitMQ
	{"report", Line("==========="), "bootFailed"},
	{"bootFailed", Starts("ERROR: ", "Error description:", "Exception during startup:"), "reportFrames"},
	{"reportFrames reportBlank", Starts("exit:{", "error:{", "throw:{"), "reportFrames"},
	{"reportFrames reportBlank", Starts("    ").Has(", line "), "reportFrames"},

	// The formatter of OTP without its old header.
	{"first", Ends(otpLevels...).First(tenDigits, nil).If(isOTP).AsAbove(), "erlangHead"},

	{"first", Line("runtime error: panic", "runtime error: let assert", "runtime error: assert", "runtime error: todo", "runtime error: Erlang error"), "report"}, // of Gleam
	{reports, Line("stacktrace:"), "reportFrames"},
	{"reportFrames", Starts("  ").If(isGleamFrame), "reportFrames"},

	{"first", Func(isElixirError).First(tenDigits, nil).AsAbove(), "elixirHead"},
	{levels + " elixirHead elixirAhead", Starts("    (", "        (").If(isElixirFrame), "elixirFrames"},
	{levels + " first elixirHead elixirAhead elixirFrames", Starts("** ("), "elixirError"},
	{"elixirHead", Starts("    ** ("), "elixirError"}, // of an application
	{"elixirHead elixirAhead", Starts("** "), "erlangReport"},
	{"elixirError elixirFrames", Starts("    ** (").Ends(" in query:"), "elixirError"}, // Ecto shows the query
	{"elixirError elixirFrames", Starts("    "), "elixirFrames"},
	{"elixirFrames", Starts("Last message", "State: ", "Function: ", "Initial Call: ", "Ancestors: ", "Message Queue Length: ", "Messages: ", "Links: ", "Dictionary: ", "Trapping Exits: ", "Status: ", "Heap Size: ", "Stack Size: ", "Reductions: ", "Neighbours:", "Neighbors:", "Client #PID", "Pid: ", "Start Call: ", "Restart: ", "Shutdown: ", "Type: ", "Process: ", "Extra info: "), "elixirFrames"},
	{"elixirFrames", Blank(), "reportBlank"}, // the stack of the client follows
	{"reportBlank", Starts("    (").If(isElixirFrame), "elixirFrames"},
	{"elixirHead elixirAhead elixirError", Message(), "elixirAhead"},
}}

// isErlangTerm says whether a line is a tuple or a list, and no record of a logger.
func isErlangTerm(line []byte) bool { return !has(line, `{"`) && !hasHeader(line) && !logged(line) }

// isElixirError says whether a line has the header of an error of Elixir's
// console: "10:00:00.123 [error] …", perhaps with a date before and metadata behind
// the time.
func isElixirError(kept []byte) bool {
	const date, time = "####-##-## ", "##:##:##.### "
	if len(kept) > len(date+time)+1 && kept[4] == '-' {
		// Most lines with a date are those of another logger.
		if c := kept[len(date+time):]; kept[len(date+time)-1] != ' ' || c[0] == '[' && c[1] != 'e' || c[0] != '[' && c[0]-'a' >= 26 || !shaped(kept, date) {
			return false
		}
		kept = kept[len(date):]
	}
	if !shaped(kept, time) {
		return false
	}
	text := kept[len(time)-1 : min(len(kept), levelWindow)]
	return bytes.Contains(text, []byte(" [error] ")) || has(text, " [notice] Application ")
}

// isElixirFrame looks behind the parenthesis: "shop 0.1.0) lib/shop.ex:21: Shop.f/1".
func isElixirFrame(text []byte) bool {
	app, place, found := bytes.Cut(text, []byte(") "))
	return found && bytes.IndexByte(app, ' ') > 0 && (bytes.Contains(place, []byte(".ex:")) || bytes.Contains(place, []byte(".erl:")))
}

var otpLevels = []string{" error:", " critical:", " alert:", " emergency:", " warning:", " notice:"}

// isOTP says whether a line is nothing but the time as OTP writes it, and a level.
func isOTP(text []byte) bool {
	const time = "####-##-##T##:##:##.######"
	return shaped(text, time) && len(text) <= len(time)+len("+00:00 emergency:")
}

// isGleamFrame says whether a text is a function and its place: "shop.main /src/shop.gleam:5".
func isGleamFrame(text []byte) bool {
	return len(text) > 0 && text[0] != ' ' && bytes.IndexByte(word(text), '.') > 0 && len(word(text)) < len(text)
}
