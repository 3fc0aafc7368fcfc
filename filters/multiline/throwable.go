package multiline

import "bytes"

// What the traces of Java, .NET and JavaScript have in common: a line
// "Class: message", and frames that begin with "at". Which of the three a text
// is often shows late, or never.
var throwableRules = table{throwing, []rule{
	{"levelFirst", Func(isBareName).First(capitals, nil), "message"},
	{started, Func(isHeadline).Words(exceptionNames...).First(letters, nil), "thrown"},
	{bareStarted, Func(isBareHeadline).Words(exceptionNames...).First("ET", nil), "thrownMaybe"},
	{"first", Func(namesException).Words(exceptionNames...), "named"},
	{"first", Func(namesBracketed).Words(exceptionNames...), "named"},
	{"first", Ends("Error", "Exception", "Throwable"), "named"},
	{"first", Func(isQualifiedName).First(letters, begins), "qualified"},
	{"first", Func(mayBeName).First(letters, nil).AsAbove(), "mention"},

	{raised, Starts(" at [Source: "), "thrown"},                               // of Jackson, within the message
	{"frames framesBlank", Func(isNextError).First(tenDigits, nil), "thrown"}, // of Guice, which shows places in the message

	{mentions + " first message", Indented("eval at "), "frames"},
	{mentions + " first message", Indented("at ").If(isFrame), "frames"},
	{mentions + " message", Indented("... ").If(isOmitted), "frames"},
	{traces, Indented("at ", "eval at "), "frames"},
	{traces, Trimmed("... ").If(isOmitted), "frames"},
	{traces, Indented("[CIRCULAR REFERENCE:"), "frames"},
	{"thrown thrownBlank thrownNested", Blank(), "thrownBlank"},
	{"frames exceptionData framesBlank", Blank(), "framesBlank"},

	// Tomcat indents the exception behind a logger's line; any class may be one.
	{levels, Indented("").If(isHeadline).First(letters, nil), "thrown"},
	{levels, Func(isUnloggedName).First(letters, nil), "message"},
	{raised + " named qualified message", Message(), "message"},
}}

// Python and PHP may show a trace behind a line that names an exception, if that
// is not an exception of its own.
var namingRules = table{python | php, []rule{
	{"first", Func(mentionsFailure).Words(exceptionNames...), "failure"},
}}

var (
	raised = "thrown thrownMaybe thrownBlank thrownNested"
	traces = raised + " frames exceptionData nodeRequire sqlChain"

	// Tools write "ERROR: …" and "Error: …" in turn, without any frames.
	bareStarted = "first level levelSpring levelSpringBlank levelBlank levelZap levelRails"
)

// exceptionNames is how the names of exceptions end, in the middle of a line.
var exceptionNames = []string{"Error:", "Error ", "Error]", "Exception"}

var exceptionFinder = newFinder(false, exceptionNames...)

