package rules

import (
	"fmt"
	"strings"
)

// Problem is one thing to change in a rules file. Its text is one line.
type Problem struct {
	File string
	Line int    // zero for the file as a whole
	Rule string // empty outside of a rule
	Text string
}

// Error returns file:line: rule "name": text.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Rule != "" {
		fmt.Fprintf(&b, "rule %q: ", p.Rule)
	}
	b.WriteString(p.Text)
	return b.String()
}

// Problems are all problems of a file, by their lines. It is an error of one line.
type Problems []Problem

// Error returns the first problem, and the number of the others.
func (p Problems) Error() string {
	text := p[0].Error()
	switch n := len(p) - 1; n {
	case 0:
	case 1:
		text += " (and 1 other problem; k8slog check lists all)"
	default:
		text += fmt.Sprintf(" (and %d other problems; k8slog check lists all)", n)
	}
	return text
}
