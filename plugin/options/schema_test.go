package options

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// small and large are two backends, which share one option.
type small struct{ path, level string }

func (s *small) Options() []Option {
	return []Option{
		{Name: "file_path", Type: "path", Example: "/x", Required: true, Doc: "The file.", Set: Text(&s.path)},
		level("low", "a low level.", &s.level),
		{Name: "text_bytes", Note: "1KiB."},
	}
}

func (s *small) FieldNames() []string { return []string{"small_name"} }

type large struct{ level, id, secret string }

func (l *large) Options() []Option {
	return []Option{
		level("high", "", &l.level),
		{Name: "id_key", Type: "name", Example: "record_id", FieldName: true, Doc: "The ID.", Set: FieldName("_", &l.id)},
		{Name: "token", Type: "text", Example: "x", Secret: true, Doc: "The token.", Set: OneOf([]string{"good"}, &l.secret)},
	}
}

func (l *large) Check(common *Config) error {
	if l.level == common.NodeName {
		return &Error{"level", l.level, "is node_name"}
	}
	return nil
}

func level(least, note string, to *string) Option {
	return Option{Name: "level", Aliases: []string{"old_level"}, Type: "name", Default: least, Example: least, Range: least + ", top", Doc: "The level.", Note: note, Set: OneOf([]string{least, "top"}, to)}
}

var schema = Schema{
	{Name: "stdout", New: func() Group { return nothing{} }},
	{Name: "small", New: func() Group { return &small{} }},
	{Name: "large", New: func() Group { return &large{} }},
}

type nothing struct{}

func (nothing) Options() []Option { return nil }

func parse(set map[string]string) (*Config, error) {
	c, _, err := schema.Parse(func(name string) string { return set[name] })
	return c, err
}

func TestOptionsOfBackends(t *testing.T) {
	for _, c := range []struct {
		set, want, warnings string
	}{
		{"backend=small file_path=/a", "&{/a low}", ""},
		{"backend=small file_path=/a level=top", "&{/a top}", ""},
		{"backend=small file_path=/a old_level=top", "&{/a top}", "option old_level is now called level; the former name still works"},
		{"backend=small file_path=/a level=low old_level=top", "&{/a low}", "option old_level has no effect, because level is set"},
		{"backend=small file_path=/a old_level=high", `option old_level: "high" is not one of the choices; allowed: low, top`, ""},
		{"backend=small", "option file_path: must be set for backend small; allowed: path, as in /x", ""},
		{"backend=large", "&{high  }", ""},
		{"backend=large file_path=/a id_key=i", "&{high i }", "option file_path has no effect with backend large"},
		{"backend=large id_key=Small_Name", `option id_key: "Small_Name" is a name that the plugin writes itself; allowed: name, as in record_id`, ""},
		{"backend=large id_key=message", `option id_key: "message" is a name that the plugin writes itself; allowed: name, as in record_id`, ""},
		{"backend=large id_key=a merge_log_key=A", `option id_key: "a" is merge_log_key; allowed: another name`, ""},
		{"backend=large token=bad", "option token: is not one of the choices; allowed: text, as in x", ""},
		{"backend=large node_name=high", `option level: "high" is node_name`, ""},
		{"backend=large node_name=high level=top", "&{top  }", ""},
		{"backend=tiny", `option backend: "tiny" is not one of the choices; allowed: stdout, small, large`, ""},
		{"", "option backend: must be set; allowed: stdout, small, large", ""},
	} {
		values := map[string]string{}
		for pair := range strings.FieldsSeq(c.set) {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = value
		}
		common, own, err := schema.Parse(func(name string) string { return values[name] })
		got, warnings := "", ""
		if err != nil {
			got = err.Error()
		} else {
			got, warnings = show(own), strings.Join(common.Warnings(), "\n")
		}
		if got != c.want || warnings != c.warnings {
			t.Errorf("%s: %s, %s", c.set, got, warnings)
		}
	}
}

func show(g Group) string {
	v := reflect.ValueOf(g).Elem()
	text := "&{"
	for i := range v.NumField() {
		text += strings.Repeat(" ", min(i, 1)) + v.Field(i).String()
	}
	return text + "}"
}

// What backends declare in common is documented once, with what differs.
func TestEntriesOfBackends(t *testing.T) {
	for _, row := range []string{
		"| `backend` | name | none, must be set | all | What the logs are delivered to. There is no default. Allowed: stdout, small, large. |",
		"| `file_path` | path | none, must be set | small | The file. |",
		"| `level` | name | low; for large high | small, large | The level. For small: a low level. Allowed: low, top; for large high, top. Formerly old_level. |",
		" For small: 1KiB. Allowed: auto, or 1KiB to 64MiB. |",
	} {
		if !strings.Contains(schema.Markdown(), row+"\n") {
			t.Errorf("no row %s", row)
		}
	}
	for name, want := range map[string]string{"level": "level", "old_level": "level", "budget_by": "rate_limit_by", "levels": ""} {
		if e, ok := schema.Find(name); e.Name != want || ok != (want != "") {
			t.Errorf("%s is %s", name, e.Name)
		}
	}
}

func TestBackendStandsFirst(t *testing.T) {
	names := []string{}
	for _, e := range schema.Entries() {
		names = append(names, e.Name)
	}
	if names[0] != "backend" || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("%q", names)
	}
}
