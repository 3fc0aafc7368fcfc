package textlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
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
	if number > 191 || number > 7 && !syslogBehind(rest[n+1:]) || rest[n+1] == ' ' { // <1> and a blank is a footnote
		return false
	}
	return !p.take(filters.SyslogSeverity(number%8), p.i+1, p.i+n)
}

// syslogBehind returns whether the time or the version of syslog is behind a priority.
func syslogBehind(s []byte) bool {
	n, _ := stamp(s)
	return n > 0 || has(s, "1 2")
}

// node reads a warning of Node.js: (node:7) [DEP0005] DeprecationWarning: text.
func (p *scanner) node(rest []byte) bool {
	if !has(rest, "(node:") {
		return false
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
	name := p.s[p.i:end]
	p.i = end + 2
	if bytes.HasSuffix(name, []byte(".exe")) && at(p.s, p.i) == '[' { // OCaml's Logs
		p.last, p.timed = aName, true
		return true
	}
	end = p.wordEnd()
	l := levelOf(p.s[p.i:end])
	if l.style == lower && has(p.s[end:], ": ") && end+2 < len(p.s) {
		switch string(p.s[p.i:end]) {
		case "error", "warning", "fatal":
			return p.take(l.severity, p.i, end)
		case "info", "notice", "debug": // s6-rc
			if bytes.IndexByte(name, '-') > 0 && isSentence(p.s[end+2:]) {
				return p.take(l.severity, p.i, end)
			}
		}
	}
	return false
}

// has returns whether s begins with prefix.
func has(s []byte, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}
