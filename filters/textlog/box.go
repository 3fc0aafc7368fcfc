package textlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// longestBox is the length of the longest text in brackets that is a field.
const longestBox = 100

// inside returns the text in the brackets that open at p.i. ok is false when they do not
// close, or when they have brackets of the same kind between them.
func (p *scanner) inside(closing byte) (text []byte, ok bool) {
	rest := p.s[p.i+1 : min(len(p.s), p.i+1+longestBox)]
	n := bytes.IndexByte(rest, closing)
	if n < 0 || n > 1 && bytes.IndexByte(rest[:n], p.s[p.i]) >= 0 {
		return nil, false
	}
	return rest[:n], true
}

// skipTo skips a field in brackets that is no level and no time.
func (p *scanner) skipTo(closing byte) bool {
	text, ok := p.inside(closing)
	if !ok || closing == '}' && bytes.IndexByte(text, ' ') >= 0 {
		return false
	}
	if p.i += len(text) + 2; p.last != aTime {
		p.last = aBox
	}
	return true
}

// angle reads a field in angle brackets: <Error> in ClickHouse, the process of Erlang, and
// the time and level of WebLogic.
func (p *scanner) angle() bool {
	text, ok := p.inside('>')
	if !ok {
		return false
	}
	if !p.timed {
		n, _ := stamp(text)
		if n == 0 || n != len(text) {
			return false
		}
		p.timed = true
	} else if c := at(p.s, p.i+len(text)+2); c != ' ' && c != ':' {
		return false
	} else if l := levelOf(text); l.severity != 0 && l.kind != rare {
		return p.take(l.severity, p.i+1, p.i+1+len(text))
	} else if len(text) == 0 || text[0]-'0' > 9 { // not a process, but the writer of a chat
		return false
	}
	p.i, p.last = p.i+len(text)+2, aBox
	return true
}

// timeInParentheses reads a time that is the first field.
func (p *scanner) timeInParentheses() bool {
	text, ok := p.inside(')')
	if n, _ := stamp(text); !ok || n == 0 || n != len(text) {
		return false
	}
	p.setTime(p.i+len(text)+1, p.i+len(text)+2)
	return true
}

// box reads a field in square brackets: a level, a time, both, or a name.
func (p *scanner) box() bool {
	text, ok := p.inside(']')
	if !ok {
		return false
	}
	start, end := p.i+1, p.i+1+len(text)
	for start < end && p.s[start] == ' ' {
		start++
	}
	for start < end && p.s[end-1] == ' ' {
		end--
	}
	inner := p.s[start:end]
	next := p.i + len(text) + 2
	if s, from, to := p.boxLevel(inner, next); s != 0 {
		return p.take(s, start+from, start+to)
	}
	if n := p.boxTime(inner); n > 0 {
		if s, from, to := behindTime(inner, n); s != 0 {
			return p.take(s, start+from, start+to)
		}
		p.setTime(next-1, next)
		p.boxes++
		return true
	}
	if !p.timed && p.last == nothing && p.prefix(inner, next) {
		p.i = next + 1
		return p.inner()
	}
	if l := levelOf(inner); l.severity != 0 && l.kind != rare {
		return false // a list of levels
	}
	n := digits(inner, 0)
	if n > 0 && at(inner, n) == '-' {
		n = digits(inner, n+1)
	}
	p.pid = p.pid || n > 0 && n == len(inner)
	p.i, p.last = next, aBox
	p.boxes++
	return true
}

// boxTime returns the length of the time at the start of a text in brackets: also of a
// number of seconds, since 1970 or since the start of the program. It returns 0 for none.
func (p *scanner) boxTime(inner []byte) int {
	if p.timed || len(inner) == 0 || kinds[inner[0]] == lowerCase {
		return 0
	}
	n, kind := stamp(inner)
	if n > 0 {
		if isWord(at(inner, n)) {
			return 0
		}
		p.stamp = kind
		return n
	}
	if n = unix(inner); n > 0 && n == len(inner) {
		p.seconds = true
		return n
	}
	if n = digits(inner, 0); n > 0 && at(inner, n) == '.' {
		if n = digits(inner, n+1); n == len(inner) || inner[n] == 's' && n+1 == len(inner) {
			return len(inner)
		}
	}
	return 0
}

// prefix returns whether the brackets hold the name that kubectl logs --prefix puts before
// a line: [pod/web-1/app].
func (p *scanner) prefix(inner []byte, next int) bool {
	return has(inner, "pod/") && at(p.s, next) == ' ' && next+1 < len(p.s)
}

