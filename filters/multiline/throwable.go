package multiline

import "bytes"

// What the traces of Java, .NET and JavaScript have in common: a line
// "Class: message", and frames that begin with "at". Which of the three a text
// is often shows late, or never; so one machine reads them all, and takes the
// shapes of one language only if it is in the Set.

// startThrowable returns the step behind a line that begins with the class of
// an exception.
func (s Set) startThrowable(text, first []byte) step {
	switch text[0] {
	case 'E':
		if s&java != 0 && (has(text, `Exception in thread "`) || has(text, `Exception in thread \"`)) {
			return thrown
		}
	case 'C':
		if s&java != 0 && has(text, "Caused by: ") {
			return thrown
		}
	case 'F', 'P', 'S':
		if s&java != 0 && isThreadDump(text) {
			return javaDump
		}
		if s&dotnet != 0 && (has(text, "Process terminated.") || has(text, "Fatal error.") || string(text) == "Stack overflow.") {
			return thrown
		}
	case 'T':
		if s&node != 0 && isTrace(text) {
			return thrownMaybe
		}
	case 'U':
		if s&dotnet != 0 && (has(text, "Unhandled exception. ") || has(text, "Unhandled Exception: ")) {
			return thrown
		}
		if s&node != 0 && has(text, "Uncaught ") && len(text) > len("Uncaught ") {
			text = text[len("Uncaught "):]
			first = word(text)
		}
	}
	if len(first) < len("Error") {
		return none
	}
	switch known, sure := headline(text); {
	case sure:
		return thrown
	case known && s&node != 0:
		return thrownMaybe
	}
	return none
}

// headline says whether a text begins with the name of an exception that a
// colon or the end of the line follows; and whether that is more than a bare
// "Error", which any program may print.
func headline(text []byte) (known, sure bool) {
	name := word(text)
	if rest := text[len(name):]; len(name) == 0 {
		return false, false
	} else if end := len(name) - 1; name[end] == ':' {
		name = name[:end]
	} else if has(rest, " (") {
		// Npgsql.PostgresException (0x80004005): …
		code, _, found := bytes.Cut(rest[2:], []byte("):"))
		return found && isCode(code) && className(name), found && isCode(code) && className(name)
	} else if len(rest) > 0 {
		// Error [ERR_MODULE_NOT_FOUND]: …, and MyErr [Error]: …
		code, _, found := bytes.Cut(rest, []byte("]: "))
		if !found || !has(code, " [") || bytes.IndexByte(code[2:], ' ') >= 0 {
			return false, false
		}
		return className(name) || className(code[2:]), true
	}
	if !className(name) {
		return false, false
	}
	switch string(name) {
	case "Error", "Exception", "Throwable":
		return true, false
	}
	return true, true
}

func isHeadline(text []byte) bool {
	_, sure := headline(text)
	return sure
}

// isCode says whether a text is a number as .NET puts behind the class: decimal,
// maybe negative, or hexadecimal.
func isCode(text []byte) bool {
	text = bytes.TrimPrefix(bytes.TrimPrefix(text, []byte("-")), []byte("0x"))
	for _, c := range text {
		if c-'0' > 9 && (c|0x20)-'a' > 5 {
			return false
		}
	}
	return len(text) > 0 && len(text) <= 16
}

// className says whether a word is the name of a class whose name tells that it
// can be thrown.
func className(name []byte) bool {
	if !throwable(name) || !alphanumeric(name[0]) {
		return false
	}
	first := true // of a part of the name
	upper := false
	for _, c := range name {
		switch {
		case c == '.' || c == '$' || c == '+':
			first = true
		case alphanumeric(c) || c == '`':
			if first {
				upper = c-'A' < 26
				first = false
			}
		default:
			return false
		}
	}
	return upper
}

