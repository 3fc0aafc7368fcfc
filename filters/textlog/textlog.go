// Package textlog finds the level in the header that a logger writes before a text:
//
//	2026-11-22 10:00:00,123 ERROR [main] com.acme.Orders - text
//	[2026-11-22 10:00:00.123][1][warning][config] text
//	2026-11-22T10:00:00.123Z	info	setup	text
//	WARNING:root:text
//
// It does not know loggers one by one. Their headers are made of few kinds of fields: a
// time, numbers, names, and texts in brackets. The level is a word among them that blanks,
// brackets, pipes, dashes, colons or tabs set apart. A field that is none of these is the
// text, and ends the header. Without a time, only the forms in start.go count, because a
// text can begin with any word. Headers that are made in another way are in the table in
// shapes.go, which is tried last.
package textlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// Found is what Find finds.
type Found struct {
	// Severity is that of the level; zero for none.
	Severity filters.Severity
	// Start and End are the place of the level in the text.
	Start, End int
	// Inner is where a line of another format begins, behind a time or the name of a
	// pod, if there is no Severity; 0 for none.
	Inner int
}

// Window is the number of bytes in which a header ends.
const Window = 256

// maxFields is the largest number of fields before the level, and maxNames that of each
// kind of them, but for texts in brackets.
const (
	maxFields = 10
	maxNames  = 3
)

// Find finds the level in the header of a text, which has neither escape sequences nor a
// byte order mark. It reads the first Window bytes only.
func Find(text []byte) Found {
	s := text[:min(len(text), Window)]
	p := scanner{s: s}
	for p.i < len(s) && (s[p.i] == ' ' || s[p.i] == '\t') {
		p.i++
	}
	start := p.i
	if !p.begin() {
		for range maxFields {
			if !p.field() {
				break
			}
			p.separators()
		}
	}
	found := p.found.Severity != 0 || p.found.Inner != 0
	if found && (p.led || !p.timed) || p.sentence {
		return p.found
	}
	if !p.led {
		if f := untimed.find(s, start); f != (Found{}) || !p.timed {
			return f
		}
	}
	if found {
		return p.found
	}
	return p.shaped()
}

// atSentence returns whether two words in lower case are at p.i. No header has them behind
// a time, or a name in brackets, but for the host and the program of syslog.
func (p *scanner) atSentence() bool {
	n := p.i
	for n < len(p.s) && p.s[n]-'a' < 26 {
		n++
	}
	return n > p.i && at(p.s, n) == ' ' && at(p.s, n+1)-'a' < 26
}

// shaped returns what the shapes of headers behind a time find.
func (p *scanner) shaped() Found {
	i, by := p.behind, timed
	if at(p.s, i) == ']' {
		i, by = i+1, boxed
	}
	for at(p.s, i) == ' ' || at(p.s, i) == '\t' {
		i++
	}
	return by.find(p.s, i)
}

// field is a kind of field.
type field uint8

const (
	nothing field = iota
	aTime
	aBox // a text in brackets
	aNumber
	aName
	aFile // a name with a dot, or a position in source code
	anID  // a word with a digit, a dash or an underscore, as of a host or process
)

// scanner reads the fields of a header.
type scanner struct {
	s     []byte
	i     int
	found Found

	last           field // the field before s[i]
	separator      byte  // what is between the two: a space, or one of | \t : - , >
	blanks         int   // the number of spaces before s[i]
	timed          bool  // there was a time
	stamp          stampKind
	behind         int  // where the time ends, or the bracket that closes it is
	led            bool // the time is the first field
	seconds        bool // the time is the seconds since 1970, in brackets
	sentence       bool // the text begins here, with two words
	weak           bool // there was a field that can also be a word of a text
	pid            bool // there was a number in brackets
	role           bool // there was a process and a role of Redis, 1:M
	boxes          int
	numbers, names int
}

// take sets the level. It returns false: there are no more fields to read.
func (p *scanner) take(s filters.Severity, start, end int) bool {
	p.found = Found{Severity: s, Start: start, End: end}
	return false
}

