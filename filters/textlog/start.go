package textlog

import "bytes"

// maxPadding is the number of blanks that loggers put before a level in capitals, to align
// it, or to set it apart. What has more is an indented text.
const maxPadding = 3

// begin reads the forms that begin with the level, at p.i. It returns true when it has
// found one, and when the word at p.i is a level in another form, which is a text.
func (p *scanner) begin() bool {
	if p.i == len(p.s) {
		return false
	}
	rest := p.s[p.i:]
	switch c := rest[0]; {
	case c-'A' < 26:
		return p.i <= maxPadding && (p.i == 0 || p.s[0] == ' ') && p.beginUpper(rest)
	case c-'a' < 26:
		if p.i > 0 {
			return p.s[0] == '\t'
		}
		return p.beginLower(rest)
	case c == '<':
		return p.priority(rest)
	case c == '(':
		return p.node(rest)
	}
	return false
}

// flagWarning is what glog puts before a line of its own, or of any text.
const flagWarning = "ERROR: logging before flag.Parse: "

// beginUpper reads a level in capitals, or a letter.
func (p *scanner) beginUpper(rest []byte) bool {
	end := p.wordEnd() - p.i
	if l := levelOf(rest[:end]); l.style == upper {
		if p.upperForm(l, rest, end) && !has(rest, flagWarning) {
			p.take(l.severity, p.i, p.i+end)
		}
		return l.kind != rare || p.found.Severity != 0
	}
	if s := letter(rest[0]); s != 0 {
		n := digits(rest, 1)
		ruby := n == 1 && has(rest[1:], ", [2")
		if ruby || (n == 5 || n == 7 || n == 9) && at(rest, n) == ' ' && clock(rest, n+1) > 0 { // glog
			p.take(s, p.i, p.i+1)
			return true
		}
	}
	return false
}

// upperForm returns whether a level in capitals that is the first word is followed by what
// a logger writes behind it, and not by a sentence.
func (p *scanner) upperForm(l level, rest []byte, end int) bool {
	after := rest[end:]
	if len(after) == 0 || end >= len("information") {
		return false
	}
	if l.kind == rare {
		return string(rest[:end]) == "LOG" && has(after, ":  ")
	}
	switch after[0] {
	case ':':
		if len(after) == 1 || after[1] == ' ' || after[1] == '\t' {
			return isText(after[1:])
		}
		return isPythonName(after[1:])
	case '[': // log15, and Asterisk without a time
		n := bytes.IndexByte(after, ']')
		return n > 1 && n < 40 && after[1]-'0' <= 9
	case '\t':
		return len(after) > 1 && (after[1]|0x20-'a' < 26 || after[1] == '[')
	case ' ':
		behind := bytes.TrimLeft(after, " ")
		if has(behind, "| ") {
			return p.column(behind[2:])
		}
		return behindBlank(behind) || p.badge(after) || p.i == 0 && isCut(l, rest[:end]) && isSentence(behind)
	}
	return false
}

// isCut returns whether a level is a word that is cut to four letters, which is no word of prose:
// ERRO, DEBU.
func isCut(l level, name []byte) bool {
	return l.kind == code && len(name) == 4
}

// badge returns whether a text of several words follows a level that a terminal shows on a
// ground of its own: a blank at both sides, and one or three before it, as pnpm, consola
// and Laravel write it.
func (p *scanner) badge(after []byte) bool {
	if name, _, found := bytes.Cut(after, []byte(" > ")); found && p.i == 1 { // pretty_env_logger
		return isRustPath(bytes.TrimLeft(name, " "))
	}
	return (p.i == 1 || p.i == 3) && has(after, "  ") && at(after, 2) != ' ' && isSentence(after)
}

// column returns whether s is the text behind a level and a pipe, as ActiveMQ writes it
// behind a blank, or has more fields between pipes or a position. Otherwise it is a row of a table.
func (p *scanner) column(s []byte) bool {
	s = bytes.TrimLeft(s, " ")
	if len(s) == 0 || s[0]|0x20-'a' >= 26 {
		return false
	}
	return p.i == 1 && bytes.IndexByte(s, '|') < 0
}

// isArgument returns whether s is the argument of a command in its help: [on|off], or
// [level] with nothing, or an explanation, behind it.
func isArgument(s []byte) bool {
	s, _, _ = bytes.Cut(s, []byte("\n"))
	n := 1
	for n < len(s) && (s[n]-'a' < 26 || s[n] == '|') {
		n++
	}
	if at(s, n) == ' ' { // [section [section ...]]
		return at(s, n+1) == '['
	}
	rest := bytes.TrimRight(s[min(n+1, len(s)):], "\r")
	return at(s, n) == ']' && (bytes.IndexByte(s[:n], '|') > 0 || len(rest) == 0 || has(rest, "  ") || has(rest, " - "))
}

