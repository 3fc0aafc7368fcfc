package multiline

import "bytes"

// Rust's format is that of its panic hook
// (https://github.com/rust-lang/rust/blob/master/library/std/src/panicking.rs):
//
//	thread 'main' panicked at src/main.rs:4:5:
//	index out of bounds: the len is 3 but the index is 99
//	stack backtrace:
//	   0: rust_begin_unwind
//	             at /rustc/90b35a62/library/std/src/panicking.rs:645:5
//	note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
//
// anyhow and eyre show an error with its causes
// (https://docs.rs/anyhow/latest/anyhow/struct.Error.html#display-representations).
var rustRules = table{rust, []rule{
	{"first", Starts("thread '").Ends(":").If(isRustPanic), "rustPanic"},
	{"first", Starts("thread '").If(isRustPanic), "rustText"},
	{started, Starts("thread '").Ends("' has overflowed its stack", ") has overflowed its stack"), "rustText"},
	{"first", Starts("The application panicked (crashed)."), "rustText"}, // of color-eyre

	{"rustText rustMessage", Line("stack backtrace:"), "rustFrames"},
	{"rustText rustMessage rustFrames rustNote", Starts("note: "), "rustNote"},
	{"rustText", Starts("fatal runtime error: "), "closed"},
	{"rustText rustMessage rustFrames rustNote", Line("thread caused non-unwinding panic. aborting.", "thread panicked while processing panic. aborting."), "closed"},
	{"rustText", Starts("  left: ", " right: ", "Message: ", "Location: "), "rustText"},
	{"rustText rustMessage rustCausesBlank", Starts("Location:"), "rustFrames"},
	{"rustText rustCausesBlank rustMessage", Starts("Backtrace omitted.", "Run with "), "rustNote"},
	{"rustPanic", Message(), "rustText"},
	{"rustText rustMessage", Message(), "rustMessage"},
	{"rustNote", Starts("Run with "), "rustNote"},

	{mentions + " thrownMaybe rustCauses rustCausesBlank", Blank(), "rustCausesBlank"},
	{"thrownMaybe message rustCausesBlank", Line("Caused by:"), "rustCauses"},
	{"rustCausesBlank rustCauses", Line("Stack backtrace:", "Backtrace:", "Location:"), "rustFrames"},
	{"rustCauses", Starts("    "), "rustCauses"},
	{"thrownMaybe rustCauses", Func(isRustFrame), "rustCauses"},
	{"rustFrames", Func(isRustFrame), "rustFrames"},
	{"rustFrames", Indented("at ", "src/", "/"), "rustFrames"},
	{"rustFrames rustSection", Indented("⋮ "), "rustFrames"},
	{"rustFrames", Blank(), "rustCausesBlank"},

	// color-eyre has a span trace and a backtrace below rules.
	{"rustText rustMessage rustFrames rustCausesBlank", Indented("━━━"), "rustSection"},
	{"rustSection", Blank(), "rustSection"},
	{"rustSection", Func(isRustFrame), "rustFrames"},

	// miette (https://docs.rs/miette).
	// Where the locale has no UTF-8, it draws with ASCII.
	{"first", Starts("Error:   × ", "Error:   x "), "reportFrames"},
	{"rustCausesBlank " + levels, Starts("  × ", "  ⚠ ", "  x ", "  ! "), "reportFrames"},
	{"reportFrames", Func(isMiette), "reportFrames"},
}}

// isMiette says whether a line is one of a diagnostic: of its frame, or a help.
func isMiette(line []byte) bool {
	text := line[indent(line):]
	text = text[digits(text):]
	text = text[indent(text):]
	for _, sign := range [...]string{"│", "·", "╭─", "├─", "╰─", "help: ", ",-[", "|", ": ", "`-"} {
		if len(text) < len(line) && has(text, sign) {
			return true
		}
	}
	return false
}

// isRustPanic looks behind "thread '".
func isRustPanic(text []byte) bool {
	i := bytes.Index(text, []byte(" panicked at "))
	return i > 0 && (text[i-1] == '\'' || text[i-1] == ')')
}

// isRustFrame says whether a line has the number of a frame: "   0: f".
func isRustFrame(line []byte) bool {
	n := indent(line)
	number := digits(line[n:])
	return n > 0 && number > 0 && has(line[n+number:], ": ")
}
