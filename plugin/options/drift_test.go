package options

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated documents instead of comparing them")

// The documents that are generated from the table must not drift from it.
func TestGeneratedDocuments(t *testing.T) {
	for path, want := range map[string]func(old string) string{
		"../../docs/options.md":            func(string) string { return Markdown() },
		"../../conf/clusters/default.conf": replaceReference,
	} {
		old, err := os.ReadFile(path)
		if err != nil && !*update {
			t.Fatal(err)
		}
		text := want(string(old))
		if text == string(old) {
			continue
		}
		if !*update {
			t.Errorf("%s is not what plugin/options/table.go says; run make docs", path)
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func replaceReference(old string) string {
	before, rest, ok1 := strings.Cut(old, ReferenceBegin+"\n")
	_, after, ok2 := strings.Cut(rest, ReferenceEnd+"\n")
	if !ok1 || !ok2 {
		return old + "the lines " + ReferenceBegin + " and " + ReferenceEnd + " are missing\n"
	}
	return before + Reference() + after
}
