package header

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// testCase is one record that a program writes, and its severity; "" for none. Its source
// is the public documentation or report that it was made from; the text is our own.
type testCase struct {
	ID, Program string
	Lines       []string
	Severity    string
}

func readCases(t testing.TB, path string) (cases []testCase) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// encodings are the ways in which a text is in a record: as it is in CRI's lines, and
// escaped, as it is in docker's.
var encodings = map[string]func(string) filters.Text{
	"plain":   func(s string) filters.Text { return filters.PlainText([]byte(s)) },
	"escaped": func(s string) filters.Text { return filters.EscapedText([]byte(inJSON(s))) },
}

// inJSON returns the inside of a JSON string, as docker writes it.
func inJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b[1 : len(b)-1])
}

func severityOf(text filters.Text) filters.Severity {
	r := filters.Record{Time: near, Log: text, Source: &filters.Source{Kind: filters.Container}}
	Filter{Zone: time.UTC}.Apply(&r)
	return r.Severity
}

// Every case has the severity that its program gave it.
func TestCases(t *testing.T) {
	for _, c := range readCases(t, "testdata/cases.json") {
		text := strings.Join(c.Lines, "\n")
		for name, encode := range encodings {
			if got := severityOf(encode(text)).String(); got != c.Severity {
				t.Errorf("%s, %s, %s: %q, want %q\n%s", c.ID, c.Program, name, got, c.Severity, text)
			}
		}
	}
}

// The lines that many programs write, each behind its severity and a tab, have it. The severity
// of a line that must have none is empty. \e stands
// for an escape.
func TestPrograms(t *testing.T) {
	data, err := os.ReadFile("testdata/programs.txt")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := os.ReadFile("testdata/fresh.txt")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, fresh...)
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		want, text, _ := strings.Cut(line, "\t")
		text = strings.NewReplacer(`\e`, "\x1b", `\n`, "\n").Replace(text)
		for name, encode := range encodings {
			for _, before := range []string{"", "\xef\xbb\xbf"} {
				if got := severityOf(encode(before + text)).String(); got != want {
					t.Errorf("%s: %q, want %q: %q", name, got, want, before+text)
				}
			}
		}
	}
}

// The examples in docs/sources.md have the severity that is given there. Each is a form, a
// severity, a text and the programs that write it, with tabs between them.
func TestShapes(t *testing.T) {
	data, err := os.ReadFile("testdata/shapes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		parts := strings.Split(line, "\t")
		if len(parts) != 4 {
			t.Fatalf("%q has %d parts", line, len(parts))
		}
		text := strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(parts[2])
		for name, encode := range encodings {
			if got := severityOf(encode(text)).String(); got != parts[1] {
				t.Errorf("%s: %q, want %q: %q", name, got, parts[1], text)
			}
		}
	}
}
