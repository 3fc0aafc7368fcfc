package textlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters/logfmt"
)

// name reads a field that begins with a word which is no level.
func (p *scanner) name(end int) bool {
	if p.last == nothing {
		return p.firstName(end)
	}
	if !p.timed {
		p.sentence = p.boxes == 1 && p.s[0] == '[' && p.s[p.i-2] == ']' && p.atSentence() && isIdentifier(p.s[1:p.i-2])
		return false
	}
	if p.last == aTime {
		if p.startsOther(end) {
			return p.inner()
		}
		if n := p.host(end); n > 0 {
			p.i, p.last = n, aName
			return true
		}
		if !p.pid && p.separator != ':' && p.atSentence() {
			p.sentence = true
			return false
		}
	}
	start := p.i
	for end < len(p.s) && inToken[p.s[end]] {
		end++
	}
	token := p.s[start:end]
	if p.channel(start, end) || p.pid && end-start > 2 && p.s[end-1] == ':' && has(p.s[end:], "  ") {
		return false // the second is the STATEMENT:  of PostgreSQL
	}
	if len(token) == 0 || !p.setsApart(token, end) {
		if p.pid {
			p.postgres()
		}
		p.jul()
		return false
	}
	p.i = end
	if bytes.IndexByte(token, '=') < 0 { // of keys, maxFields is the limit
		p.names++
	}
	return p.names <= maxNames
}

// setsApart returns whether the token that ends at end is a field by itself, and sets
// p.last. A word with a blank behind it is one of the text.
func (p *scanner) setsApart(token []byte, end int) bool {
	before := p.last
	p.last = aName
	switch rest := p.s[end:]; {
	case len(rest) == 0:
		return false
	case token[len(token)-1] == ':', rest[0] == '\t', rest[0] == '|', has(rest, " - "),
		has(rest, " | "), has(rest, "  |"):
		return true
	case rest[0] != ' ':
		return false
	case before == aNumber && p.separator == ':' && isCode(rest[1:]): // Ceph: "7 : cluster [WRN] text"
		return true
	case bytes.IndexByte(token, '=') > 0, isThread(token):
		return true
	case bytes.IndexByte(token, '.') > 0 || bytes.IndexByte(token, ':') > 0:
		p.last = aFile
		return true
	case isID(token):
		p.last, p.weak = anID, true
		return true
	}
	return false
}

// isID returns whether a token is more than a word: it has a digit, a dash or an
// underscore, as the names of hosts and threads have.
func isID(token []byte) bool {
	mark := false
	for _, c := range token {
		mark = mark || c-'0' <= 9 || c == '-' || c == '_'
	}
	return mark && isIdentifier(token)
}

// isIdentifier returns whether s has only bytes of names.
func isIdentifier(s []byte) bool {
	for _, c := range s {
		if !inIdentifier[c] {
			return false
		}
	}
	return true
}

// isThread returns whether a token is a program with its process, app[7] or unbound[7:0],
// the name that Python's root logger, main module and main thread and log4j's first thread have, or that of a thread of
// a pool in Java: http-nio-8080-exec-1.
func isThread(token []byte) bool {
	if string(token) == "main" || string(token) == "root" || string(token) == "MainThread" || string(token) == "__main__" {
		return true
	}
	switch last := token[len(token)-1]; {
	case last-'0' <= 9:
		i := bytes.LastIndexByte(token, '-')
		return i > 0 && digits(token, i+1) == len(token) && bytes.Count(token, []byte("-")) > 2 && isID(token)
	case last != ']':
		return false
	}
	n := bytes.IndexByte(token, '[')
	if n <= 0 {
		return false
	}
	if n = digits(token, n+1); token[n] == ':' {
		n = digits(token, n+1)
	}
	return n == len(token)-1
}

// isCode returns whether s begins with an abbreviated level in brackets.
func isCode(s []byte) bool {
	if at(s, 0) != '[' || at(s, 4) != ']' {
		return false
	}
	l := levelOf(s[1:4])
	return l.kind == code && l.style == upper
}

// startsOther returns whether a line of klog or of logfmt begins at p.i. end is the end of
// its first word.
func (p *scanner) startsOther(end int) bool {
	if at(p.s, end) == '=' {
		return logfmt.Begins(p.s[p.i:])
	}
	return end == p.i+5 && letter(p.s[p.i]) != 0 && digits(p.s, p.i+1) == end && clock(p.s, end+1) > 0
}
