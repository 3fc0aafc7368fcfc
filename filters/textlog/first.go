package textlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// priority reads <4>, the priority that systemd and syslog read before a text
// (https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html), and the level
// of NetworkManager, <warn>  [1763805600.1234] text.
func (p *scanner) priority(rest []byte) bool {
	n := digits(rest, 1)
	if n == 1 {
		text, ok := p.inside('>')
		if !ok || !has(rest[len(text)+2:], "  [") {
			return false
		}
		l := levelOf(text)
		return l.style == lower && !p.take(l.severity, p.i+1, p.i+1+len(text))
	}
	if at(rest, n) != '>' || n > 4 || n+1 == len(rest) {
		return false
	}
	number := 0
	for _, c := range rest[1:n] {
		number = number*10 + int(c-'0')
	}
	if number > 191 || number > 7 && !syslogBehind(rest[n+1:]) {
		return false
	}
	return !p.take(filters.SyslogSeverity(number%8), p.i+1, p.i+n)
}

// syslogBehind returns whether the time or the version of syslog is behind a priority.
func syslogBehind(s []byte) bool {
	n, _ := stamp(s)
	return n > 0 || has(s, "1 2")
}

// report reads a report of Erlang's older logger: =ERROR REPORT==== 22-Nov-2026::10:00:00.
func (p *scanner) report(rest []byte) bool {
	name, _, found := bytes.Cut(rest[1:], []byte(" REPORT===="))
	if !found {
		return true
	}
	s := levelOf(name).severity
	if string(name) == "CRASH" || string(name) == "SUPERVISOR" {
		s = filters.Error
	}
	if s != 0 {
		p.take(s, p.i+1, p.i+1+len(name))
	}
	return true
}

// node reads a warning of Node.js: (node:7) [DEP0005] DeprecationWarning: text.
func (p *scanner) node(rest []byte) bool {
	if !has(rest, "(node:") {
		return true
	}
	n := digits(rest, len("(node:"))
	if !has(rest[n:], ") ") {
		return true
	}
	n += len(") ")
	if at(rest, n) == '[' {
		if i := bytes.IndexByte(rest[n:], ']'); i > 0 && at(rest, n+i+1) == ' ' {
			n += i + 2
		}
	}
	end := n
	for end < len(rest) && isWord(rest[end]) {
		end++
	}
	if name := rest[n:end]; bytes.HasSuffix(name, []byte("Warning")) && at(rest, end) == ':' {
		p.take(filters.Warn, p.i+end-len("Warning"), p.i+end)
	}
	return true
}

// firstName reads the name of a program that comes before the time, or before its level.
// end is the end of the word at p.i.
func (p *scanner) firstName(end int) bool {
	for end < len(p.s) && (isWord(p.s[end]) || p.s[end] == '.' || p.s[end] == '-') {
		end++
	}
	rest := p.s[end:]
	switch {
	case has(rest, ": "):
		return p.firstProgram(end)
	case has(rest, " "):
		rest = bytes.TrimLeft(rest, " ")
		if len(rest) > 0 && rest[0] == '[' {
			rest = rest[1:]
		}
		if n, _ := stamp(rest); n == 0 {
			return false
		}
	default:
		return false
	}
	p.i, p.last = end, aName
	return true
}

// firstProgram reads the level behind the name of a program and a colon, "nginx: [emerg]
// text" or "psql: error: text". The name ends at end.
func (p *scanner) firstProgram(end int) bool {
	if p.s[p.i]-'a' >= 26 {
		return false
	}
	p.i = end + 2
	if at(p.s, p.i) == '[' {
		p.last = aName
		return true
	}
	end = p.wordEnd()
	l := levelOf(p.s[p.i:end])
	if l.style == lower && has(p.s[end:], ": ") && end+2 < len(p.s) {
		switch string(p.s[p.i:end]) {
		case "error", "warning", "fatal":
			return p.take(l.severity, p.i, end)
		}
	}
	return false
}

// has returns whether s begins with prefix.
func has(s []byte, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}

// MayHave returns whether Find can find a level in a text, or another format behind blanks
// or a time. It looks at the first word only,
// so that most texts are not read further. The text can have escape sequences and the
// escapes of JSON.
func MayHave(text []byte) bool {
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\\' && at(text, i+1) == 't') {
		if i++; text[i-1] == '\\' {
			i++
		}
	}
	if i == len(text) {
		return false
	}
	switch c := text[i]; {
	case c-'a' < 26:
		return mayHaveLower(text[i:])
	case c-'A' < 26:
		return mayHaveUpper(text[i:])
	case c-'0' <= 9:
		return mayHaveNumber(text[i:])
	case c == '[', c == '<', c == '=', c == '(', c == '{', c == escape:
		return true
	case c == '\\':
		return at(text, i+1) == 'u' && (at(text, i+2)|0x20 == 'f' || at(text, i+2) == '0')
	case c == '_' || c >= 0x80:
		return has(text[i:], byteOrderMark) || mayHaveName(text[i:])
	}
	return false
}

// escape is the first byte of an escape sequence.
const escape = 0x1b

const byteOrderMark = "\xef\xbb\xbf"

// nameEnd returns the end of the name of a program at the start of s.
func nameEnd(s []byte) int {
	n := 0
	for n < len(s) && (isWord(s[n]) || s[n] == '.' || s[n] == '-') {
		n++
	}
	return n
}

// mayHaveName returns whether a colon, or a number or a month, which can begin a time, is
// behind a name.
func mayHaveName(s []byte) bool {
	n := nameEnd(s)
	switch at(s, n) {
	case '\\', escape:
		return true
	case '=':
		return logfmt.Begins(s)
	case ':':
		return s[0]-'a' < 26
	case ' ':
		for at(s, n) == ' ' {
			n++
		}
		c := at(s, n)
		return c-'0' <= 9 && (at(s, n+2)-'0' > 9 || at(s, n+4)-'0' > 9) || c == '[' && at(s, n+1)-'0' <= 9 || c-'A' < 26 && month(s, n) > 0
	}
	return false
}

func mayHaveLower(s []byte) bool {
	if s[0] == 'n' && has(s, "npm ") {
		return true
	}
	if n := nameEnd(s); at(s, n) == ' ' && n <= 7 {
		if next := at(s, n+1); (next == '-' || next == ' ') && levelOf(s[:n]).severity != 0 {
			return true
		}
	}
	return mayHaveName(s)
}

func mayHaveUpper(s []byte) bool {
	switch second := at(s, 1); {
	case second-'a' < 26:
		return at(s, 3) == ' ' || s[0] == 'J' && has(s, "Java H") || mayHaveName(s)
	case second == ',' || second-'0' <= 9:
		return letter(s[0]) != 0 || mayHaveName(s)
	}
	n := 0
	for n < len(s) && s[n]-'A' < 26 {
		n++
	}
	return levelOf(s[:n]).severity != 0 || s[0] == 'P' || s[0] == 'S' || s[0] == 'O' || at(s, n) == '\\' || at(s, n) == escape || mayHaveName(s)
}

func mayHaveNumber(s []byte) bool {
	n := digits(s, 0)
	switch c := at(s, n); {
	case c == '.' && n < 4: // most often an address
		return n == 2 && at(s, 5) == '.' && at(s, 10) == ' '
	}
	return true
}
