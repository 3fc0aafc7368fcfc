package header

import (
	"os"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// However an escaped text is cut, what is left is the beginning of the text.
func TestWholeEscapes(t *testing.T) {
	const text = "a\"b\\\\\\\\c\t\x1b[0m\U0001f600<é\\u0041\\"
	escaped := inJSON(text) + `\ud83d\ude00\\\\\ud83d\ude00\u001b`
	plain := string(filters.EscapedText([]byte(escaped)).AppendPlain(nil))
	for n := 1; n < len(escaped); n++ {
		start := wholeEscapes([]byte(escaped[:n]), len(escaped))
		got := string(filters.EscapedText(start).AppendPlain(nil))
		// A pair of surrogates that is cut in its middle is no longer one.
		if !strings.HasPrefix(plain, strings.TrimSuffix(got, "\ufffd")) || len(start) < n-len(`\ud83d\ude00`) {
			t.Errorf("%q became %q", escaped[:n], got)
		}
	}
}

// A level at the end of the window, or behind it, costs no more and changes nothing.
func TestLongHeaders(t *testing.T) {
	for n := range 300 {
		text := "2026-11-22 10:00:00 [" + strings.Repeat("\t", n) + "] ERROR x"
		want := filters.Severity(0)
		if n < 100 {
			want = filters.Error
		}
		if got := severityOf(encodings["plain"](text)); got != want {
			t.Errorf("%d bytes in brackets: %v", n, got)
		}
		severityOf(encodings["escaped"](text))
	}
}

func TestContainerLinesAllocateNothing(t *testing.T) {
	var r filters.Record
	source := &filters.Source{Kind: filters.Container}
	for _, name := range []string{"programs.txt", "ordinary.txt"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			for encoding, encode := range encodings {
				text := encode(strings.ReplaceAll(line[strings.IndexByte(line, '\t')+1:], `\e`, "\x1b"))
				if n := testing.AllocsPerRun(5, func() {
					r.Reset()
					r.Log, r.Source = text, source
					full.Apply(&r)
				}); n != 0 {
					t.Errorf("%s: %s: %v allocations", encoding, line, n)
				}
			}
		}
	}
}
