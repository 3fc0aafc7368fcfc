package command

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters/rules"
)

// runRulesCommand runs the command with a rules file, whose name in args is rules.yaml, and
// returns the exit code and what it writes.
func runRulesCommand(t *testing.T, file, lines string, args ...string) (code int, out, errs string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	args = slices.Clone(args)
	for i := range args {
		if args[i] == "rules.yaml" {
			args[i] = path
		}
	}
	var o, e bytes.Buffer
	err := runRules(args, strings.NewReader(lines), &o, &e)
	if err != nil {
		fmt.Fprintf(&e, "%v", err)
		code = failed
	}
	return code, strings.ReplaceAll(o.String(), path, "rules.yaml"), strings.ReplaceAll(e.String(), path, "rules.yaml")
}

var recipe = regexp.MustCompile("(?s)^(.*?)\n.*?```yaml\n(.*?)\n```\n\n`k8slog (rules test .*?)` with the lines\n\n```text\n(.*?)\n```\n\nwrites\n\n```text\n(.*?)\n```\n")

// Every recipe of the documentation does what the documentation says.
func TestRecipes(t *testing.T) {
	sections := append(recipes(t, "rules.md", 10), recipes(t, "routes.md", 4)...)
	for _, section := range sections {
		m := recipe.FindStringSubmatch(section)
		if m == nil {
			t.Errorf("this is no recipe: %.80s", section)
			continue
		}
		t.Run(m[1], func(t *testing.T) {
			args := strings.Fields(m[3])[1:]
			code, out, errs := runRulesCommand(t, m[2], m[4]+"\n", args...)
			if code != done || errs != "" {
				t.Fatalf("code %d: %s%s", code, out, errs)
			}
			if got := strings.TrimSuffix(out, "\n"); got != m[5] {
				t.Errorf("got\n%s\nwant\n%s", got, m[5])
			}
		})
	}
}

// recipes returns the recipes of a document, at least so many.
func recipes(t *testing.T, name string, least int) []string {
	t.Helper()
	_, text, _ := strings.Cut(document(t, name), "\n## Recipes\n")
	text, _, _ = strings.Cut(text, "\n## ")
	sections := strings.Split(text, "\n### ")[1:]
	if len(sections) < least {
		t.Fatalf("%d recipes in %s", len(sections), name)
	}
	return sections
}

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The documentation has all presets, with all of their fields.
func TestDocumentedPresets(t *testing.T) {
	text := document(t, "rules.md")
	for _, name := range rules.PresetNames() {
		row := regexp.MustCompile("(?m)^\\| `" + name + "` \\| .* \\| (.*) \\|$").FindStringSubmatch(text)
		if want := strings.Join(rules.PresetFields(name), ", "); row == nil || row[1] != want {
			t.Errorf("%s: the documentation has %q, want %q", name, row, want)
		}
	}
}

