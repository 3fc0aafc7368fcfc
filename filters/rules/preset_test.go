package rules

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// testdata/presets.txt has lines of programs, each with the fields and the severity that its
// preset reads: a line "preset NAME", the line of the log (several with \n between them), and
// the expected JSON; "none" for a line that the preset does not know.
func TestPresets(t *testing.T) {
	content, err := os.ReadFile("testdata/presets.txt")
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]int{}
	var set *Set
	name := ""
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	for i := 0; i < len(lines); i++ {
		switch {
		case lines[i] == "" || strings.HasPrefix(lines[i], "//"):
			continue
		case strings.HasPrefix(lines[i], "preset "):
			name = strings.TrimPrefix(lines[i], "preset ")
			set = parse(t, "rules:\n  - {name: r, match: {}, preset: "+name+"}\n")
			continue
		}
		text := strings.ReplaceAll(lines[i], `\n`, "\n")
		if strings.HasPrefix(text, "{") {
			text = lines[i]
		}
		i++
		tested[name]++
		r := record(web(), text)
		set.Resolve(r.Source)
		got := "none"
		if of(r).apply[0].preset.apply(r) {
			r.Log = filters.Text{}
			s := filters.Source{}
			r.Source, r.Stream = &s, 0
			got = strings.TrimSuffix(string(ndjson.AppendRecord(nil, r)), "\n")
			got = strings.Replace(got, `"time":"2026-11-22T10:00:00.000000000Z"`, "", 1)
			got = strings.Replace(got, "{,", "{", 1)
		}
		if got != lines[i] {
			t.Errorf("%s: %s\ngot  %s\nwant %s", name, text, got, lines[i])
		}
	}
	for _, name := range PresetNames() {
		if tested[name] < 3 {
			t.Errorf("preset %s has %d cases", name, tested[name])
		}
	}
}

// What a preset finds stands in the text.
func FuzzPresets(f *testing.F) {
	content, err := os.ReadFile("testdata/presets.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.SplitSeq(string(content), "\n") {
		f.Add([]byte(line))
	}
	var all []*preset
	for i := range presets {
		all = append(all, presets[i].compile())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for i, p := range all {
			r := &filters.Record{Source: &filters.Source{}, Log: filters.PlainText(text)}
			if !p.apply(r) || len(text) > 0 && text[0] == '{' {
				continue
			}
			plain := shown(r)
			for _, field := range r.Fields {
				value, ok := field.Text.Plain()
				if field.JSON != nil {
					value, ok = field.JSON, true
				}
				if !ok || !bytes.Contains(plain, value) {
					t.Errorf("%s: %q has the field %s with %q", presets[i].name, text, field.Key, value)
				}
			}
		}
	})
}
