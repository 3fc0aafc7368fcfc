package multiline

import "bytes"

// Rake, and with it the commands of Rails, tell of a task that failed
// (https://ruby.github.io/rake/):
//
//	rails aborted!
//	ActiveRecord::NoDatabaseError: We could not find your database: shop.
//	/app/bin/rails:4:in `<main>'
//
//	Caused by:
//	PG::ConnectionBad: connection to server failed
//	Tasks: TOP => db:migrate
//	(See full trace by running task with --trace)
var rakeRules = table{ruby, []rule{
	{"first", Line("rake aborted!", "rails aborted!", "bin/rails aborted!"), "rake"},
	{"rake", Func(isUnheaded), "rakeHead"},
	{"rakeHead rakeMessage rakeTrace", Func(isRubyFrame), "rakeTrace"},
	{"rakeTrace rakeBlank", Line("Caused by:"), "rake"},
	{"rakeTrace rakeBlank", Blank(), "rakeBlank"},
	{"rakeHead rakeTrace rakeBlank rakeMessage", Starts("Tasks: TOP => "), "rakeTrace"},
	{"rakeHead rakeTrace rakeBlank rakeMessage", Line("(See full trace by running task with --trace)"), "closed"},
	{"rakeHead rakeMessage", Message(), "rakeMessage"},

	// The frames of JRuby.
	{"thrown thrownMaybe qualified mention named message jruby " + levels, Starts(" ").Has(" at ").If(isJRubyFrame), "jruby"},
}}

// isJRubyFrame says whether a text is a name and a place: "  block in run at /app/main.rb:9".
func isJRubyFrame(text []byte) bool {
	i := bytes.LastIndex(text, []byte(" at "))
	place, ok := unnumbered(text[i+len(" at "):])
	return ok && (ends(place, ".rb") || ends(place, ".java")) && bytes.IndexByte(place, ' ') < 0
}

// Ruby's interpreter tells of its own crash in several parts.
var rubyCrashRules = table{ruby, []rule{
	{"first", Has(": [BUG] ").First("/", isRubyBug), "rubyBug"},
	{"rubyBug", Starts("ruby ", "-- ", "c:", "* ", "/", " ", "[NOTE]", "You may have encountered a bug ", "Bug reports are welcome.", "For details: "), "rubyBug"},
	{"rubyBug", Blank(), "rubyBug"},
}}

func isRubyBug(kept []byte) bool { return bytes.Contains(kept, []byte(": [BUG] ")) }
