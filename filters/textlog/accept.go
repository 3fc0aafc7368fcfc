package textlog

import "bytes"

// accepts returns whether a level that ends at end stands where a logger puts it. The word
// is at p.i, behind the fields that p has read.
func (p *scanner) accepts(l level, end int) bool {
	if p.last == nothing {
		return false // start.go has the forms of a level that is first
	}
	if !p.timed && p.boxes == 0 {
		return false
	}
	next := at(p.s, end)
	if l.kind == rare && !p.acceptsRare(l, end) {
		return false
	}
	switch next {
	case 0, '\n', '\r', ' ', '\t', ':', '|', '[', '>':
	default:
		return false
	}
	if p.betweenSame(end) {
		return true
	}
	if isLevels(behindMarks(p.s[end:])) {
		return false
	}
	if l.style == upper {
		return p.acceptsUpper(l, end, next)
	}
	if !p.timed || p.last != aTime && p.last != aBox && p.last != aNumber && !p.colonName() && !isThread(p.before()) {
		return false
	}
	behind := at(p.s, end+1)
	switch {
	case l.style == capital:
		// Falco writes a colon behind the nanoseconds, mosquitto behind the seconds, and
		// FreeRADIUS between blanks. Nagios has brackets around the seconds.
		switch {
		case p.last != aTime:
			return false
		case p.separator != ':':
			return p.seconds && next == ':'
		}
		return p.stamp == nanoStamp || next == ':' && (p.seconds || p.blanks > 1 || unixBefore(p.s, p.i))
	case next == ':':
		// What Go's package log writes behind the time is the text.
		return p.stamp != goStamp && (behind == ' ' || behind == '\t' || behind == 0)
	case next == ' ':
		return p.padded(end) || p.last == aTime && p.labelled(end)
	}
	return false
}

// acceptsRare returns whether a rare level has more than a blank behind it.
func (p *scanner) acceptsRare(l level, end int) bool {
	switch string(p.s[p.i:end]) {
	case "LOG":
		// NestJS pads the level before the context, and pgbouncer has a process before it.
		return at(p.s, end) == ':' || p.pid || has(p.s[end:], " [") && p.blanks > 1
	case "FINE", "CONFIG":
		return at(p.s, end) == ':' || has(p.s[end:], " [") || at(p.s, end) == '\t'
	case "fail":
		return at(p.s, end) == ':'
	}
	return false
}

// betweenSame returns whether the same mark is on both sides of the level: a tab, a pipe
// or a dash.
func (p *scanner) betweenSame(end int) bool {
	if !p.timed {
		return false
	}
	rest := p.s[end:]
	switch p.separator {
	case '\t':
		return len(rest) > 0 && rest[0] == '\t'
	case '|':
		rest = bytes.TrimLeft(rest, " ")
		return len(rest) > 0 && rest[0] == '|'
	case '-':
		return p.blanks >= 2 && has(bytes.TrimLeft(rest, " "), "- ")
	}
	return false
}

// acceptsUpper returns whether a level in capitals is one by the fields before it.
func (p *scanner) acceptsUpper(l level, end int, next byte) bool {
	switch {
	case p.weak:
		return p.strong(end)
	case !p.timed: // [main] INFO com.acme.Orders - text
		return l.kind != code && p.last == aBox && at(p.s, end) == ' '
	case p.last == aNumber && p.separator != '\t' && (end == len(p.s) || p.s[end] <= ' '):
		return p.named(end)
	case p.last == aName && p.separator == ' ':
		token := p.before()
		return p.colonName() && next != 0 && next != '\r' && next != '\n' || isThread(token) || bytes.IndexByte(token, '=') > 0
	}
	return true
}

// strong returns whether what is behind a level is no word of a text: a colon, or a field
// in brackets, or a dash.
func (p *scanner) strong(end int) bool {
	rest := p.s[end:]
	return has(rest, ": ") || has(rest, ":\t") || has(rest, " [") || has(rest, " (") || has(rest, " - ")
}

// colonName returns whether the field before is a name with a colon: "general: info: x".
func (p *scanner) colonName() bool {
	i := p.i
	for i > 0 && p.s[i-1] == ' ' {
		i--
	}
	return p.last == aName && i > 0 && p.s[i-1] == ':'
}

// before returns the last token before p.i.
func (p *scanner) before() []byte {
	s := bytes.TrimRight(p.s[:p.i], " ")
	return s[bytes.LastIndexByte(s, ' ')+1:]
}

// named returns whether the name of a logger follows a level behind a number: "1 ERROR
// nova.compute [x]" is a header, and "3 ERROR messages" is a text.
func (p *scanner) named(end int) bool {
	rest, _, _ := bytes.Cut(p.s[end:], []byte("\n"))
	rest = bytes.TrimLeft(rest, " ")
	if has(rest, "--- [") || has(rest, "[") || bytes.Contains(rest[:min(len(rest), longestBox)], []byte(" [-] ")) { // the last is of OpenStack
		return true
	}
	for range 2 {
		token, after, found := bytes.Cut(rest, []byte(" "))
		if !found {
			return false
		}
		if n := bytes.IndexByte(token, '.'); n > 0 && n < len(token)-1 || token[0] != ':' && bytes.HasSuffix(token, []byte(":")) || string(token) == "-" {
			return true
		}
		if rest = bytes.TrimLeft(after, " "); len(rest) == 0 {
			return false
		}
	}
	return false
}

// padded returns whether two blanks, and a bracket if there is more than a time before, or
// blanks and a colon follow: "info    [native] text", "info  text", "error  : text".
func (p *scanner) padded(end int) bool {
	rest := bytes.TrimLeft(p.s[end:], " ")
	if len(rest) == 0 {
		return false
	}
	padding := len(p.s) - end - len(rest)
	if padding == 1 && p.last == aTime && rest[0] == '[' { // winston's label
		n := bytes.IndexByte(rest, ']')
		return n > 2 && rest[1]|0x20-'a' < 26 && isIdentifier(rest[1:n]) && len(rest) > n+2
	}
	return padding >= 2 && (rest[0] == '[' || p.last == aTime) || has(rest, ": ")
}

// labelled returns whether the label and the source of swift-log follow: "info
// com.acme.app: [App] text"
// (https://github.com/apple/swift-log/blob/main/Sources/Logging/Logging.swift).
func (p *scanner) labelled(end int) bool {
	label, rest, found := bytes.Cut(p.s[end+1:], []byte(":"))
	label = bytes.TrimSuffix(label, []byte(" "))
	return found && len(label) > 0 && bytes.IndexByte(label, ' ') < 0 && bytes.Contains(rest, []byte(" [")) && at(rest, 0) == ' '
}

// unixBefore returns whether a time in seconds since 1970 and a colon are before s[i].
func unixBefore(s []byte, i int) bool {
	before := bytes.TrimSuffix(s[:i], []byte(": "))
	return len(before) == 10 && digits(before, 0) == 10
}