// headline says whether a text begins with the name of an exception that a
// colon or the end of the line follows; and whether that is more than a bare
// "Error", which any program may print.
func headline(text []byte) (known, sure bool) {
	name := word(text)
	if rest := text[len(name):]; len(name) == 0 {
		return false, false
	} else if end := len(name) - 1; name[end] == ';' && bytes.IndexByte(name, '.') > 0 { // SAXParseException tells the place
		name = name[:end]
	} else if end := len(name) - 1; name[end] == ':' {
		name = name[:end]
	} else if has(rest, " (") {
		// Npgsql.PostgresException (0x80004005): …
		code, _, found := bytes.Cut(rest[2:], []byte("):"))
		known = found && isCode(code) && className(name)
		return known, known
	} else if len(rest) > 0 {
		// Error [ERR_MODULE_NOT_FOUND]: …, and MyErr [Error]: …
		if !has(rest, " [") {
			return false, false
		}
		code, _, found := bytes.Cut(rest, []byte("]: "))
		if !found || bytes.IndexByte(code[2:], ' ') >= 0 {
			return false, false
		}
		known = className(name) || className(code[2:])
		return known, known
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

func isKnown(text []byte) bool {
	known, _ := headline(text)
	return known
}

func isHeadline(text []byte) bool {
	_, sure := headline(text)
	return sure
}

// isBareName says whether a text begins with the name of an exception without its
// package: a tool may tell of the class.
func isBareName(text []byte) bool {
	return isHeadline(text) && bytes.IndexByte(word(text), '.') < 0
}

func isBareHeadline(text []byte) bool {
	known, sure := headline(text)
	return known && !sure
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
	if !throwable(name) || !alphanumeric(name[0]) || name[0]-'0' <= 9 {
		return false
	}
	begins, upper := true, false // a part of the name, with a capital letter
	for _, c := range name {
		switch {
		case c == '.' || c == '$' || c == '+':
			begins = true
		case alphanumeric(c) || c == '`':
			if begins {
				upper, begins = c-'A' < 26, false
			}
		default:
			return false
		}
	}
	return upper
}

// throwable says whether a text ends as the names of such classes do.
func throwable(text []byte) bool {
	return ends(text, "Error") || ends(text, "Exception") || ends(text, "Throwable")
}

// namesException says whether the name of an exception stands before a colon,
// and is not what the line begins with. PHP's traces have a form of their own.
func namesException(text []byte) bool {
	return mentionsException(text) && !isKnown(text) && !isPHPUncaught(text)
}

// namesBracketed says whether a line names an exception of an old Elasticsearch behind brackets:
// "[node-1] IndexNotFoundException[no such index]".
func namesBracketed(text []byte) bool {
	_, rest, found := bytes.Cut(text[:min(len(text), window)], []byte("] "))
	return found && text[0] == '[' && isBracketed(rest)
}

func mentionsFailure(text []byte) bool { return mentionsException(text) && !isHeadline(text) }

// mentionsException says whether the name of an exception stands before a colon.
func mentionsException(text []byte) bool {
	text = text[:min(len(text), window)]
	if !exceptionFinder.in(text) {
		return false
	}
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], ':')
		if n < 0 {
			return false
		}
		if i += n; i == 0 {
			continue
		}
		name := text[:i]
		if ends(name, "]") { // Error [ERR_X]: …
			name = name[:max(0, bytes.LastIndex(name, []byte(" [")))]
		} else if ends(name, ")") { // SqlException (0x80131904): …
			name = name[:max(0, bytes.LastIndex(name, []byte(" (")))]
		} else if i+1 < len(text) && text[i+1] != ' ' {
			continue
		}
		if ends(name, "Error") || ends(name, "Exception") {
			return true
		}
	}
}

// isFrame says whether a line is a frame for certain, wherever it stands. text
// is what follows "at ".
//
//	at com.example.Foo.bar(Foo.java:12) ~[app.jar:1.0]
//	at Foo.Bar(String s) in /src/x.cs:line 3
//	at async fn (/app/x.js:1:2)
func isFrame(text []byte) bool {
	if i := bytes.IndexByte(text, '('); i > 0 && text[i-1] != ' ' {
		if dot := bytes.IndexByte(text[:i], '.'); dot > 0 && bytes.IndexByte(text[:i], ' ') < 0 {
			return true
		}
	}
	if bytes.Contains(text, []byte(":line ")) {
		return true
	}
	place := bytes.TrimSuffix(bytes.TrimRight(text, " "), []byte(" {")) // a block of properties follows
	place = bytes.TrimSuffix(place, []byte(")"))
	if ends(place, "<anonymous>") || ends(place, "(native") {
		return true
	}
	if line, ok := unnumbered(place); ok {
		_, ok = unnumbered(line) // /app/x.js:1:2
		return ok
	}
	return false
}

// isOmitted says whether a line stands for frames that were seen above: "... 12
// more", "... 3 common frames omitted", "... 4 lines matching cause stack trace
// ...".
func isOmitted(text []byte) bool {
	n := digits(text)
	rest := text[n:]
	return n > 0 && (has(rest, " more") || has(rest, " common frames omitted") || has(rest, " lines matching cause stack trace"))
}

// isNextError says whether a line is one of several errors, by its number: "2) No
// implementation for com.example.Repo was bound."
func isNextError(line []byte) bool {
	n := digits(line)
	return n > 0 && has(line[n:], ") ") && string(line[:n]) != "1"
}