// behindBlank returns whether what follows a level and a blank is another field: brackets,
// a time, a dash, a pipe, or the name of a logger.
func behindBlank(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	switch c := s[0]; {
	case c == '[':
		return !isArgument(s)
	case c == '-':
		return len(s) > 1 && s[1] == ' ' && isText(s[1:])
	}
	if n, _ := stamp(s); n > 0 {
		return true
	}
	n := 0
	for n < len(s) && inLogger[s[n]] {
		n++
	}
	name := s[:n]
	switch {
	case n < 2 || !has(s[n:], " ") || s[0]|0x20-'a' >= 26:
		return false
	case name[n-1] == ':': // tracing in Rust: a path in lower case
		return isRustPath(name[:n-1])
	case has(s[n:], " - "):
		return bytes.IndexByte(name, '.') > 0
	case isFileLine(name):
		return true
	case bytes.IndexByte(name, '.') > 0:
		next, _, _ := bytes.Cut(s[n+1:], []byte(" "))
		if isFileLine(next) {
			return true
		}
	}
	// pytest: name:file.py:7
	i := bytes.LastIndexByte(name, ':')
	return i > 0 && digits(name, i+1) == n && i+1 < n && bytes.IndexByte(name, ':') < i
}

// isFileLine returns whether s is a position in source code: serve.go:12.
func isFileLine(s []byte) bool {
	s = bytes.TrimSuffix(s, []byte(":"))
	i := bytes.LastIndexByte(s, ':')
	return i > 0 && i+1 < len(s) && digits(s, i+1) == len(s) && bytes.IndexByte(s[:i], '.') > 0 && s[i-1]|0x20-'a' < 26
}

// isRustPath returns whether s is the path of a module in Rust.
func isRustPath(s []byte) bool {
	for _, c := range s {
		if c-'a' >= 26 && c-'0' > 9 && c != '_' && c != ':' {
			return false
		}
	}
	return true
}

// isPythonName returns whether s begins with the name of a logger and a colon, without a
// blank: WARNING:root:text.
func isPythonName(s []byte) bool {
	if s[0]|0x20-'a' >= 26 && s[0] != '_' {
		return false
	}
	n := 0
	for n < len(s) && (isWord(s[n]) || s[n] == '.' || s[n] == '-') {
		n++
	}
	return at(s, n) == ':' && at(s, n+1) != '/'
}

// beginLower reads a level in lower case and a colon, as winston, .NET and the tools of
// GNU and git write it.
func (p *scanner) beginLower(rest []byte) bool {
	end := p.wordEnd()
	l := levelOf(rest[:end])
	if l.style != lower {
		return false
	}
	after := rest[end:]
	switch {
	case has(after, ": "):
		if isCategory(after[2:]) || l.kind == word && isTool(rest[:end]) && isSentence(after[2:]) {
			p.take(l.severity, 0, end)
		}
	case has(after, " --- "), string(rest[:end]) == "error" && has(after, " - "), end == 4 && has(after, "  - "):
		if l.kind == word && isText(bytes.TrimLeft(after, " -")) { // verdaccio, Next.js
			p.take(l.severity, 0, end)
		}
	}
	return l.kind != rare || p.found.Severity != 0
}

// isTool returns whether tools and winston begin a line with a level. The other words
// are as often keys.
func isTool(s []byte) bool {
	switch string(s) {
	case "error", "warn", "warning", "info", "debug", "verbose", "silly", "fatal":
		return true
	}
	return false
}

// isSentence returns whether the first line of s is more than one word, and no value of YAML in quotes or
// brackets.
func isSentence(s []byte) bool {
	s, _, _ = bytes.Cut(s, []byte("\n"))
	s = bytes.Trim(s, " \t\r")
	return len(s) > 0 && (isWord(s[0]) || s[0] == '/' || s[0] == '\'') && bytes.IndexByte(s, ' ') > 0 && isText(s)
}

// isCategory returns whether s begins with the category and the event of .NET:
// Acme.Api.Program[0]
// (https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter).
func isCategory(s []byte) bool {
	n := 0
	for n < len(s) && inCategory[s[n]] {
		n++
	}
	end := digits(s, n+1)
	return n > 0 && at(s, n) == '[' && end > n+1 && at(s, end) == ']'
}
