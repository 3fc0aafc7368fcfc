package reassemble

import (
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk"
)

func TestLinesOutOfPieces(t *testing.T) {
	long := strings.Repeat("x", 2*lineWindow)
	runChunks(t, []chunkTest{
		{"whole lines", Config{}, []string{"F a", "F b"}, []string{"a", "b"}},
		{"pieces", Config{}, []string{"F a", "P b", "P c", "F d", "F e"}, []string{"a", "bcd", "e"}},
		{"an empty last piece", Config{}, []string{"P a", "F ", "F b"}, []string{"a", "b"}},
		{"no last piece", Config{}, []string{"P a", "P b"}, []string{"ab…"}},
		{"other fields", Config{}, []string{"P a|x", "F b|y", "F c"}, []string{"a…", "b", "c"}},
		{"the same fields", Config{}, []string{"P a|x", "F b|x"}, []string{"ab"}},
		{"too long", Config{Bytes: 8}, []string{"P 123", "P 456", "P 789", "F 0", "F a"}, []string{"123456…", "7890…", "a"}},
		{"a piece that is too long", Config{Bytes: 8}, []string{"P 1234567890", "F a", "F b"}, []string{"1234567890…", "a…", "b"}},
		{
			"a line is judged whole", Config{Multiline: everything},
			[]string{"P java.", "F lang.Error: a", "P \ta", "P t a.B", "F .c(D.java:1)", "F end"},
			[]string{"java.lang.Error: a\n\tat a.B.c(D.java:1)", "end"},
		},
		{
			"a long line is judged by its beginning", Config{Multiline: everything},
			[]string{"P java.lang.Error: ", "P " + long, "F " + long, "F \tat a.B.c(D.java:1)", "F end"},
			[]string{"java.lang.Error: " + long + long + "\n\tat a.B.c(D.java:1)", "end"},
		},
		{
			"the rest of a line that is cut has its state", Config{Multiline: everything, Bytes: 70},
			[]string{"P java.lang.Error: " + long[:40], "F " + long[:40], "F \tat a.B.c(D.java:1)", "F end"},
			[]string{"java.lang.Error: " + long[:40] + "…", long[:40] + "\n\tat a.B.c(D.java:1)…", "end"},
		},
	})
}

// Nothing is allocated for lines that stand alone, nor for those that a trace
// may follow and does not.
func TestLinesThatStandAloneAllocateNothing(t *testing.T) {
	p := New(Config{Multiline: everything, Bytes: 4 << 20, Lines: 1000, Wait: time.Second}).NewPlan()
	p.Begin("tag", time.Now().Add(time.Minute), false, false)
	texts := []string{"a line", "2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed", `{"json":true}`, "java.lang.Error: a", "b", `{"json":true}`}
	line := Line{File: []byte("file"), Begin: 1}
	var records []filters.Record
	for _, text := range texts {
		records = append(records, filters.Record{Source: container, Time: 1e18, Log: filters.PlainText([]byte(text))})
	}
	add := func() {
		for i := range records {
			line.End = line.Begin + int64(len(texts[i]))
			p.Add(chunk.Mark{Index: i}, &records[i], line, false)
			line.Begin = line.End + 1
		}
	}
	if n := testing.AllocsPerRun(100, add); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
