package command

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/k8slog/k8slog/plugin/status"
)

// On a small terminal, the first problem is on the screen, whole, and no line is broken by the
// terminal itself.
func TestTopFits(t *testing.T) {
	s := &status.Snapshot{Time: time.Now(), Node: "n1", Backend: "loki"}
	for range 3 {
		s.Problems = append(s.Problems, status.Problem{Level: status.LevelError, Text: "The backend has " + strings.Repeat("taken nothing ", 9), Answer: strings.Repeat("x", 200) + " é", Do: strings.Repeat("repair it ", 20) + "now"})
	}
	for range 40 {
		s.Containers = append(s.Containers, status.Container{Namespace: "shop", Pod: "web-" + strings.Repeat("é", 60), Container: "app"})
	}
	for _, size := range [][2]int{{24, 80}, {10, 40}, {50, 200}} {
		var page bytes.Buffer
		writeTop(&page, s, nil, size[0], size[1])
		lines := strings.Split(string(fitted(page.Bytes(), size[0], size[1])), "\n")
		if len(lines) > size[0] || !strings.HasPrefix(lines[0], "k8slog") || !strings.HasPrefix(lines[1], "PROBLEM: The backend") {
			t.Errorf("%v: %d lines: %q", size, len(lines), lines)
		}
		for _, line := range lines {
			if utf8.RuneCountInString(line) > size[1] {
				t.Errorf("%v: %q", size, line)
			}
		}
		if size[0] > 10 && !strings.Contains(strings.Join(lines, "\n"), "now\n") {
			t.Errorf("%v: what to do is cut: %q", size, lines)
		}
	}
}

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		line    string
		columns int
		want    string
	}{
		{"a line", 0, "a line"}, {"a line", 6, "a line"}, {"a line", 5, "a\n  line"}, {"  é é é é", 5, "  é é\n  é é"}, {"longer than that", 4, "longer\n  than\n  that"},
	} {
		if got := wrapped(c.line, "  ", c.columns); got != c.want {
			t.Errorf("%q, %d: %q", c.line, c.columns, got)
		}
	}
}
