package command

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// problem is one thing to change, in one line. Line is zero where none is to
// blame.
type problem struct {
	file string
	line int
	text string
}

// Error returns the line that the user reads.
func (p *problem) Error() string {
	if p.line == 0 {
		return p.file + ": " + p.text
	}
	return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.text)
}

// problems collects what is found.
type problems []problem

func (p *problems) add(s *section, line int, format string, args ...any) {
	*p = append(*p, problem{s.file, line, fmt.Sprintf(format, args...)})
}

// inOrder returns the problems by file and line, each once. Two problems of the same line
// that differ only in the output that they name are one.
func (p problems) inOrder(outputs []*section) problems {
	slices.SortStableFunc(p, func(a, b problem) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line)) })
	var names []string
	for _, s := range outputs {
		names = append(names, " ("+s.where()+")", "")
	}
	withoutOutput := strings.NewReplacer(names...)
	seen := map[problem]bool{}
	return slices.DeleteFunc(p, func(one problem) bool {
		one.text = withoutOutput.Replace(one.text)
		again := seen[one]
		seen[one] = true
		return again
	})
}
