package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/sample"
)

const tenantsConf = `[SERVICE]
    flush          0.2
    grace          10
    scheduler.base 1
    scheduler.cap  2
[INPUT]
    name             tail
    path             %[1]s/*.log
    tag              kube.*
    read_from_head   on
    refresh_interval 1
    buffer_max_size  2M
[INPUT]
    name    dummy
    tag     application
    samples 1
    dummy   %[5]s
[OUTPUT]
    name             k8slog
    match            *
    workers          2
    retry_limit      no_limits
    tag_prefix       %[2]s.
    dead_letter_path %[3]s
    backend          loki
    endpoint         %[4]s
    tenant           {namespace|component|other}
    labels           job=test, namespace, workload, stream
    id_key           record_id
    text_bytes       512KiB
`

// Two namespaces are two tenants of a real Loki; entries that it refuses go to
// the dead-letter file, they alone; one with more fields than Loki takes is not
// refused.
func TestLokiTenants(t *testing.T) {
	base := runLoki(t, true)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "containers")
	dead := filepath.Join(t.TempDir(), "dead")
	begin := time.Now()
	want := map[string][]string{"other": {"many fields"}}
	var refused []string
	for _, namespace := range []string{"shop", "bank"} {
		var lines strings.Builder
		for i := range 40 {
			at, text := begin.Add(-time.Duration(40-i)*time.Second), fmt.Sprintf("%s %d", namespace, i)
			switch {
			case namespace == "shop" && i == 7:
				at = at.AddDate(-2, 0, 0)
				refused = append(refused, text)
			case namespace == "shop" && i == 21:
				text += strings.Repeat("x", 300<<10)
				refused = append(refused, text)
			case i == 30: // out of its order, within what Loki takes
				at = at.Add(-20 * time.Second)
				want[namespace] = append(want[namespace], text)
			default:
				want[namespace] = append(want[namespace], text)
			}
			fmt.Fprintf(&lines, "%s stdout F %s\n", at.UTC().Format(time.RFC3339Nano), text)
		}
		write(t, filepath.Join(dir, fmt.Sprintf("web-84bd9f6d5b-9f6kt_%s_web-%s.log", namespace, id64)), lines.String())
	}
	many := map[string]string{"log": "many fields"}
	for i := range 300 {
		many[fmt.Sprintf("field.%d", i)] = fmt.Sprint("value ", i)
	}
	fields, _ := json.Marshal(many)
	s := run(t, a, fmt.Sprintf(tenantsConf, dir, tagOf(dir), dead, base, fields))
	find := func(tenant string) (texts []string, last entry) {
		for _, e := range queryAs(t, base, tenant, `{job="test"}`, begin.Add(-time.Hour), time.Now().Add(time.Minute)) {
			texts, last = append(texts, e.line), e
		}
		slices.Sort(texts)
		return texts, last
	}
	for _, tenant := range []string{"shop", "bank", "other"} {
		slices.Sort(want[tenant])
		var got []string
		s.eventually("the entries of "+tenant, func() bool {
			got, _ = find(tenant)
			return len(got) >= len(want[tenant])
		})
	}
	s.eventually("dead letters", func() bool { return countLines(dead) >= len(refused) })
	s.stop()
	for tenant, texts := range want {
		got, last := find(tenant)
		if !slices.Equal(got, texts) {
			t.Errorf("%s has %d entries, want %d", tenant, len(got), len(texts))
		}
		if len(last.labels["record_id"]) != 32 || tenant != "other" && (last.labels["namespace"] != tenant || last.labels["workload"] != "web") {
			t.Errorf("%s: labels and metadata %v", tenant, last.labels)
		}
		if tenant == "other" && (last.labels["field_0"] == "" || !strings.Contains(last.labels["other_fields"], "value 2")) {
			t.Errorf("fields %v", last.labels)
		}
	}
	slices.Sort(refused)
	text, _ := os.ReadFile(dead)
	var buried []string
	for line := range strings.Lines(string(text)) {
		var letter struct{ Record struct{ Log string } }
		if err := json.Unmarshal([]byte(line), &letter); err != nil {
			t.Fatal(err)
		}
		buried = append(buried, letter.Record.Log)
	}
	if slices.Sort(buried); !slices.Equal(buried, refused) {
		t.Errorf("%d letters: %.60q", len(buried), buried)
	}
}

func TestLokiConf(t *testing.T) {
	base := runLoki(t, false)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	node, err := sample.Lay(filepath.Join(dir, "node"), 50)
	if err != nil {
		t.Fatal(err)
	}
	s := runWith(t, a, dir, "loki", "K8SLOG_ENDPOINT="+base)
	find := func(logQL string) []entry {
		return query(t, base, logQL, node.Begin.Add(-time.Minute), time.Now().Add(time.Minute))
	}
	s.eventually("all entries", func() bool { return len(find(`{cluster="test"}`)) >= node.Total })
	s.stop()
	if n := len(find(`{workload="blog"} | pod="blog-84bd9f6d5b-9f6kt"`)); n == 0 {
		t.Error("no workload")
	}
}
