package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Values with variables, as Fluent Bit 5.1.1 replaced them when it ran.
func TestExpand(t *testing.T) {
	t.Setenv("K8SLOG_A", "one")
	t.Setenv("K8SLOG_EMPTY", "")
	host, _ := os.Hostname()
	t.Setenv("HOSTNAME", "")
	e := &environment{set: map[string]string{"B": "two"}}
	for value, want := range map[string]string{
		"":                               "",
		"plain":                          "plain",
		"{namespace}":                    "{namespace}",
		"${K8SLOG_A}":                    "one",
		"x${K8SLOG_A}y${B}z":             "xoneytwoz",
		"${HOSTNAME}":                    host,
		"${K8SLOG_NONE}":                 "",
		"${K8SLOG_NONE}x":                "x",
		"${K8SLOG_NONE:-other}":          "other",
		"${K8SLOG_EMPTY:-other}":         "other",
		"${K8SLOG_A:-other}":             "one",
		"${K8SLOG_A:other}":              "",
		"x{ns}-${K8SLOG_A}":              "x{ns}-${K8SLOG_A}",
		"${K8SLOG_A}-{ns}-${B}.z":        "one-${B}.z",
		"${K8SLOG_A}-{ns}":               "one-{ns}",
		"${":                             "${",
		"${}":                            "${}",
		"${K8SLOG_A":                     "${K8SLOG_A",
		"${K8SLOG_A}x${B":                "one",
		"${${K8SLOG_A}}":                 "}",
		strings.Repeat("${K8SLOG_A}", 3): "oneoneone",
	} {
		if got := e.expand(value); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}

// files writes files into a folder, and returns the path of the first.
func files(t *testing.T, all ...string) (first string) {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(all); i += 2 {
		path := filepath.Join(dir, all[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(all[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = path
		}
	}
	return first
}

// Variables and includes, in both formats.
func TestCheckIncludes(t *testing.T) {
	dir := t.TempDir()
	conf := newTestConf(dir)
	conf.edit("out.backend=${K8SLOG_TEST_KIND}", "out.endpoint=${K8SLOG_TEST_URL}")
	classic, yaml := conf.classic(), conf.yaml()
	before, output, _ := strings.Cut(classic, "# out\n")
	beforeYAML, outputYAML, _ := strings.Cut(yaml, "  outputs:\n")
	outputYAML = "pipeline:\n  outputs:\n" + outputYAML
	for name, path := range map[string]string{
		"@SET":       files(t, "a.conf", "@SET K8SLOG_TEST_KIND=loki\n@SET K8SLOG_TEST_URL=http://loki\n"+classic),
		"env":        files(t, "a.yaml", "env:\n  K8SLOG_TEST_KIND: loki\n  K8SLOG_TEST_URL: http://loki\n"+yaml),
		"env list":   files(t, "a.yml", "env:\n  - name: K8SLOG_TEST_KIND\n    value: loki\n  - name: K8SLOG_TEST_URL\n    uri: file://"+files(t, "url", "http://loki\n")+"\n"+yaml),
		"include":    files(t, "a.conf", before+"@INCLUDE sub/b.conf\n", "sub/b.conf", "@SET K8SLOG_TEST_KIND=loki\n@INCLUDE sub/c.conf\n", "sub/c.conf", "@SET K8SLOG_TEST_URL=http://loki\n"+output),
		"glob":       files(t, "a.conf", "@include sub/*.conf\n"+before, "sub/b.conf", "@SET K8SLOG_TEST_KIND=loki\n@SET K8SLOG_TEST_URL=http://loki\n"+output),
		"YAML":       files(t, "a.yaml", "includes:\n  - sub/b.yaml\n"+beforeYAML, "sub/b.yaml", "includes: [c.yaml]\nenv: {K8SLOG_TEST_KIND: loki, K8SLOG_TEST_URL: 'http://loki'}\n", "sub/c.yaml", outputYAML),
		"YAML, glob": files(t, "a.yaml", "includes:\n  - s*/*.yaml\n"+beforeYAML, "sub/c.yaml", "env: {K8SLOG_TEST_KIND: loki, K8SLOG_TEST_URL: 'http://loki'}\n"+outputYAML),
		// Keys behind an include belong to the section before it.
		"key behind": files(t, "a.conf", "@SET K8SLOG_TEST_KIND=loki\n@SET K8SLOG_TEST_URL=http://loki\n"+strings.Replace(classic, "    workers 2\n", "@INCLUDE b.conf\n    workers 2\n", 1), "b.conf", "@SET X=y\n"),
	} {
		if code, out, errs := command("check", path); code != done || !strings.Contains(out, "no problem found") {
			t.Errorf("%s: code %d, %s%s", name, code, out, errs)
		}
	}
	// A problem in an included file has the name of that file.
	path := files(t, "a.conf", before+"@INCLUDE b.conf\n", "b.conf", "\n"+output)
	want := filepath.Join(filepath.Dir(path), "b.conf") + ":8: option backend: must be set"
	if code, out, errs := command("check", path); code != failed || !strings.Contains(out, want) || !strings.Contains(out, "${K8SLOG_TEST_KIND} is not set here") {
		t.Errorf("code %d, %s%s, want %s", code, out, errs, want)
	}
	// Fluent Bit leaves a variable behind a brace as it is.
	conf = newTestConf(dir)
	conf.edit("out.tenant=x-{namespace}-${HOSTNAME}")
	checkBoth(t, conf, nil, [2]string{"out.tenant", "Fluent Bit puts in no variable behind a }"}, [2]string{"out.tenant", "option tenant"})
}

// What is no configuration ends in one line.
func TestCheckHostile(t *testing.T) {
	deep := strings.Repeat("a: {", 20_000)
	fifo := filepath.Join(t.TempDir(), "fifo.conf")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	good := newTestConf(t.TempDir())
	for _, c := range []struct{ path, want string }{
		{"/does/not/exist.conf", "cannot read /does/not/exist.conf: no such file or directory"},
		{t.TempDir(), "it is not a regular file"},
		{fifo, "it is not a regular file"},
		{"/dev/zero", "it is not a regular file"},
		{files(t, "a.conf", ""), "has no output with the name k8slog"},
		{files(t, "a.yaml", ""), "has no output with the name k8slog"},
		{files(t, "a.conf", "\x7fELF\x00\x01"), "it is binary, and no configuration"},
		{files(t, "a.yaml", "\x7fELF\x00\x01"), "it is binary, and no configuration"},
		{files(t, "a.conf", strings.Repeat("[OUTPUT]\n", 500_000)), "it is larger than 1 MiB"},
		{files(t, "a.conf", strings.Repeat("[OUTPUT]\n", 2000)), "has more than 1000 sections"},
		{files(t, "a.conf", "[OUTPUT]\n    name loki\n"), "has no output with the name k8slog"},
		{files(t, "a.conf", "[OUTPUT\n    name loki\n"), "a.conf:1: the name of the section has no ]"},
		{files(t, "a.conf", good.classic()+"@INCLUDE a.conf\n"), "is read already, and Fluent Bit reads no file twice"},
		{files(t, "a.conf", "@INCLUDE b.conf\n", "b.conf", "\n@INCLUDE a.conf\n"), "b.conf:2: cannot include a.conf: "},
		{files(t, "a.yaml", "includes: [b.yaml]\n", "b.yaml", "\nincludes: [a.yaml]\n"), "b.yaml:2: cannot include a.yaml: "},
		{files(t, "a.conf", "@INCLUDE *.conf\n"), "is read already"},
		{files(t, "a.conf", "\n@INCLUDE b.conf\n"), "a.conf:2: cannot include b.conf: cannot read"},
		{files(t, "a.yaml", "includes: [b*.yaml]\n"), "a.yaml:1: cannot include b*.yaml: no file fits"},
		{files(t, "a.conf", "@INCLUDE ${HOME}/b.conf\n"), "Fluent Bit puts no variables into the names of includes"},
		{files(t, "a.yaml", "env: {X: 'file:///does/not/exist'}\n"), "a.yaml:1: cannot read /does/not/exist"},
		{files(t, "a.conf", "\n@SET X=file:///does/not/exist\n"), "a.conf:2: cannot read /does/not/exist"},
		{files(t, "a.yaml", "pipeline: ["), "a.yaml:1: is no valid YAML"},
		{files(t, "a.yaml", "a: b\n  c: d\n"), "a.yaml:2: is no valid YAML"},
		{files(t, "a.yaml", "- a\n"), "a.yaml:1: is no configuration: there is no mapping at the top"},
		{files(t, "a.yaml", deep), "is no valid YAML"},
		{files(t, "a.yaml", "a: &a [x, x]\nb: &b [*a, *a, *a]\npipeline: *b\n"), "has no output with the name k8slog"},
		{files(t, "a.yaml", "pipeline: &p\n  outputs: [*p]\n"), "has no output with the name k8slog"},
		{files(t, "a.yaml", "pipeline:\n  outputs: 3\n"), "has no output with the name k8slog"},
		{files(t, "a.yaml", "pipeline:\n  outputs:\n    - name: k8slog\n      <<: *x\n"), "is no valid YAML"},
	} {
		code, out, errs := command("check", c.path)
		if code != failed || strings.Count(out, "\n") != 1 || !strings.Contains(out, c.want) || errs != "k8slog check: 1 problem\n" {
			t.Errorf("%s: code %d, %q %q, want %s", c.path, code, out, errs, c.want)
		}
	}
}

// A pattern and a tag, of which each may have wildcards.
func TestIntersect(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"a", "a", true}, {"a", "b", false},
		{"a*", "abc", true}, {"*c", "abc", true}, {"a*c", "abc", true}, {"a*d", "abc", false},
		{"a**c", "ac", true}, {"*", "*", true}, {"a*", "*b", true}, {"a*x", "b*", false}, {"kube.*.log", "kube.*", true},
		{"kube.*", "host.*", false}, {strings.Repeat("*a", 2000), strings.Repeat("a*", 2000), true},
	} {
		if got := intersect(c.a, c.b); got != c.want || intersect(c.b, c.a) != c.want {
			t.Errorf("%s, %s: %v", c.a, c.b, got)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("a.conf", newTestConf("/tmp").classic())
	f.Add("a.yaml", newTestConf("/tmp").yaml())
	f.Add("a.conf", "@INCLUDE *\n[OUTPUT]\nname k8slog\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		if name != "a.yaml" {
			name = "a.conf"
		}
		if strings.Contains(strings.ToLower(text), "include") || strings.Contains(text, "file:") {
			t.Skip()
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, _ := command("check", "-no-files", path); code == misuse || out == "" {
			t.Error(fmt.Sprint(code, out))
		}
	})
}
