package multiline

import (
	"bytes"

	"github.com/k8slog/k8slog/filters/klog"
)

// Loggers write a line of their own before the trace:
//
//	2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed
//	java.lang.IllegalStateException: boom
//		at …
//
// Only what begins a trace is taken behind such a line, and no other line of a
// logger: those have a date.

// hintAtLevel returns the step behind a line of a logger that tells of an
// error.
func (s Set) hintAtLevel(text []byte) step {
	from, to := levelWord(text[:min(len(text), levelWindow)])
	if to == 0 {
		switch text[0] {
		case 'E', 'F':
			if s&golang != 0 && klog.Severity(text) != 0 {
				return level
			}
		case 'T':
			if s&python != 0 && string(text) == "Task exception was never retrieved" {
				return level
			}
		default:
			if s&golang != 0 && text[0]-'0' <= 9 && isZap(text) {
				return levelZap
			}
		}
		return none
	}
	if s&golang != 0 && tabs(text, from, to) {
		return levelZap
	}
	if s&java != 0 && bytes.Contains(text[to:min(len(text), to+levelWindow)], []byte(" --- [")) {
		return levelSpring
	}
	if s&ruby != 0 && opensRailsMessage(text) {
		return levelRails
	}
	if from == 0 {
		return levelFirst
	}
	return level
}

// levelWindow is how far from its beginning a line names its level.
const levelWindow = 112

// levelWord returns where the word stands that tells of an error; to is 0 when
// there is none. Every such word has an upper-case E or A among its first
// letters, which are rare in texts: two fast searches find them all.
func levelWord(text []byte) (from, to int) {
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], 'E')
		if n < 0 {
			break
		}
		if i += n; i+2 >= len(text) {
			break
		}
		switch text[i+1] {
		case 'R':
			if from, to = i, wordEnd(text, i, "ERROR"); to == 0 {
				to = wordEnd(text, i, "ERR")
			}
		case 'x':
			from, to = i, wordEnd(text, i, "Exception")
		case 'V':
			from, to = i-1, wordEnd(text, i-1, "SEVERE")
		case 'M':
			from, to = i, wordEnd(text, i, "EMERGENCY")
		}
		if to > 0 {
			return from, to
		}
	}
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], 'A')
		if n < 0 {
			break
		}
		if i += n; i+1 >= len(text) {
			break
		}
		switch text[i+1] {
		case 'R':
			if from, to = i-1, wordEnd(text, i-1, "WARN"); to == 0 {
				to = wordEnd(text, i-1, "WARNING")
			}
		case 'T':
			from, to = i-1, wordEnd(text, i-1, "FATAL")
		case 'N':
			if from, to = i-1, wordEnd(text, i-1, "PANIC"); to == 0 {
				from, to = i-2, wordEnd(text, i-2, "DPANIC")
			}
		case 'L':
			if from, to = i-6, wordEnd(text, i-6, "CRITICAL"); to == 0 {
				from, to = i, wordEnd(text, i, "ALERT")
			}
		}
		if to > 0 {
			return from, to
		}
	}
	return 0, 0
}

// wordEnd returns the end of a whole word that stands at i, and 0 if it does
// not. An escaped tab may stand before it.
func wordEnd(text []byte, i int, word string) int {
	if i < 0 || !has(text[i:], word) {
		return 0
	}
	end := i + len(word)
	if end < len(text) && alphanumeric(text[end]) {
		return 0
	}
	if i == 0 || !alphanumeric(text[i-1]) {
		return end
	}
	if i >= 2 && text[i-2] == '\\' && text[i-1] == 't' {
		return end
	}
	return 0
}

// afterMention takes what can only be a trace, behind a line that may be any.
func afterMention(s State, line []byte) step {
	if len(line) == 0 || line[0] == '{' {
		return none
	}
	if st := s.set.certain(line); st != none {
		return st
	}
	if s.set&node != 0 && string(line) == requireStack {
		return nodeRequire
	}
	if s.set&python != 0 {
		if st := startPython(line); st != none {
			return st
		}
	}
	if s.set&golang != 0 && isGoroutine(line) {
		return goFrames
	}
	if s.set&php != 0 && isStackTrace(line) {
		return phpFrames
	}
	if s.set&ruby != 0 {
		if bare, _ := rubyFrame(line); bare {
			return rubyTrace
		}
	}
	return none
}

func afterLevel(s State, line []byte) step {
	if blank(line) {
		if s.step == levelSpring {
			return levelSpringBlank
		}
		return none
	}
	if line[0] == '{' || dated(line) {
		return none
	}
	if st := afterMention(s, line); st != none {
		return st
	}
	if st := s.set.start(line); st != none {
		// Tools write "ERROR: …" and "Error: …" in turn, without a trace.
		if st == thrownMaybe && s.step == levelFirst || st.apart() {
			return none
		}
		return st
	}
	if s.set&python != 0 && isPyFuture(line) {
		return pyFuture
	}
	if s.step == levelZap && isGoFunction(line) {
		return goPlainCall
	}
	if s.set&throwing != 0 {
		return afterLevelName(line)
	}
	return none
}
