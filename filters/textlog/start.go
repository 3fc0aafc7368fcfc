package textlog

import (
	"bytes"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// maxPadding is the number of blanks that loggers put before a level in capitals, to align
// it. What has more is an indented text.
const maxPadding = 2

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
	case c == '=':
		return p.report(rest)
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
		if upperForm(l, rest, end) && !has(rest, flagWarning) {
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
	for _, form := range literals {
		if rest[0] == form.before[0] && has(rest, form.before) {
			return p.literal(rest, form.before, form.levels)
		}
	}
	return false
}

// upperForm returns whether a level in capitals that is the first word is followed by what
// a logger writes behind it, and not by a sentence.
func upperForm(l level, rest []byte, end int) bool {
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
			return !isScalar(after[1:])
		}
		return isPythonName(after[1:])
	case '[': // log15, and Asterisk without a time
		n := bytes.IndexByte(after, ']')
		return n > 1 && n < 40 && after[1]-'0' <= 9
	case '\t':
		return len(after) > 1 && (after[1]|0x20-'a' < 26 || after[1] == '[')
	case ' ':
		return behindBlank(bytes.TrimLeft(after, " "))
	}
	return false
}

// behindBlank returns whether what follows a level and a blank is another field: brackets,
// a time, a dash, a pipe, or the name of a logger.
func behindBlank(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	switch c := s[0]; {
	case c == '[':
		return true
	case c == '-':
		return len(s) > 1 && s[1] == ' ' && !isScalar(s[1:])
	case c == '|':
		s = bytes.TrimLeft(s[1:], " ")
		return len(s) > 0 && s[0]|0x20-'a' < 26
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
	}
	// pytest: name:file.py:7
	i := bytes.LastIndexByte(name, ':')
	return i > 0 && digits(name, i+1) == n && i+1 < n && bytes.IndexByte(name, ':') < i
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

// isScalar returns whether the first line of s is one number or word of a table or of YAML, such as 7 or
// true. Such a text is a count or a setting under the name of a level.
func isScalar(s []byte) bool {
	s, _, _ = bytes.Cut(s, []byte("\n"))
	s = bytes.TrimSpace(s)
	switch string(s) {
	case "", "~", "{}", "[]", `""`:
		return true
	}
	for _, word := range [...]string{"true", "false", "null", "none", "nil", "yes", "no", "on", "off"} {
		if len(s) == len(word) && bytes.EqualFold(s, []byte(word)) { // in Python True
			return true
		}
	}
	for _, c := range s {
		if c-'0' > 9 && bytes.IndexByte([]byte(".,%-+ "), c) < 0 {
			return false
		}
	}
	return true
}

// beginLower reads a level in lower case and a colon, as winston, .NET and the tools of
// GNU and git write it.
func (p *scanner) beginLower(rest []byte) bool {
	if rest[0] == 'n' && has(rest, "npm ") {
		return p.literal(rest, "npm ", npmLevels)
	}
	if rest[0] == 'l' && has(rest, "log4j:") {
		return p.literal(rest, "log4j:", nil)
	}
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
	case has(after, " --- "), end == 5 && has(after, " - "), end == 4 && has(after, "  - "):
		if l.kind == word { // verdaccio, Next.js
			p.take(l.severity, 0, end)
		}
	}
	return l.kind != rare || p.found.Severity != 0
}

// isTool returns whether tools and winston begin a line with a level. The other words
// are as often keys.
func isTool(s []byte) bool {
	switch string(s) {
	case "error", "warn", "warning", "info", "debug", "verbose", "silly", "fatal", "trace":
		return true
	}
	return false
}

// isSentence returns whether the first line of s is more than one word, and no value of YAML in quotes or
// brackets.
func isSentence(s []byte) bool {
	s, _, _ = bytes.Cut(s, []byte("\n"))
	s = bytes.Trim(s, " \t\r")
	return len(s) > 0 && (isWord(s[0]) || s[0] == '/' || s[0] == '\'') && bytes.IndexByte(s, ' ') > 0 && !isScalar(s)
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

// literalForm is a form that begins with a name instead of the level.
type literalForm struct {
	before string
	levels []literalLevel
}

// literalLevel is a level of such a form.
type literalLevel struct {
	text     string
	severity filters.Severity
}

var npmLevels = []literalLevel{
	{"ERR!", filters.Error}, {"error ", filters.Error}, {"WARN ", filters.Warn}, {"warn ", filters.Warn},
	{"notice", filters.Notice}, {"info ", filters.Info}, {"http ", filters.Debug}, {"verb ", filters.Debug}, {"sill ", filters.Trace},
}

const php = "PHP "

// phpLevels are those of PHP's main/main.c, php_error_cb.
var phpLevels = []literalLevel{
	{"Fatal error:  ", filters.Fatal}, {"Parse error:  ", filters.Error}, {"Recoverable fatal error:  ", filters.Error},
	{"Warning:  ", filters.Warn}, {"Notice:  ", filters.Notice}, {"Deprecated:  ", filters.Info},
}

var literals = []literalForm{
	{php, phpLevels},
	{"SLF4J(", []literalLevel{{"W): ", filters.Warn}, {"E): ", filters.Error}, {"I): ", filters.Info}}},
	{"OpenJDK 64-Bit Server VM ", []literalLevel{{"warning: ", filters.Warn}}},
	{"Java HotSpot(TM) 64-Bit Server VM ", []literalLevel{{"warning: ", filters.Warn}}},
}

// literal reads a level of a form behind what comes before it. Without levels of its own,
// it is a level in capitals.
func (p *scanner) literal(rest []byte, before string, levels []literalLevel) bool {
	rest = rest[len(before):]
	start := p.i + len(before)
	for _, l := range levels {
		if has(rest, l.text) && !(isWord(l.text[len(l.text)-1]) && isWord(at(rest, len(l.text)))) {
			n := len(strings.TrimRight(l.text, " :)"))
			p.take(l.severity, start, start+n)
			return true
		}
	}
	n, _, _ := bytes.Cut(rest, []byte(" "))
	if l := levelOf(n); levels == nil && l.style == upper {
		p.take(l.severity, start, start+len(n))
	}
	return true
}
