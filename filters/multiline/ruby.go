package multiline

import "bytes"

// Ruby's format is that of Exception#full_message
// (https://docs.ruby-lang.org/en/master/Exception.html#method-i-full_message).
// The cause stands below the frames, and looks like a message of its own:
//
//	app.rb:3:in `f': boom (RuntimeError)
//		from app.rb:9:in `<main>'
var rubyRules = table{ruby, []rule{
	{"first", Starts("bundler: failed to load command: "), "level"},
	{"first", Has(redefined).First("/", isRedefined), "rubyRedefined"},
	{"rubyRedefined", Has(": warning: previous definition of "), "closed"},
	{"first", Ends(" terminated with exception (report_on_exception is true):"), "rubyThread"},
	{"rubyThread", Func(isRubyRaised), "rubyThrown"},
	{started, Func(isRubyHead).Ends(")", "'", "exception").Last(")'n", hasMethod), "rubyThrown"},
	{levels, Func(isRubyHead), "rubyThrown"},
	{"first", Ends(" (SyntaxError)").Has(".rb:"), "rubyExcerpt"},
	{started, Func(isRubyFirst).Last("'", hasMethod), "rubyTrace"},
	{started, Indented("from ").If(isRubyFrame), "rubyFrom"},
	{mentions + " thrown thrownMaybe message", Func(isRubyBare).Last("'", nil), "rubyTrace"},

	{rubyThrowns + " rubyFrom", Indented("from ").If(isRubyFrame), "rubyFrom"},
	{rubyExcerpts, Starts("Did you mean?"), "rubyExcerpt"},
	{"rubyThrown", Blank(), "rubyExcerpt"},
	{"rubyExcerpt", Starts("  ").If(isNotBlank), "rubyExcerpt"},
	{"rubyFrom", Trimmed("... ").Ends(" levels..."), "rubyFrom"},
	{"rubyFrom", Func(isRubyHead), "rubyThrown"},
	{rubyThrowns, Message(), "rubyMessage"},
	{"first", Ends(":"), "mention"},
}}

const redefined = ": warning: already initialized constant "

func isRedefined(kept []byte) bool { return bytes.Contains(kept, []byte(redefined)) }

var (
	rubyExcerpts = "rubyThrown rubyExcerpt"
	rubyThrowns  = rubyExcerpts + " rubyMessage"
)

// rubyFrame says whether a line is a place in a method, and whether a message
// follows it. It may begin with the name of a gem.
func rubyFrame(line []byte) (bare, message bool) {
	i := bytes.Index(line, []byte(":in "))
	if i < 0 || len(line) < i+7 {
		return false, false
	}
	if file, ok := unnumbered(line[:i]); !ok || len(file) == 0 {
		return false, false
	}
	method := line[i+len(":in "):]
	if method[0] != '`' && method[0] != '\'' {
		return false, false
	}
	end := bytes.IndexByte(method[1:], '\'') + 1
	if end == 0 {
		return false, false
	}
	rest := method[end+1:]
	return len(rest) == 0, has(rest, ": ")
}

func hasMethod(kept []byte) bool { return bytes.Contains(kept, []byte(":in ")) }

func isRubyFrame(line []byte) bool {
	bare, _ := rubyFrame(line)
	return bare
}

// isRubyBare says the same of a line that no logger wrote.
func isRubyBare(line []byte) bool { return isRubyFrame(line) && !hasHeader(line) }

func isRubyRaised(line []byte) bool {
	_, message := rubyFrame(line)
	return message
}

// isRubyHead and isRubyFirst are the same of a line that begins with a file.
func isRubyHead(line []byte) bool { return ends(word(line), ":in") && isRubyRaised(line) }
func isRubyFirst(line []byte) bool {
	return ends(word(line), ":in") && isRubyFrame(line) && !isIndented(line)
}

func isNotBlank(line []byte) bool { return !blank(line) }
