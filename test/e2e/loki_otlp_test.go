package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// A real Loki takes the node's records by OTLP as well: each is there once, under
// the labels that Loki makes of a resource.
func TestLokiOTLP(t *testing.T) {
	base := startLoki(t)
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		name := strings.ReplaceAll(t.Name(), "/", "-") // one Loki serves both agents
		cluster := fmt.Sprintf("k8s_cluster_name=%q", name)
		s, node := runOTLP(t, a, dir, base+"/otlp", name, 50)
		find := func(logQL string) []entry {
			return query(t, base, logQL, node.Begin.Add(-time.Minute), time.Now().Add(time.Minute))
		}
		all := func() []entry { return find("{" + cluster + "}") }
		arrived := 0
		defer func() { t.Logf("%d of %d entries are in Loki", arrived, node.Total) }()
		s.eventually("all entries", func() bool { arrived = len(all()); return arrived >= node.Total })
		s.stop()

		got := map[string][]string{}
		ids := map[string]bool{}
		for _, e := range all() {
			l := e.labels
			who := l["service_name"]
			if l["k8s_pod_name"] != "" {
				who = l["k8s_namespace_name"] + " " + l["k8s_pod_name"] + " " + l["k8s_container_name"]
				if len(l["container_id"]) != 64 || l["log_iostream"] == "" {
					t.Fatalf("labels and metadata %v", l)
				}
			}
			if l["k8s_node_name"] != "node-1" || l["scope_name"] != "k8slog" || len(l["log_record_uid"]) != 32 || ids[l["log_record_uid"]] {
				t.Fatalf("labels and metadata %v", l)
			}
			ids[l["log_record_uid"]] = true
			got[who] = append(got[who], e.line)
		}
		sameTexts(t, got, node.Texts)

		// What Loki makes labels of is one, and the rest is metadata.
		blog := find(`{` + cluster + `,k8s_namespace_name="default",k8s_pod_name="blog-84bd9f6d5b-9f6kt",k8s_container_name="blog",service_name="blog"} | log_iostream="stderr" | k8s_node_name="node-1"`)
		if len(blog) != 16 {
			t.Errorf("%d entries on stderr, want 16", len(blog))
		}
		if n := len(find(`{` + cluster + `,service_name="kubelet"} | severity_text="error" | severity_number="17"`)); n != 5 {
			t.Errorf("%d errors of the kubelet, want 5", n)
		}
		if n := len(find(`{` + cluster + `,k8s_pod_name="traced"} | trace_id="` + traceID + `" | span_id="` + spanID + `" | log_processed_n="7"`)); n != 1 {
			t.Errorf("%d entries of the trace, want 1: %v", n, find(`{`+cluster+`,k8s_pod_name="traced"}`))
		}
		if n := len(find(`{` + cluster + `,k8s_pod_name="evil"}`)); n != 0 {
			t.Errorf("%d entries of a pod that is none", n)
		}
	})
}

// A record that a real Loki refuses goes to the dead-letter file; those that were
// with it are there once, though dividing has sent them again.
func TestLokiOTLPRefusesOne(t *testing.T) {
	base := startLoki(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(a)
	begin := time.Now().UTC().Add(-time.Minute)
	dir := filepath.Join(t.TempDir(), "containers")
	var text strings.Builder
	const total, bad = 100, 37
	for i := range total {
		line := fmt.Sprint("line ", i)
		if i == bad {
			line += strings.Repeat("x", 300<<10) // above Loki's 256 KiB
		}
		fmt.Fprintf(&text, "%s stdout F %s\n", begin.Add(time.Duration(i)*time.Millisecond).Format(time.RFC3339Nano), line)
	}
	write(t, filepath.Join(dir, "web-1_default_web-"+id64+".log"), text.String())
	s := run(t, a, strings.Replace(
		containerConf(dir, "    workers 2\n    backend otlp\n    cluster_name refusing\n    endpoint "+base+"/otlp\n"),
		"read_from_head on", "read_from_head on\n    buffer_max_size 4M", 1))
	dead := filepath.Join(filepath.Dir(dir), "dead")
	find := func() []entry {
		return query(t, base, `{k8s_cluster_name="refusing"}`, begin.Add(-time.Minute), time.Now().Add(time.Minute))
	}
	s.eventually("all entries and the letter", func() bool { return countLines(dead) >= 1 && len(find()) >= total-1 })
	s.stop()
	seen := map[string]bool{}
	for _, e := range find() {
		if seen[e.line] {
			t.Errorf("%q twice", e.line)
		}
		seen[e.line] = true
	}
	if len(seen) != total-1 || seen[fmt.Sprint("line ", bad)] || countLines(dead) != 1 {
		t.Errorf("%d lines in Loki, %d letters", len(seen), countLines(dead))
	}
	if !strings.Contains(s.log.String(), "received 100 = delivered 99 + dead-lettered 1") {
		t.Error("no balance in the log")
	}
}
