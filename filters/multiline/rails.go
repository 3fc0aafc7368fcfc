package multiline

import "bytes"

// Rails writes an exception as one message, whose lines its logger joins
// (https://github.com/rails/rails/blob/main/actionpack/lib/action_dispatch/middleware/debug_exceptions.rb).
// With log_tags, as in what it generates for production, most lines have tags:
//
//	F, [2026-11-22T10:00:00.123456 #1] FATAL -- : [4c7e]
//	[4c7e] ActionView::Template::Error (undefined method `x' for nil)
//	[4c7e] Caused by: NoMethodError (undefined method `x' for nil)
//	[4c7e]
//	Information for: ActionView::Template::Error (undefined method `x' for nil):
//	[4c7e]     1: <h1><%= x %></h1>
//	[4c7e]
//	[4c7e] app/views/a/b.html.erb:1:in `_app_views_a_b'
//
// An exception without a cause has the headline with the colon alone. A message
// of several lines ends with "):" in a line of its own.
var railsRules = table{ruby, []rule{
	{"first", Ends("  ").Has(" -- ").If(namesLevel).Words(levelWords...), "levelRails"}, // a line of two spaces
	{started, Ends("):").If(isRails).First(capitals, nil).Last(":", nil), "rails"},
	{"first levelRails", Ends("):").If(isTaggedRails).First("[", nil), "rails"},
	{"first levelRails", Ends(")").If(isUntaggedRails), "railsCaused"},
	{"first levelRails", Func(opensRails).First(capitals, nil).AsAbove(), "railsOpen"},

	{"first", Starts("[ActiveJob] ").Has(" Error performing ").If(isOpenJob), "railsOpen"},
	{"first", Starts("Error during failsafe response: "), "failsafe"},
	{"failsafe", Starts("  /").Has(":"), "failsafe"},
	{"railsOpen railsMessage", Line("):"), "rails"},
	{"railsOpen railsMessage", Func(isRubyFrame), "rubyTrace"},
	{"railsOpen railsMessage", Message(), "railsMessage"},

	{"railsCaused railsCauses", Func(isRailsCause), "railsCauses"},
	{"railsCauses", Func(isTaggedBlank), "railsCauses"}, // between the causes and the details
	{"railsCaused railsCauses rubyTraceBlank", Starts("Information for: ", "Information for cause: ").Ends("):").If(isRails), "rails"},
	{"rails", Func(isRailsDetail), "rails"},
	{"rails rubyTrace", Func(isRailsFrame), "rubyTrace"},
	{"rubyTrace", Func(isTraceBlank), "rubyTraceBlank"},
	{"rubyTrace rubyTraceBlank", Line("Causes:"), "rubyCauses"},
	{"rubyCauses", Func(isUntaggedRails), "rails"},
}}

// untagged returns a line without the tags at its beginning, and false if there
// is none.
func untagged(line []byte) ([]byte, bool) {
	tagged := false
	for len(line) > 0 && line[0] == '[' {
		end := bytes.Index(line, []byte("] "))
		if end < 2 || bytes.IndexByte(line[:end], ' ') >= 0 {
			break
		}
		line, tagged = line[end+2:], true
	}
	return line, tagged
}

// isRails says whether a line begins with the name of an error and its message
// in parentheses.
func isRails(line []byte) bool {
	name := word(line)
	return len(name) > 0 && name[0]-'A' < 26 && has(line[len(name):], " (") && only(name, ":") &&
		(throwable(name) || bytes.Contains(name, []byte("::")))
}

func isUntaggedRails(line []byte) bool {
	rest, _ := untagged(line)
	return isRails(rest)
}

func isTaggedRails(line []byte) bool {
	rest, tagged := untagged(line)
	return tagged && isRails(rest)
}

func isRailsCause(line []byte) bool {
	rest, _ := untagged(line)
	return has(rest, "Caused by: ") && isRails(rest[len("Caused by: "):])
}

// isOpenJob says whether the message of a job's error goes on.
func isOpenJob(text []byte) bool { return !ends(text, "):") && bytes.Contains(text, []byte("Error (")) }

// opensRails says whether a line begins with the name of an error, and an open
// parenthesis.
func opensRails(line []byte) bool {
	if len(line) < 8 || line[0]-'A' >= 26 || line[1] < 'a' || ends(line, ")") || ends(line, "):") {
		return false
	}
	name := word(line)
	return len(name) < len(line) && bytes.Contains(name, []byte("::")) && isRails(line)
}

func isTaggedBlank(line []byte) bool {
	rest, _ := untagged(line)
	return blank(rest)
}

// isTraceBlank says whether a line ends the frames: that of the next exception
// is indented.
func isTraceBlank(line []byte) bool {
	rest, tagged := untagged(line)
	return blank(rest) && (!tagged || len(rest) == 0)
}

// isRailsDetail says whether a line is blank, or a numbered one of a template.
func isRailsDetail(line []byte) bool {
	line, _ = untagged(line)
	n := indent(line)
	number := digits(line[n:])
	return n == len(line) || n > 0 && number > 0 && has(line[n+number:], ":")
}

// isRailsFrame says whether a line is a frame, or a place in a template, whose
// method Rails leaves out.
func isRailsFrame(line []byte) bool {
	line, _ = untagged(line)
	if isRubyFrame(line) {
		return true
	}
	file, ok := unnumbered(line)
	return ok && bytes.IndexByte(file, '/') >= 0 && len(word(file)) == len(file) && (ends(file, ".erb") || ends(file, ".haml") || ends(file, ".slim") || ends(file, ".jbuilder") || ends(file, ".builder"))
}
