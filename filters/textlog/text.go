package textlog

import "bytes"

// isText returns whether the first line of s, which is behind a level, can be the text of
// a logger. A value makes the level a setting or a count, and another level makes the two
// a list.
func isText(s []byte) bool {
	s, _, _ = bytes.Cut(s, []byte("\n"))
	s = bytes.TrimSpace(s)
	if isScalar(s) || isLevels(s) {
		return false
	}
	switch s[0] {
	case '=', ',', ';', '#', '|':
		return false
	}
	return true
}

// isTarget returns whether s is what a name in brackets and a colon stand for in Markdown.
func isTarget(s []byte) bool {
	return has(s, "./") || has(s, "/") || has(s, "http://") || has(s, "https://")
}

// isLevels returns whether s begins with another level in brackets, or with a number, and
// has nothing else or another level behind it: "[warn] [info]", "0 WARN: 3". Nor is the
// index of a list the text of a logger: "[0] = 1".
func isLevels(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	if s[0] == '[' {
		n := bytes.IndexByte(s, ']')
		return n > 0 && isLevel(s[1:n]) || digits(s, 1) == n && has(s[n:], "] = ")
	}
	n := digits(s, 0)
	if n == 0 {
		return false
	}
	for n < len(s) && inList[s[n]] {
		n++
	}
	if s = s[n:]; len(s) == 0 || s[0] == '\r' || s[0] == '\n' {
		return true
	}
	for n = 0; n < len(s) && isWord(s[n]); {
		n++
	}
	return isLevel(s[:n])
}

// inList has the bytes between a number and a level in a list of counts.
var inList = [256]bool{' ': true, ',': true, ';': true, '/': true, '|': true, '[': true}

// behindMarks returns s without the colon and the blanks at its start.
func behindMarks(s []byte) []byte {
	n := 0
	for n < len(s) && (s[n] == ' ' || s[n] == ':' || s[n] == '\t' || s[n] == '\r') {
		n++
	}
	return s[n:]
}

// isLevel returns whether s is a level that most loggers have.
func isLevel(s []byte) bool {
	l := levelOf(s)
	return l.severity != 0 && l.kind != rare
}

// isScalar returns whether s is a single value of a table or of YAML, such as 7, true, a
// path or a text in quotes.
func isScalar(s []byte) bool {
	switch string(s) {
	case "", "~", "{}", "[]", "-", "|", ">", ">-", "|-":
		return true
	}
	for _, word := range [...]string{
		"true", "false", "null", "none", "nil", "yes", "no", "on", "off", "n/a", "enabled", "disabled", "default", "unset",
	} {
		if len(s) == len(word) && bytes.EqualFold(s, []byte(word)) { // in Python True
			return true
		}
	}
	first, last := s[0], s[len(s)-1]
	if first == last && (first == '"' || first == '\'') && bytes.IndexByte(s[1:], first) == len(s)-2 {
		return true
	}
	if bytes.IndexByte(s, ' ') < 0 && (first == '/' || first == '$' || first == '<' && last == '>' || has(s, "0x") || has(s, "http://") || has(s, "https://")) {
		return true
	}
	for _, c := range s {
		if c-'0' > 9 && bytes.IndexByte([]byte(".,%-+ "), c) < 0 {
			return false
		}
	}
	return true
}
