package multiline

import "bytes"

// Ruby's format is that of Exception#full_message
// (https://docs.ruby-lang.org/en/master/Exception.html#method-i-full_message);
// since 3.4 the method stands in straight quotes:
//
//	app.rb:3:in `f': boom (RuntimeError)
//		from app.rb:9:in `<main>'

// startRuby returns the step behind the first line of an exception.
func startRuby(text, first []byte) step {
	switch {
	case ends(first, ":in"):
		if bare, message := rubyFrame(text); message {
			return rubyThrown
		} else if bare {
			return rubyTrace
		}
	case ends(text, "):") && isRails(text):
		return rails
	}
	return none
}

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

// isRails says whether a line begins with the name of an error and its message
// in parentheses.
func isRails(line []byte) bool {
	name := word(line)
	if !has(line[len(name):], " (") || !throwable(name) && !bytes.Contains(name, []byte("::")) {
		return false
	}
	for _, c := range name {
		if !alphanumeric(c) && c != ':' {
			return false
		}
	}
	return name[0]-'A' < 26
}

// opensRails says whether a line begins with the name of an error, and an open
// parenthesis.
func opensRails(line []byte) bool {
	return !ends(line, "):") && !ends(line, ")") && bytes.Contains(word(line), []byte("::")) && isRails(line)
}

// isFrom says whether a line is a frame below the first.
func isFrom(line []byte) bool {
	text := line[indent(line):]
	if !has(text, "from ") || len(text) == len(line) {
		return false
	}
	bare, _ := rubyFrame(text)
	return bare
}

// skippedLevels says whether a line stands for frames that are left out:
//
//	... 10067 levels...
func skippedLevels(line []byte) bool {
	text := line[indent(line):]
	return has(text, "... ") && ends(text, " levels...")
}

// isRubyThread says whether the exception follows that ended a thread:
//
//	#<Thread:0x00007f4699b21e70 app.rb:5 run> terminated with exception (report_on_exception is true):
func isRubyThread(text []byte) bool {
	return ends(text, " terminated with exception (report_on_exception is true):")
}

func afterRubyThread(_ State, line []byte) step {
	if _, message := rubyFrame(line); message {
		return rubyThrown
	}
	return none
}

func afterRubyThrown(_ State, line []byte) step {
	switch {
	case isFrom(line):
		return rubyFrom
	case blank(line), has(line, "Did you mean?"):
		return rubyExcerpt
	}
	return none
}

// afterRubyMessage takes the frames that show that the lines above are of a
// message.
func afterRubyMessage(_ State, line []byte) step {
	if isFrom(line) {
		return rubyFrom
	}
	return none
}

// afterRailsMessage does the same behind a headline whose parenthesis is open:
//
//	ActiveRecord::StatementInvalid (PG::UndefinedTable: ERROR:  relation "x" does not exist
//	LINE 1: SELECT * FROM "x"
//	):
func afterRailsMessage(_ State, line []byte) step {
	if string(line) == "):" {
		return rails
	}
	if bare, _ := rubyFrame(line); bare {
		return rubyTrace
	}
	return none
}

// afterRubyExcerpt takes the code that error_highlight shows between the
// message and the frames, and the guesses of did_you_mean.
func afterRubyExcerpt(_ State, line []byte) step {
	switch {
	case isFrom(line):
		return rubyFrom
	case has(line, "  ") && !blank(line), has(line, "Did you mean?"):
		return rubyExcerpt
	}
	return none
}

func afterRubyFrom(_ State, line []byte) step {
	if isFrom(line) || skippedLevels(line) {
		return rubyFrom
	}
	// The cause stands below the frames, and looks like a text of its own.
	if _, message := rubyFrame(line); message && ends(word(line), ":in") {
		return rubyThrown
	}
	return none
}

func afterRubyTrace(_ State, line []byte) step {
	rest, tagged := untagged(line)
	if blank(rest) && (!tagged || len(rest) == 0) { // that of the next exception is indented
		return rubyTraceBlank
	}
	if bare, _ := rubyFrame(rest); bare || isTemplate(rest) {
		return rubyTrace
	}
	if string(line) == "Causes:" {
		return rubyCauses
	}
	return none
}

func afterRubyTraceBlank(_ State, line []byte) step {
	if string(line) == "Causes:" {
		return rubyCauses
	}
	if informs(line) {
		return rails
	}
	return none
}

func afterRubyCauses(_ State, line []byte) step {
	if line, _ = untagged(line); len(line) > 0 && isRails(line) {
		return rails
	}
	return none
}