// behindTime returns the level behind a time of n bytes in the same brackets, and its
// place: "10:00:00 WRN", "2026-11-22T10:00:00Z INFO  app", "2026-11-22 10:00:00,123:
// WARNING/MainProcess", "2026-11-22 10:00:00,123 I 1 1".
func behindTime(inner []byte, n int) (s filters.Severity, from, to int) {
	for n < len(inner) && (inner[n] == ' ' || inner[n] == ':' || inner[n] == ',' || inner[n] == '|' || inner[n] == '-') {
		n++
	}
	end := n
	for end < len(inner) && isWord(inner[end]) {
		end++
	}
	next := at(inner, end)
	if l := levelOf(inner[n:end]); l.severity != 0 && l.kind != rare {
		if end == len(inner) || l.style == upper && (next == ' ' || next == '/') {
			return l.severity, n, end
		}
		return 0, 0, 0
	}
	if end == n+1 && next == ' ' && (at(inner, end+1)-'0' <= 9 || at(inner, end+1) == '/') {
		return letter(inner[n]), n, end
	}
	return 0, 0, 0
}

// boxLevel returns the level in brackets, and its place in them: "WARN", "core:error",
// "main/INFO", "I 10:00:00". next is the index after the brackets.
func (p *scanner) boxLevel(inner []byte, next int) (s filters.Severity, from, to int) {
	if l := levelOf(inner); l.severity != 0 {
		if p.acceptsBox(l, inner, next) {
			return l.severity, 0, len(inner)
		}
		return 0, 0, 0
	}
	if len(inner) == 1 {
		if p.timed && (p.last == aTime || p.last == aBox || p.last == aFile) && boxEnds(at(p.s, next)) && !(inner[0] == 'C' && at(p.s, next) == '[') { // [C][wifi:1]: is a setting of ESPHome
			return letter(inner[0]), 0, 1
		}
		return 0, 0, 0
	}
	if len(inner) > 8 && inner[1] == ' ' { // Tornado
		if n, _ := stamp(inner[2:]); n > 0 {
			return letter(inner[0]), 0, 1
		}
		return 0, 0, 0
	}
	end := 0
	for end < len(inner) && isWord(inner[end]) {
		end++
	}
	switch at(inner, end) {
	case ' ', '/': // a time or a process behind the level
		if l := levelOf(inner[:end]); l.severity != 0 && (l.style == upper || l.style == lower) && l.kind != rare {
			n, _ := stamp(inner[end+1:])
			if inner[end] == '/' && l.style == upper || n > 0 || unix(inner[end+1:]) > 0 {
				return l.severity, 0, end
			}
		}
	}
	if !p.timed {
		return 0, 0, 0
	}
	if i := bytes.LastIndexByte(inner, ':'); i >= 0 && i == end { // Apache
		if l := levelOf(inner[i+1:]); l.style == lower && l.kind == word {
			return l.severity, i + 1, len(inner)
		}
	}
	if i := bytes.LastIndexByte(inner, '#'); i > 0 { // Twisted
		if l := levelOf(inner[i+1:]); l.style == lower && l.kind == word {
			return l.severity, i + 1, len(inner)
		}
	}
	if i := bytes.LastIndexByte(inner, '/'); i >= 0 { // Minecraft
		if l := levelOf(inner[i+1:]); l.style == upper && l.kind == word {
			return l.severity, i + 1, len(inner)
		}
	}
	return 0, 0, 0
}

// acceptsBox returns whether a level in brackets stands where a logger puts it.
func (p *scanner) acceptsBox(l level, inner []byte, next int) bool {
	c := at(p.s, next)
	if !boxEnds(c) && !(isWord(c) && (p.timed || l.style == upper)) {
		return false
	}
	if l.kind == rare {
		switch string(inner) {
		case "Note", "System": // MySQL
			return p.timed
		case "FINE", "CONFIG":
			return p.timed && p.last == aTime
		}
		return false
	}
	behind := behindMarks(p.s[next:])
	switch p.last {
	case nothing: // a section of a file of settings has nothing behind its name
		if len(behind) == 0 || behind[0] == '\n' {
			return l.style == upper
		}
		return (l.style == upper || l.kind == word) && isText(behind) && (c != ':' || l.style == upper || !isTarget(behind))
	case aName, aNumber:
		return p.timed
	case anID:
		return l.style == upper
	}
	return !isLevels(behind)
}

// boxEnds returns whether c can follow the brackets of a field.
func boxEnds(c byte) bool {
	switch c {
	case 0, ' ', '\t', '\n', '\r', ':', '[', '|', '-', '<', '{', '"', '*':
		return true
	}
	return false
}
