package command

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What docs/migration.md calls an option is one: a name with an underscore in the right column of
// a table, unless it is a setting of Fluent Bit or a key of a rule.
func TestMigrationNamesOptions(t *testing.T) {
	text, err := os.ReadFile("../docs/migration.md")
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "## From an earlier k8slog")
	other := map[string]bool{
		"retry_limit": true, "exclude_path": true, "max_retries": true, "overflow_action": true, "kubernetes_namespace": true, "owner_kind": true, "owner_name": true,
		"pod_name": true, "namespace_name": true, "node_name": true,
	}
	name := regexp.MustCompile("`([a-z]+(?:_[a-z0-9]+)+)[` =]")
	found := 0
	for line := range strings.Lines(before) {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), "|")
		if len(cells) != 4 {
			continue
		}
		for _, m := range name.FindAllStringSubmatch(cells[2], -1) {
			if _, ok := schema()[m[1]]; ok {
				found++
			} else if !other[m[1]] {
				t.Errorf("there is no option %s: %s", m[1], line)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d options were found", found)
	}
}

// The labels that take the place of Promtail's are valid.
func TestMigrationFromPromtail(t *testing.T) {
	text, err := os.ReadFile("../docs/migration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "```\nlabels ")
	labels, _, _ := strings.Cut(after, "\n")
	conf := strings.Replace(good, "backend stdout", "storage.total_limit_size 8G\n    backend loki\n    endpoint http://127.0.0.1:3100\n    node_name n1\n    metadata api\n    metadata_url https://127.0.0.1:6443\n    labels "+labels, 1)
	if code, out, errs := command("check", "-no-files", write(t, "a.conf", conf)); !ok || code != done {
		t.Errorf("%s%s", out, errs)
	}
}
