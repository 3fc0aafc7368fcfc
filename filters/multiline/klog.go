package multiline

import (
	"github.com/k8slog/k8slog/filters/klog"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// klog writes a value of several lines, each behind a tab, between "=<" and
// " >" (https://github.com/kubernetes/klog/blob/main/internal/serialize/keyvalues.go):
//
//	E1122 10:00:00.000000       1 a.go:1] "Failed" err=<
//		first line
//		second line
//	 > pod="default/a"
//
// Its texts of several lines that are not structured go out as they are.

func klogLetter(c byte) bool { return c == 'I' || c == 'W' || c == 'E' || c == 'F' }

// beginKlog returns the step behind a line with klog's header. Of a container
// only the blocks are read: what stands there without a header may come from
// another program.
func beginKlog(text []byte, place Place) step {
	last := text[len(text)-1]
	if place != Component && last != '<' && last|0x20 != 'c' {
		return none
	}
	if klog.Severity(text) == 0 {
		return none
	}
	if opens(text) {
		return klogOpen
	}
	if place == Component {
		return klogText
	}
	return none
}

// opens says whether a block begins behind a line.
func opens(text []byte) bool {
	return ends(text, "=<") || ends(text, `=\u003c`) || ends(text, `=\u003C`)
}

func afterKlogOpen(_ State, line []byte) step {
	switch {
	case has(line, "\t"):
		return klogOpen
	case has(line, " >") && (len(line) == 2 || line[2] == ' '):
		if opens(line) {
			return klogOpen
		}
		return closed
	}
	return none
}

// prefixed says whether Go's logger wrote a line, with a prefix in brackets:
//
//	[restful] 2026/11/22 10:00:00 text
func prefixed(line []byte) bool {
	name := word(line)
	if len(name) < 2 || name[0] != '[' || name[len(name)-1] != ']' || len(name) == len(line) {
		return false
	}
	rest := line[len(name)+1:]
	return dated(rest) && rest[4] == '/'
}

// afterKlogText takes what can be no line of its own: what has no header of
// any kind. What Go's runtime prints of a crash is its own text.
func afterKlogText(s State, line []byte) step {
	if len(line) == 0 {
		return klogText
	}
	if line[0] == '{' || klog.Severity(line) != 0 || logfmt.Begins(line) || dated(line) || prefixed(line) {
		return none
	}
	if s.set&golang != 0 && crash(line) {
		return none
	}
	return klogText
}
