package hostlog

import (
	"fmt"
	"strings"
	"testing"
)

type lines []string

func (l *lines) Log(level Level, message string) { *l = append(*l, level.String()+" "+message) }

// The last lines are kept, in their order, cut where they are long; every line is passed on.
func TestRecent(t *testing.T) {
	var passed lines
	r := NewRecent(&passed)
	if got := r.Last(10); len(got) != 0 {
		t.Errorf("lines before the first: %v", got)
	}
	r.Log(LevelWarn, "a")
	r.Log(LevelError, "b")
	if got := r.Last(10); len(got) != 2 || got[0].Message != "a" || got[0].Level != "warn" || got[1].Level != "error" || got[0].Time.After(got[1].Time) {
		t.Errorf("lines: %v", got)
	}
	for i := range 2 * maxRecent {
		r.Log(LevelInfo, fmt.Sprint(i))
	}
	long := strings.Repeat("é", maxRecentLine)
	r.Log(LevelInfo, long)
	got := r.Last(10 * maxRecent)
	if len(got) != maxRecent || got[0].Message != fmt.Sprint(maxRecent+1) || got[maxRecent-2].Message != fmt.Sprint(2*maxRecent-1) {
		t.Errorf("%d lines from %q to %q", len(got), got[0].Message, got[len(got)-2].Message)
	}
	if last := got[maxRecent-1].Message; len(last) > maxRecentLine+len("…") || !strings.HasSuffix(last, "é…") {
		t.Errorf("a long line has %d bytes", len(last))
	}
	if got := r.Last(2); len(got) != 2 || got[0].Message != fmt.Sprint(2*maxRecent-1) {
		t.Errorf("the last two: %v", got)
	}
	if len(passed) != 3+2*maxRecent || passed[1] != "error b" || passed[len(passed)-1] != "info "+long {
		t.Errorf("%d lines were passed on", len(passed))
	}
}
