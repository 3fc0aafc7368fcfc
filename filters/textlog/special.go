package textlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// letter reads a level of one letter behind a time. end is the end of the word at p.i. It
// returns false for none.
func (p *scanner) letter(end int) bool {
	rest := p.s[p.i:]
	s := letter(rest[0])
	if s == 0 || p.last != aTime && p.last != aBox && p.last != aFile {
		return false
	}
	if n := end - p.i; n == 2 && s == filters.Debug && rest[1]-'1' < 5 { // MongoDB's D1 to D5
		rest = rest[1:]
	} else if n != 1 {
		return false
	}
	rest = rest[1:]
	switch at(rest, 0) {
	case '!', '>': // Telegraf, Tarantool
		if at(rest, 1) != ' ' {
			return false
		}
	case ' ':
		if !isMongo(rest) && !isSemantic(rest[1:]) && !isPath(rest[1:]) && !(p.separator == ':' && isPosition(rest[1:])) {
			return false
		}
	default:
		return false
	}
	p.take(s, p.i, end)
	return true
}

// isMongo returns whether s is what MongoDB wrote behind the level before its version 4.4:
// a component in capitals and a context in brackets.
func isMongo(s []byte) bool {
	s = bytes.TrimLeft(s, " ")
	n := 0
	for n < len(s) && (s[n]-'A' < 26 || s[n] == '_' || s[n] == '-') {
		n++
	}
	rest := bytes.TrimLeft(s[n:], " ")
	return n > 0 && len(rest) > 0 && len(rest) < len(s)-n && rest[0] == '['
}

// isSemantic returns whether s begins with the process and thread of semantic_logger, the
// logger of many programs in Rails: [7:main].
func isSemantic(s []byte) bool {
	n := digits(s, 1)
	return at(s, 0) == '[' && n > 1 && at(s, n) == ':'
}

// isPath returns whether s begins with the path of a class in Java, shortened as QuestDB
// does: i.q.c.h.HttpServer.
func isPath(s []byte) bool {
	n := 0
	for at(s, n)-'a' < 26 && at(s, n+1) == '.' {
		n += 2
	}
	return n > 4 && at(s, n)-'A' < 26
}

// isPosition returns whether s begins with a position in source code and a bracket, as
// behind the level of TensorFlow.
func isPosition(s []byte) bool {
	position, _, found := bytes.Cut(s, []byte("] "))
	i := bytes.LastIndexByte(position, ':')
	return found && i > 0 && digits(position, i+1) == len(position) && bytes.IndexByte(position, ' ') < 0
}

// isPart returns whether a level that ends at end is the name of a part of the program, as
// in lines of Datadog's agent: "| TRACE | WARN |".
func (p *scanner) isPart(end int) bool {
	if p.separator != '|' || !has(p.s[end:], " | ") {
		return false
	}
	rest := p.s[end+len(" | "):]
	n := 0
	for n < len(rest) && rest[n]-'A' < 26 {
		n++
	}
	return has(rest[n:], " | ") && levelOf(rest[:n]).severity != 0
}

// host returns the end of the host in a line of syslog, whose first word ends at end: the
// program and its process follow, as in "web-1 sshd[7]: ". It returns 0 for other words.
func (p *scanner) host(end int) int {
	end += nameEnd(p.s[end:])
	if at(p.s, end) != ' ' {
		return 0
	}
	for i := end + 1; i < len(p.s) && p.s[i] != ' '; i++ {
		if p.s[i] == '[' {
			if n := digits(p.s, i+1); n > i+1 && has(p.s[n:], "]: ") {
				return end
			}
			break
		}
	}
	return 0
}

// channel reads Monolog's channel and level, app.ERROR:, from start to end. It returns
// false for anything else.
func (p *scanner) channel(start, end int) bool {
	token := p.s[start:end]
	if len(token) == 0 || token[len(token)-1] != ':' || p.last != aTime {
		return false
	}
	token = token[:len(token)-1]
	i := bytes.LastIndexByte(token, '.')
	l := levelOf(token[i+1:])
	if i <= 0 || l.style != upper || l.kind != word {
		return false
	}
	p.take(l.severity, start+i+1, end-1)
	return true
}

// postgres finds the level behind a prefix of PostgreSQL (log_line_prefix), in which names
// can have blanks. Two blanks follow the colon.
func (p *scanner) postgres() {
	rest := p.s[p.i:]
	end := bytes.Index(rest, []byte(":  "))
	if end < 0 {
		return
	}
	start := bytes.LastIndexByte(rest[:end], ' ') + 1
	if l := levelOf(rest[start:end]); start > 0 && l.style == upper && (l.kind == word || string(rest[start:end]) == "LOG") {
		p.take(l.severity, p.i+start, p.i+end)
	}
}

// jul finds the level of java.util.logging, which is on the second line
// (https://docs.oracle.com/en/java/javase/21/docs/api/java.logging/java/util/logging/SimpleFormatter.html).
func (p *scanner) jul() {
	if p.stamp != julStamp {
		return
	}
	n := bytes.IndexByte(p.s[p.i:], '\n')
	if n < 0 || bytes.Count(p.s[p.i:p.i+n], []byte(" ")) > 1 {
		return
	}
	p.i += n + 1
	end := p.wordEnd()
	if l := levelOf(p.s[p.i:end]); l.style == upper && at(p.s, end) == ':' {
		p.take(l.severity, p.i, end)
	}
}

// redis reads the mark that Redis and Valkey write behind the time
// (https://github.com/redis/redis/blob/unstable/src/server.c, serverLogRaw). It returns
// false for none.
func (p *scanner) redis() bool {
	if !p.role && !p.pid || at(p.s, p.i) != ' ' || at(p.s, p.i+2) != ' ' {
		return false
	}
	var s filters.Severity
	switch mark := at(p.s, p.i+1); {
	case mark == '*':
		s = filters.Notice
	case mark == '#':
		s = filters.Warn
	case mark == '-' && p.role:
		s = filters.Info
	case mark == '.' && p.role:
		s = filters.Debug
	default:
		return false
	}
	p.take(s, p.i+1, p.i+2)
	return true
}
