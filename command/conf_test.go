package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testConf is a configuration that can be written in both formats. It begins
// with one that has no problem.
type testConf struct{ sections []testSection }

type testSection struct {
	name  string // by which edits name it
	kind  string
	pairs [][2]string
}

func newTestConf(dir string) *testConf {
	c := &testConf{}
	c.edit("svc.grace=15")
	c.edit("svc.storage.path=" + dir + "/storage")
	c.edit("in.name=tail", "in.tag=containers", "in.path=/var/log/containers/*.log", "in.path_key=path", "in.offset_key=offset",
		"in.db="+dir+"/db", "in.storage.type=filesystem")
	c.edit("out.name=k8slog", "out.match=*", "out.workers=2", "out.retry_limit=no_limits", "out.storage.total_limit_size=8G",
		"out.backend=loki", "out.endpoint=http://loki:3100", "out.path_key=path", "out.offset_key=offset",
		"out.dead_letter_path="+dir+"/dead-letter.ndjson", "out.status_listen=off")
	return c
}

// edit changes a key of a section, as in out.workers=1; = alone removes it, and
// += appends it although it is there. A section that is named first is made.
func (c *testConf) edit(edits ...string) {
	for _, e := range edits {
		name, rest, _ := strings.Cut(e, ".")
		key, value, _ := strings.Cut(rest, "=")
		i := slices.IndexFunc(c.sections, func(s testSection) bool { return s.name == name })
		if i < 0 {
			kind := map[string]string{"s": "service", "i": "input", "j": "input", "f": "filter", "o": "output"}[name[:1]]
			c.sections = append(c.sections, testSection{name: name, kind: kind})
			i = len(c.sections) - 1
		}
		s := &c.sections[i]
		key, again := strings.CutSuffix(key, "+")
		at := slices.IndexFunc(s.pairs, func(p [2]string) bool { return p[0] == key })
		switch {
		case value == "" && at >= 0:
			s.pairs = slices.Delete(s.pairs, at, at+1)
		case at < 0 || again:
			s.pairs = append(s.pairs, [2]string{key, value})
		default:
			s.pairs[at][1] = value
		}
	}
}

// append adds a key to a section, with a value that may have spaces.
func (c *testConf) append(name, key, value string) {
	i := slices.IndexFunc(c.sections, func(s testSection) bool { return s.name == name })
	c.sections[i].pairs = append(c.sections[i].pairs, [2]string{key, value})
}

func (c *testConf) classic() string {
	var b strings.Builder
	for _, s := range c.sections {
		fmt.Fprintf(&b, "# %s\n[%s]\n", s.name, strings.ToUpper(s.kind))
		for _, p := range s.pairs {
			fmt.Fprintf(&b, "    %s %s\n", p[0], p[1])
		}
	}
	return b.String()
}

func (c *testConf) yaml() string {
	var b strings.Builder
	line := func(indent, key, value string) {
		if strings.HasPrefix(value, "[") || strings.HasPrefix(value, "{") {
			fmt.Fprintf(&b, "%s%s: %s\n", indent, key, value)
			return
		}
		fmt.Fprintf(&b, "%s%s: '%s'\n", indent, key, value)
	}
	for _, s := range c.sections {
		if s.kind == "service" {
			b.WriteString("service: # svc\n")
			for _, p := range s.pairs {
				line("  ", p[0], p[1])
			}
		}
	}
	b.WriteString("pipeline:\n")
	for _, kind := range []string{"input", "filter", "output"} {
		first := true
		for _, s := range c.sections {
			if s.kind != kind {
				continue
			}
			if first {
				fmt.Fprintf(&b, "  %ss:\n", kind)
			}
			first = false
			fmt.Fprintf(&b, "    # %s\n", s.name)
			for i, p := range s.pairs {
				line([]string{"    - ", "      "}[min(i, 1)], p[0], p[1])
			}
		}
	}
	return b.String()
}

// lineOf returns the line of a key as in out.workers, the last of several, and
// of the section for its name alone.
func lineOf(text, at string) int {
	name, key, _ := strings.Cut(at, ".")
	inside, found := false, 0
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimPrefix(strings.TrimSpace(line), "- ")
		if _, comment, ok := strings.Cut(line, "# "); ok {
			inside = comment == name
			if inside && key == "" {
				return i + 2
			}
		}
		if inside && key != "" && (strings.HasPrefix(trimmed, key+" ") || strings.HasPrefix(trimmed, key+":")) {
			found = i + 1
		}
	}
	return found
}

// checkBoth runs check over the configuration in both formats. Each of want is
// the place of a problem, and a part of its text; there are no others.
func checkBoth(t *testing.T, c *testConf, flags []string, want ...[2]string) {
	t.Helper()
	for name, text := range map[string]string{"a.conf": c.classic(), "a.yaml": c.yaml()} {
		checkText(t, name, text, flags, want...)
	}
}

func checkText(t *testing.T, name, text string, flags []string, want ...[2]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errs := command(append(append([]string{"check"}, flags...), path)...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(want) == 0 {
		if code != done || !strings.Contains(out, "no problem found") || errs != "" {
			t.Errorf("%s: code %d, %q %q, want no problem\n%s", name, code, out, errs, text)
		}
		return
	}
	if code != failed || len(lines) != len(want) || errs == "" {
		t.Errorf("%s: code %d, want %d problems, got\n%s%s\n%s", name, code, len(want), out, errs, text)
		return
	}
	for _, w := range want {
		place := fmt.Sprintf("%s:%d: ", path, lineOf(text, w[0]))
		if !slices.ContainsFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, place) && strings.Contains(line, w[1])
		}) {
			t.Errorf("%s: no line %s … %s, but\n%s\n%s", name, place, w[1], out, text)
		}
	}
}