// throwable says whether a text ends as the names of such classes do.
func throwable(text []byte) bool {
	if len(text) < len("Error") {
		return false
	}
	switch text[len(text)-1] {
	case 'r':
		return ends(text, "Error")
	case 'n':
		return ends(text, "Exception")
	case 'e':
		return ends(text, "Throwable")
	}
	return false
}

// isFrame says whether a line is a frame for certain, wherever it stands. text
// is the line behind its indent. It may be escaped.
//
//	at com.example.Foo.bar(Foo.java:12) ~[app.jar:1.0]
//	at Foo.Bar(String s) in /src/x.cs:line 3
//	at async fn (/app/x.js:1:2)
func isFrame(text []byte) bool {
	if has(text, "eval at ") {
		return true
	}
	if !has(text, "at ") {
		return false
	}
	text = text[len("at "):]
	if i := bytes.IndexByte(text, '('); i > 0 && text[i-1] != ' ' {
		call := text[:i]
		if dot := bytes.IndexByte(call, '.'); dot > 0 && bytes.IndexByte(call, ' ') < 0 {
			return true
		}
	}
	if bytes.Contains(text, []byte(":line ")) {
		return true
	}
	place := bytes.TrimSuffix(text, []byte(" {")) // a block of properties follows
	place = bytes.TrimSuffix(place, []byte(")"))
	if ends(place, "<anonymous>") || ends(place, `\u003canonymous\u003e`) || ends(place, "(native") {
		return true
	}
	if line, ok := unnumbered(place); ok {
		_, ok = unnumbered(line) // /app/x.js:1:2
		return ok
	}
	return false
}

// traceLine returns the step behind a line that may stand behind a headline as
// well as behind a frame.
func (s State) traceLine(line []byte) step {
	text := line[indent(line):]
	if len(text) < len(line) && (has(text, "at ") || has(text, "eval at ")) {
		return s.set.afterAt(text)
	}
	if has(text, "... ") && omitted(text[len("... "):]) || s.set&node != 0 && (emitted(line) || string(text) == matchingLines) {
		return s.set.afterAt(text)
	}
	if s.set&java != 0 {
		if st := javaLine(text); st != none {
			return st
		}
	}
	if s.set&dotnet != 0 {
		return dotnetLine(text)
	}
	return none
}

// afterAt returns the step behind a frame: behind its last one node may open a
// block of properties.
func (s Set) afterAt(text []byte) step {
	if s&node != 0 && ends(text, " {") {
		return nodeProperties
	}
	return frames
}

// omitted reads what stands for frames that were seen above: "12 more",
// "3 common frames omitted", "4 lines matching cause stack trace ...".
func omitted(text []byte) bool {
	n := digits(text)
	if n == 0 {
		return false
	}
	rest := text[n:]
	return has(rest, " more") || has(rest, " common frames omitted") || has(rest, " lines matching cause stack trace")
}

func afterThrown(s State, line []byte) step {
	if blank(line) {
		// A bare "Error: …" is more often a line of its own.
		if s.step == thrownMaybe {
			return none
		}
		return thrownBlank
	}
	if st := s.traceLine(line); st != none {
		return st
	}
	if s.set&java != 0 && javaDetail(line) {
		return thrown
	}
	if s.set&python != 0 && isPyChain(line) { // a cause that was never raised has no frames
		return pyChain
	}
	if s.set&dotnet != 0 && has(line, "POSITION: ") { // of PostgreSQL
		return thrown
	}
	if s.set&node != 0 {
		return nodeDetail(line)
	}
	return none
}

func afterFrame(s State, line []byte) step {
	if blank(line) {
		return framesBlank
	}
	if st := s.traceLine(line); st != none || s.set&dotnet == 0 {
		return st
	}
	return dotnetData(s, line)
}

// afterFramesBlank takes what may stand behind a blank line that ends a trace.
func afterFramesBlank(s State, line []byte) step {
	if s.set&node != 0 && has(line, nodeVersion) {
		return closed
	}
	if s.set&dotnet != 0 {
		return dotnetLine(line[indent(line):])
	}
	return none
}
