package multiline

// What crates write of errors, and the compiler.
var rustToolRules = table{rust, []rule{
	// The pretty format of tracing-subscriber
	// (https://docs.rs/tracing-subscriber/latest/tracing_subscriber/fmt/format/struct.Pretty.html).
	{"first", Starts("  ").If(isTracing).First(tenDigits, nil), "tracing"},
	{"tracing", Starts("    at ").Has(".rs:"), "tracing"},
	{"tracing", Starts("    in "), "tracing"},
	{"tracing", Blank(), "closed"},

	// error-stack (https://docs.rs/error-stack).
	{"thrownMaybe message " + levels, Starts("├╴", "╰╴", "├─▶ ", "╰─▶ "), "errorStack"},
	{"errorStack", Trimmed("├", "╰", "│"), "errorStack"},

	{"lowerError thrownMaybe causes", Indented("caused by: ", "Caused by: "), "causes"},

	// The reports of snafu (https://docs.rs/snafu).
	{"rustCausesBlank", Starts("Caused by this error:", "Caused by these errors "), "rustFrames"},

	// rustc (https://doc.rust-lang.org/error_codes/error-index.html).
	{"first", Starts("error[E", "warning: "), "rustcHead"},
	{"rustcHead lowerError", Indented("--> ").If(endsNumbered), "rustc"},
	{"rustc", Func(isRustc), "rustc"},
	{"rustc", Line("..."), "rustc"},
}}

// isTracing says whether a time follows an indent.
func isTracing(text []byte) bool { return shaped(text, "####-##-##T##:##:##.######Z ") }

// isRustc says whether a line is one of the code, or a note below it.
func isRustc(line []byte) bool {
	n := digits(line)
	text := line[n:]
	text = text[indent(text):]
	return len(text) < len(line) && (has(text, "|") || n == 0 && (has(text, "= ") || has(text, "::: ") || has(text, "--> ")))
}
