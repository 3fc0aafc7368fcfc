package multiline

import "bytes"

// Rails writes an exception as one message, whose lines its logger joins
// (https://github.com/rails/rails/blob/main/actionpack/lib/action_dispatch/middleware/debug_exceptions.rb);
// with log_tags, as in what it generates for production, each line has the tags:
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
// An exception without a cause has the headline with the colon alone.

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

// isTaggedRails says whether the headline of an exception follows tags.
func isTaggedRails(line []byte) bool {
	rest, tagged := untagged(line)
	return tagged && len(rest) > 0 && ends(rest, "):") && isRails(rest)
}

// causedByRails says whether a headline has no colon: causes follow.
func causedByRails(line []byte) bool {
	line, _ = untagged(line)
	return len(line) > 0 && ends(line, ")") && isRails(line)
}

// opensRailsMessage says whether a logger's line with the level of an error has
// a message that begins with a line of two spaces.
func opensRailsMessage(text []byte) bool {
	return ends(text, "  ") && bytes.Contains(text[:min(len(text), levelWindow)], []byte(" -- "))
}

// isTemplate says whether a line is a place in a template, whose method Rails
// leaves out:
//
//	app/views/orders/show.html.erb:2
func isTemplate(line []byte) bool {
	file, ok := unnumbered(line)
	if !ok || bytes.IndexByte(file, '/') < 0 || len(word(file)) < len(file) {
		return false
	}
	return ends(file, ".erb") || ends(file, ".haml") || ends(file, ".slim") || ends(file, ".jbuilder") || ends(file, ".builder")
}

// afterRailsLevel takes the headline of the exception.
func afterRailsLevel(s State, line []byte) step {
	if causedByRails(line) {
		return railsCaused
	}
	if isTaggedRails(line) {
		return rails
	}
	return afterLevel(s, line)
}

// afterRailsCaused takes the headlines of the causes, and that of the first
// error's details.
func afterRailsCaused(s State, line []byte) step {
	rest, tagged := untagged(line)
	switch {
	case has(rest, "Caused by: ") && len(rest) > len("Caused by: ") && isRails(rest[len("Caused by: "):]):
		return railsCauses
	case !tagged && informs(rest):
		return rails
	case s.step == railsCaused:
		return afterMention(s, line)
	}
	return none
}

// afterRailsCauses takes also the blank line between the two.
func afterRailsCauses(s State, line []byte) step {
	if rest, _ := untagged(line); blank(rest) {
		return railsCauses
	}
	return afterRailsCaused(s, line)
}

// informs says whether the details of an error follow.
func informs(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte("Information for: "))
	if !found {
		rest, found = bytes.CutPrefix(line, []byte("Information for cause: "))
	}
	return found && len(rest) > 0 && ends(rest, "):") && isRails(rest)
}

// afterRails takes the numbered lines of a template and blank ones, and frames
// at last.
func afterRails(_ State, line []byte) step {
	line, _ = untagged(line)
	if bare, _ := rubyFrame(line); bare || isTemplate(line) {
		return rubyTrace
	}
	n := indent(line)
	if n == len(line) {
		return rails
	}
	if number := digits(line[n:]); n > 0 && number > 0 && has(line[n+number:], ":") {
		return rails
	}
	return none
}
