package rules

import (
	"slices"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// A note tells of each pattern with which every text is searched.
func TestNotes(t *testing.T) {
	set, err := Parse("r.yaml", []byte(`rules:
  - name: a
    match: {}
    drop: {text: ['(?i)debug', '^x', 'abc', '\d{4}', 'a|b.*c', '[a-z]+'], field: {user: {pattern: '(?i)a'}}}
    redact: {pattern: '(?i)\w+\d', with: x}
    multiline: {start: ['^\S', '\S+']}
    severity: {pattern: '(?i)(warn|error)'}
`), Config{})
	if err != nil {
		t.Fatal(err)
	}
	const cheap = " costs much: every text is searched with it. It is cheap with a literal that all matches have, capital letters as they are, or with ^ before it"
	var got []string
	for _, one := range set.Notes() {
		got = append(got, one.Error())
	}
	want := []string{
		`r.yaml:4: rule "a": text "(?i)debug"` + cheap,
		`r.yaml:4: rule "a": text "[a-z]+"` + cheap,
		`r.yaml:5: rule "a": pattern '(?i)\w+\d'` + cheap,
		`r.yaml:6: rule "a": start '\S+'` + cheap,
		`r.yaml:7: rule "a": pattern "(?i)(warn|error)"` + cheap,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// Capital letters of a severity do not matter, in a log and in the file; those of keys do.
func TestSeverityInAnyCase(t *testing.T) {
	for value, want := range map[string]filters.Severity{
		`"Warning"`: filters.Warn, `"ERROR"`: filters.Error, `" eRRor "`: filters.Error, `"Yellow"`: filters.Notice, `"x"`: 0,
	} {
		set, err := Parse("r.yaml", []byte("rules:\n  - {name: a, match: {}, severity: {key: lvl, map: {YELLOW: Notice}}}\n"), Config{})
		if err != nil {
			t.Fatal(err)
		}
		source := &filters.Source{Kind: filters.Container, Namespace: "shop", Pod: "web-1", Container: "web"}
		set.Resolve(source)
		for key, want := range map[string]filters.Severity{"lvl": want, "LVL": 0} {
			r := filters.Record{Source: source, Log: filters.PlainText([]byte(`{"` + key + `":` + value + `}`))}
			(&Filter{}).Apply(&r)
			if r.Severity != want {
				t.Errorf("%s %s: %v", key, value, r.Severity)
			}
		}
	}
}

// A note tells of braces where they are text.
func TestBracesNote(t *testing.T) {
	set, err := Parse("r.yaml", []byte("rules:\n  - name: a\n    match: {}\n    set: {region: '{node}', open: '{', team: shop}\n"), Config{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `r.yaml:4: rule "a": the field region is the text "{node}" as it is: only tenant and index take fields in braces`
	if notes := set.Notes(); len(notes) != 1 || notes[0].Error() != want {
		t.Errorf("got %q", notes)
	}
}