// inner sets where another format begins. It returns false.
func (p *scanner) inner() bool {
	p.found.Inner = p.i
	return false
}

// separators skips what is between two fields.
func (p *scanner) separators() {
	p.separator, p.blanks = 0, 0
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; c {
		case ' ':
			p.blanks++
			if p.separator == 0 {
				p.separator = c
			}
		case '|', '\t', ':', ',', '>':
			p.separator = c
		case '-':
			if p.separator != '|' { // |-INFO in logback's own messages
				p.separator = c
			}
		default:
			return
		}
	}
}

// field reads a field. It returns false when the header ends there, or the level is found.
func (p *scanner) field() bool {
	if p.i == len(p.s) {
		return false
	}
	switch c := p.s[p.i]; {
	case c == '[':
		return p.box()
	case c == '<':
		return p.angle()
	case c == '(':
		if p.last == nothing {
			return p.timeInParentheses()
		}
		return p.skipTo(')')
	case c == '{':
		if p.timed && (p.last == aTime || p.last == aBox) && at(p.s, p.i+1) == '"' {
			return p.inner()
		}
		return p.timed && p.skipTo('}')
	case c-'0' <= 9:
		if p.time() {
			return !p.redis()
		}
		return p.number()
	case c-'A' < 26:
		return p.time() || p.word() // Nov 22
	case isWord(c):
		return p.word()
	case c == '.' && p.timed:
		return p.name(p.i)
	case c == '*' && p.last == aTime: // Apache Sling: *INFO*
		p.i++
		end := p.wordEnd()
		if l := levelOf(p.s[p.i:end]); l.style == upper && at(p.s, end) == '*' {
			return p.take(l.severity, p.i, end)
		}
	}
	return false
}

// time reads a time. It returns false for none.
func (p *scanner) time() bool {
	if p.timed && p.last != aTime { // one that kubectl has put before the program's own is read
		return false
	}
	n, kind := stamp(p.s[p.i:])
	if n == 0 {
		if n = unix(p.s[p.i:]); n != len("1763805600") || at(p.s, p.i+n) != ':' {
			return false
		}
	}
	if c := at(p.s, p.i+n); isWord(c) || c == '/' {
		return false
	}
	p.setTime(p.i+n, p.i+n)
	p.stamp = kind
	return true
}

// setTime notes that a field with the time was read, which ends at next.
func (p *scanner) setTime(behind, next int) {
	p.led = p.led || p.last == nothing
	p.i, p.last, p.timed, p.behind = next, aTime, true, behind
}

// number reads a number, such as that of a process or thread.
func (p *scanner) number() bool {
	end := p.i
	for end < len(p.s) && inNumber[p.s[end]] {
		end++
	}
	c := at(p.s, end)
	if c != ' ' && c != '\t' && c != '|' && c != '(' && !(c == ':' && p.last != nothing) {
		return false
	}
	if p.last == nothing { // what begins with an address is a line of an access log
		if behind := at(p.s, end+1); behind != '[' && behind-'0' > 9 || c != ' ' || bytes.IndexByte(p.s[p.i:end], '.') >= 0 {
			return false
		}
		p.role = end > p.i+2 && p.s[end-2] == ':' && bytes.IndexByte([]byte("MSCX"), p.s[end-1]) >= 0
	}
	p.i, p.last = end, aNumber
	p.numbers++
	return p.numbers <= maxNames
}

// wordEnd returns the end of the letters and digits at p.i.
func (p *scanner) wordEnd() int {
	end := p.i
	for end < len(p.s) && isWord(p.s[end]) {
		end++
	}
	return end
}

// word reads a level, or the name of something.
func (p *scanner) word() bool {
	end := p.wordEnd()
	if l := levelOf(p.s[p.i:end]); l.severity != 0 && !p.isPart(end) {
		if p.accepts(l, end) {
			return p.take(l.severity, p.i, end)
		}
		if l.style == upper && l.kind != rare {
			return false
		}
	}
	if p.timed && p.letter(end) {
		return false
	}
	return p.name(end)
}
