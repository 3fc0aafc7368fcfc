package multiline

import (
	"bytes"

	"github.com/k8slog/k8slog/filters/klog"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// The message of an exception may have lines of its own, which look like any
// other: a level, JSON, the name of another exception. They are lookahead until
// the trace goes on: only that makes them a part of it. A line with the header of
// a logger, or that begins a trace for certain, never is.

// kind is what a line is, apart from the message that it may belong to. The zero
// kind is that of a line that nobody has looked at.
type kind struct {
	known    bool
	hard     bool   // it begins a record
	logged   bool   // it may be a record of a logger that writes no time
	first    states // what it begins, if that is not certain
	expected bool   // a rule takes it that does not take any line of a message
}

// canStandInside says whether a line can be in the middle of a message.
func (k *kind) canStandInside(set Set, line []byte) bool {
	if !k.known {
		*k = kindOf(set, line)
	}
	return !k.hard
}

func kindOf(set Set, line []byte) kind {
	k := kind{known: true}
	if len(line) == 0 {
		return k
	}
	if k.hard = hasHeader(line); k.hard {
		return k
	}
	k.logged = logged(line)
	if (line[0] != '{' || len(line) <= len(`{\r`)) && rules.candidate(set, line) {
		first, _ := rules.step(rules.first, set, line, &kind{known: true})
		if k.hard = !first.within(rules.soft); !k.hard {
			k.first = first
		}
	}
	return k
}

// headerWindow is how far from its beginning a line has the time and level of a
// logger.
const headerWindow = 64

// hasHeader says whether a line has the header of a logger, or of an access log,
// with a time.
func hasHeader(line []byte) bool {
	if klog.Severity(line) != 0 {
		return true
	}
	if line = line[:min(len(line), headerWindow)]; indent(line) > 3 {
		return false
	}
	for i := range line {
		if shaped(line[i:], "##:##:##") && (i == 0 || line[i-1]-'0' > 9) {
			return inHeader(line[:i])
		}
	}
	return dated(line) && levelled(line)
}

// inHeader says whether a time of day stands where a header has it: at the
// beginning of the line, or behind a date that is not quoted. before is the line
// up to the time.
func inHeader(before []byte) bool {
	text := bytes.TrimRight(before, " ,:T-[(")
	if n := len(text); n == 0 || text[n-1] == '>' {
		return true
	} else if text[n-1]-'0' > 9 {
		return false
	}
	text = bytes.TrimRight(text, tenDigits+"-/.")
	return len(text) == 0 || bytes.IndexByte([]byte("\"'(="), text[len(text)-1]) < 0 && !sentence(text)
}

// sentence says whether a text has a word outside brackets, other than a month.
func sentence(text []byte) bool {
	depth, lower := 0, 0
	for _, c := range text {
		switch {
		case c == '[' || c == '<':
			depth++
		case c == ']' || c == '>':
			depth--
		case c-'a' >= 26:
			lower = 0
		case depth <= 0:
			if lower++; lower > len("ov") {
				return true
			}
		}
	}
	return false
}

// logged says whether a line may be one of a logger that writes no time: it has a
// level, or the form of a record.
func logged(line []byte) bool {
	return has(line, `{"`) || logfmt.Begins(line) || levelled(line[:min(len(line), headerWindow)])
}

// levelled says whether a line names its level: a word in capitals, or one of
// any case that it begins with.
func levelled(line []byte) bool {
	for i := 0; i < len(line); i++ {
		if !alphanumeric(line[i]) {
			continue
		}
		end := i + 1
		for end < len(line) && alphanumeric(line[end]) {
			end++
		}
		first := i == indent(line) || i == 1
		if isLevel(line[i:end], first && end < len(line) && (line[end] == ':' || line[end] == ']')) {
			return true
		}
		i = end
	}
	return false
}

func isLevel(name []byte, anyCase bool) bool {
	switch string(name) {
	case "ERROR", "SEVERE", "CRITICAL", "FATAL", "FINE": // "fatal: …" is a message
		return true
	}
	for _, level := range [...]string{"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING"} {
		if string(name) == level || anyCase && bytes.EqualFold(name, []byte(level)) {
			return true
		}
	}
	return false
}
