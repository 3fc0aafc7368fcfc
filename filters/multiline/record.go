package multiline

import (
	"bytes"

	"github.com/k8slog/k8slog/filters/klog"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// The message of an exception may have lines of its own, which look like any
// other. They are lookahead until the trace goes on: only that makes them a part
// of it. A line that a logger wrote, or that begins a message, never is. So what
// is given back stands alone, and nothing of it needs to be looked at again.

// startsRecord says whether a line cannot be in the middle of a message: a
// logger wrote it, or it begins a message of its own.
func (s Set) startsRecord(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	if logged(line) {
		return true
	}
	if !rules.candidate(s, line) {
		return false
	}
	live, _ := rules.step(rules.first, s, line)
	return !live.within(rules.weak)
}

// headerWindow is how far from its beginning a line has the time and level of a
// logger.
const headerWindow = 64

// logged says whether a line is one of a logger, or of an access log: it has a
// time, a level, or the form of a record.
func logged(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	if has(line, `{"`) || klog.Severity(line) != 0 || logfmt.Begins(line) || dated(line) {
		return true
	}
	line = line[:min(len(line), headerWindow)]
	return levelled(line) || clocked(line)
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

// clocked says whether a line has the time of day: "10:00:00".
func clocked(line []byte) bool {
	for i := range line {
		if shaped(line[i:], "##:##:##") && (i == 0 || line[i-1]-'0' > 9) {
			return true
		}
	}
	return false
}