// The file that is shipped is valid.
func TestShippedRules(t *testing.T) {
	text, err := os.ReadFile("../conf/rules/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errs := runRulesCommand(t, string(text), "", "check", "rules.yaml"); code != done || out != "rules.yaml: 3 rules, no problem found\n" {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}

func TestRulesCommand(t *testing.T) {
	const valid = "rules:\n  - {name: a, match: {namespace: shop}, drop: {text: x}, tenant: b}\n"
	for _, c := range []struct {
		name, file, lines, args string
		code                    int
		out, errs               string
	}{
		{name: "problems", file: "rules:\n  - {name: a, match: {}, drop: {text: '('}}\n  - {match: {}, mutliline: {}}\n", args: "check rules.yaml", code: failed,
			out: "rules.yaml:2: rule \"a\": text is no regular expression: missing closing ): `(`\n" +
				"rules.yaml:3: rule \"number 2\": unknown key \"mutliline\" in the rule; did you mean multiline?\n" +
				"rules.yaml:3: rule \"number 2\": has no name, by which metrics and problems call it\n",
			errs: "rules.yaml: 3 problems"},
		{name: "a backend without tenants", file: valid, args: "check -set backend=stdout rules.yaml", code: failed,
			out: "rules.yaml:2: rule \"a\": tenant \"b\" is for another backend: stdout has no tenant for each source\n", errs: "rules.yaml: 1 problem"},
		{name: "no file", args: "check none.yaml", code: failed, errs: "none.yaml: cannot read none.yaml: no such file or directory"},
		{name: "another source", file: valid, lines: "x\n", args: "test rules.yaml",
			out: "namespace default, pod app-7d9c6b5f4-x2x9z (workload app), container app: rules none\nline 1: delivered\n  {\"log\":\"x\",\"stream\":\"stdout\"}\n1 line: 1 record delivered, 0 dropped\n"},
		{name: "docker's lines", file: valid, lines: `{"log":"y x\n","stream":"stderr","time":"2026-11-22T10:00:00Z"}` + "\n" + `{"log":"y\n","stream":"stderr","time":"2026-11-22T10:00:00Z"}`,
			args: "test -namespace shop -full rules.yaml",
			out: "namespace shop, pod app-7d9c6b5f4-x2x9z (workload app), container app: rules a\nline 1: dropped\n  a: dropped\nline 2: delivered\n" +
				`  {"time":"2026-11-22T10:00:00.000000000Z","log":"y","stream":"stderr","kubernetes":{"namespace_name":"shop","pod_name":"app-7d9c6b5f4-x2x9z","container_name":"app"}}` + "\n" +
				"  tenant b\n2 lines: 1 record delivered, 1 dropped\n"},
		{name: "templates", file: "rules:\n  - {name: a, match: {}, tenant: '{namespace}', index: 'logs-{workload}-{%Y.%m}'}\n",
			lines: `{"log":"y\n","stream":"stderr","time":"2026-11-22T10:00:00Z"}`, args: "test -namespace shop rules.yaml",
			out: "namespace shop, pod app-7d9c6b5f4-x2x9z (workload app), container app: rules a\nline 1: delivered\n  {\"log\":\"y\",\"stream\":\"stderr\"}\n  tenant shop index logs-app-2026.11\n1 line: 1 record delivered, 0 dropped\n"},
		{name: "a costly pattern", file: "rules:\n  - {name: a, match: {}, drop: {text: '(?i)debug'}}\n", args: "check rules.yaml",
			out: "rules.yaml:2: note: rule \"a\": text \"(?i)debug\" costs much: every text is searched with it. It is cheap with a literal that all matches have, capital letters as they are, or with ^ before it\nrules.yaml: 1 rule, no problem found\n"},
		{name: "an invalid file", file: "rules: 7", lines: "x", args: "test rules.yaml", code: failed, out: "rules.yaml:1: rules is \"7\"; allowed: a list, each with - before it\n", errs: "1 problem"},
		{name: "an unknown option", file: valid, args: "test -set merge_lgo=on rules.yaml", code: failed, errs: "there is no option merge_lgo; did you mean merge_log?"},
		{name: "an unknown stream", file: valid, args: "test -stream out rules.yaml", code: failed, errs: `wrong arguments: -stream is "out", neither stdout nor stderr`},
		{name: "no arguments", args: "", code: failed, errs: "wrong arguments: say check or test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := runRulesCommand(t, c.file, c.lines, strings.Fields(c.args)...)
			if code != c.code || out != c.out || errs != c.errs {
				t.Errorf("code %d\n%s\n%s\nwant %d\n%s\n%s", code, out, errs, c.code, c.out, c.errs)
			}
		})
	}
}

// check reads the rules file of an output.
func TestCheckReadsRules(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(file, []byte("rules:\n  - name: a\n    match: {}\n    tenant: b\n    drop: {text: '('}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "a.conf")
	if err := os.WriteFile(conf, []byte("[OUTPUT]\n    name k8slog\n    match *\n    workers 2\n    retry_limit no_limits\n    storage.total_limit_size 1G\n    backend stdout\n    dead_letter_path "+dir+"/dead\n    rules_file "+file+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if n := checkConf(conf, true, &out); n != 2 {
		t.Errorf("%d problems", n)
	}
	want := file + ":4: rule \"a\": tenant \"b\" is for another backend: stdout has no tenant for each source\n" +
		file + ":5: rule \"a\": text is no regular expression: missing closing ): `(`\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// Labels select rules, and annotations make some.
func TestRulesOfLabelsAndAnnotations(t *testing.T) {
	const file = "rules: [{name: web, match: {label: {app: web}}, drop: {text: probe}}]"
	code, out, errs := runRulesCommand(t, file, "probe\nhello\n", "test", "-label", "app=web", "-annotation", "k8slog.io/severity=warn", "rules.yaml")
	if code != done || errs != "" || !strings.Contains(out, "rules annotation/severity, web") || !strings.Contains(out, `"severity":"warn"`) || !strings.Contains(out, "1 record delivered, 1 dropped") {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if _, out, _ = runRulesCommand(t, file, "probe\n", "test", "-label", "app=other", "rules.yaml"); !strings.Contains(out, "rules none") {
		t.Error(out)
	}
	const byNamespace = "rules: [{name: red, match: {namespace_label: {team: red}, node_label: {zone: a}}, tenant: '{namespace_label:team}'}]"
	if _, out, _ = runRulesCommand(t, byNamespace, "x\n", "test", "-namespace_label", "team=red", "-node_label", "zone=a", "rules.yaml"); !strings.Contains(out, "rules red") || !strings.Contains(out, "tenant red") {
		t.Error(out)
	}
	if _, _, errs = runRulesCommand(t, file, "x\n", "test", "-annotation", "k8slog.io/parser=unknown", "rules.yaml"); !strings.Contains(errs, "annotation parser of pod") {
		t.Error(errs)
	}
}
