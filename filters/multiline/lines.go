package multiline

import (
	"bytes"
	"strings"
)

// blank says whether a line holds nothing but spaces.
func blank(line []byte) bool { return indent(line) == len(line) }

// indent counts the spaces and tabs that a line begins with.
func indent(line []byte) int {
	for i, c := range line {
		if c != ' ' && c != '\t' {
			return i
		}
	}
	return len(line)
}

// has and ends are bytes.HasPrefix and bytes.HasSuffix with a string, which
// the compiler compares in place.
func has(line []byte, prefix string) bool {
	return len(line) >= len(prefix) && string(line[:len(prefix)]) == prefix
}

func ends(line []byte, suffix string) bool {
	return len(line) >= len(suffix) && string(line[len(line)-len(suffix):]) == suffix
}

// hasOne says whether one of some texts stands in a line.
func hasOne(line []byte, texts [][]byte) bool {
	for _, text := range texts {
		if bytes.Contains(line, text) {
			return true
		}
	}
	return false
}

// isOneOf says whether a text is one of some words.
func isOneOf(text []byte, words string) bool {
	for word := range strings.FieldsSeq(words) {
		if string(text) == word {
			return true
		}
	}
	return false
}

// word returns a line up to its first space.
func word(line []byte) []byte {
	if i := bytes.IndexByte(line, ' '); i >= 0 {
		return line[:i]
	}
	return line
}

// digits counts the digits that a line begins with.
func digits(line []byte) int {
	for i, c := range line {
		if c-'0' > 9 {
			return i
		}
	}
	return len(line)
}

func numbered(text []byte) bool { return digits(text) > 0 }

// unnumbered returns a text without the ":12" at its end, and false if there is
// none.
func unnumbered(text []byte) ([]byte, bool) {
	i := len(text)
	for i > 0 && text[i-1]-'0' <= 9 {
		i--
	}
	if i == len(text) || i == 0 || text[i-1] != ':' {
		return nil, false
	}
	return text[:i-1], true
}

// alphanumeric says whether c can stand inside a name.
func alphanumeric(c byte) bool { return inNames[c] }

var inNames = func() (set [256]bool) {
	for _, c := range []byte(letters + tenDigits) {
		set[c] = true
	}
	return set
}()

// caret says whether a line does nothing but point at the one above, as node,
// Python and Ruby do below a line of code.
func caret(line []byte) bool {
	return len(line) > 0 && len(bytes.Trim(line, "^~ \t")) == 0 && !blank(line)
}

// shaped says whether a line begins with a shape: "#" is a digit, "?" any byte.
func shaped(line []byte, shape string) bool {
	if len(line) < len(shape) {
		return false
	}
	for i, c := range []byte(shape) {
		if c == '#' && line[i]-'0' > 9 || c != '#' && c != '?' && c != line[i] {
			return false
		}
	}
	return true
}

// only says whether a text is nothing but letters, digits, "_" and some others.
func only(text []byte, others string) bool {
	for _, c := range text {
		if !alphanumeric(c) && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return true
}

// dated says whether a line begins with a date or the time of day, as the
// lines of a logger do:
//
//	2026-11-22 …   2026/11/22 …   [22-Nov-2026 …   10:00:00 …   Nov 22 …
func dated(line []byte) bool {
	if has(line, "[") {
		line = line[1:]
	}
	if len(line) < 5 {
		return false
	}
	switch {
	case line[0]-'0' > 9:
		return months(line) && line[3] == ' '
	case line[4] == '-' || line[4] == '/':
		if line[1]-'0' <= 9 && line[2]-'0' <= 9 && line[3]-'0' <= 9 {
			return true
		}
	}
	return line[1]-'0' <= 9 && (line[2] == ':' || line[2] == '-' || line[2] == '/') && (line[3]-'0' <= 9 || months(line[3:]))
}

// months says whether a text begins with the short name of a month.
func months(text []byte) bool {
	if len(text) < 3 {
		return false
	}
	switch string(text[:3]) {
	case "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec":
		return true
	}
	return false
}
