package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// plainTexts keeps VictoriaLogs from taking texts apart that are JSON, as Loki
// does not.
const plainTexts = "VL-Loki-Disable-Message-Parsing: 1"

// lokiBase is the endpoint of Loki's protocol.
func (v *victoriaLogs) lokiBase() string { return v.base + "/insert" }

// A real server reads Loki's protocol: every record of the sample node is
// there, once; what the option labels names is a field of its stream, and the
// rest is structured metadata.
func TestServerLoki(t *testing.T) {
	v := startVictoriaLogs(t)
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, format := range formats(a, "fluent-bit") {
			dir := t.TempDir()
			name := t.Name() + "/" + format // one server serves all agents
			node := layNode(t, dir, 50)
			s := runShipped(t, a, dir, format, "K8SLOG_BACKEND=loki", "K8SLOG_ENDPOINT="+v.lokiBase(),
				"K8SLOG_HEADERS="+plainTexts, "K8SLOG_CLUSTER="+name)
			all := fmt.Sprintf("{cluster=%q}", name)
			s.eventually("all entries", func() bool { return v.count(all) >= node.Total })
			s.stop()
			v.wants(node, all, container("namespace", "pod", "container", "component"))
			for _, row := range v.find(all) {
				if row["node"] != "node-1" || row["pod"] != "" && (len(row["container_id"]) != 64 || row["stream"] == "") {
					t.Fatalf("labels and metadata %v", row)
				}
			}
			within := func(labels, metadata string) int {
				return v.count(fmt.Sprintf("{cluster=%q,%s} %s", name, labels, metadata))
			}
			if n := within(`namespace="default",pod="blog-84bd9f6d5b-9f6kt",container="blog",stream="stderr"`, `node:="node-1"`); n != 16 {
				t.Errorf("%d entries on stderr, want 16", n)
			}
			if n := within(`node="node-1"`, ""); n != 0 {
				t.Errorf("node is a label of %d entries", n)
			}
			if n := within(`component="kubelet"`, "severity:=error"); n != 5 {
				t.Errorf("%d errors of the kubelet, want 5", n)
			}
		}
	})
}

// The configuration that is shipped for Loki.
func TestServerLokiConf(t *testing.T) {
	t.Parallel()
	v := startVictoriaLogs(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	node := layNode(t, dir, 50)
	s := runBackend(t, a, dir, "loki", strings.NewReplacer("    tenant ", "    headers "+plainTexts+"\n    tenant "), "K8SLOG_ENDPOINT="+v.lokiBase())
	s.eventually("all entries", func() bool { return v.count(`{cluster="test"}`) >= node.Total })
	s.stop()
	if n := v.count(`{workload="blog"} pod:="blog-84bd9f6d5b-9f6kt"`); n != 50 {
		t.Errorf("%d entries of the workload, want 50", n)
	}
}

// Lines that are longer than Loki takes arrive in parts, in their order, though
// all parts may be the same.
func TestServerLokiLongLines(t *testing.T) {
	t.Parallel()
	v := startVictoriaLogs(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	at := time.Now().Truncate(time.Second)
	texts := map[string]string{"same": strings.Repeat("x", 1<<20), "bytes": strings.Repeat("a\xff", 300_000), "short": "short"}
	for pod, text := range texts {
		write(t, filepath.Join(dir, "node/var/log/containers", pod+"_long_web-"+id64+".log"), at.Format(time.RFC3339Nano)+" stdout F "+text+"\n")
	}
	s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=loki", "K8SLOG_ENDPOINT="+v.lokiBase(), "K8SLOG_HEADERS="+plainTexts)
	find := func(pod string) (parts []string, flagged int) {
		for _, row := range v.find(`{namespace="long",pod="` + pod + `"}`) {
			parts = append(parts, row["_msg"])
			if row["partial"] == "true" {
				flagged++
			}
		}
		return parts, flagged
	}
	for pod, text := range texts {
		want := strings.ReplaceAll(text, "\xff", "\ufffd")
		s.eventually("all of "+pod, func() bool { parts, _ := find(pod); return len(strings.Join(parts, "")) >= len(want) })
		parts, flagged := find(pod)
		longest := 0
		for _, part := range parts {
			longest = max(longest, len(part))
		}
		if strings.Join(parts, "") != want || longest > 256<<10 {
			t.Errorf("%s: %d parts of up to %d bytes, or other texts", pod, len(parts), longest)
		}
		if pod == "short" && flagged != 0 || pod != "short" && (flagged != len(parts) || flagged < 3) {
			t.Errorf("%s: %d parts, %d flagged", pod, len(parts), flagged)
		}
	}
	s.stop()
}

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
    headers          VL-Loki-Disable-Message-Parsing: 1
    tenant_header    AccountID
    tenant           {namespace|9}
    labels           job=test, namespace, workload, stream
    id_key           record_id
`

// Namespaces are tenants, which travel in requests of their own. Tenants are
// numbers here, and so are the namespaces. A record with more fields than Loki
// takes keeps them all.
func TestServerLokiTenants(t *testing.T) {
	t.Parallel()
	v := startVictoriaLogs(t)
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit for the input dummy: ", err)
	}
	dir := filepath.Join(t.TempDir(), "containers")
	begin := time.Now()
	want := map[string][]string{"9": {"many fields"}}
	for _, namespace := range []string{"12", "7"} {
		var lines strings.Builder
		for i := range 40 {
			at, text := begin.Add(-time.Duration(40-i)*time.Second), fmt.Sprintf("%s %d", namespace, i)
			if i == 30 { // out of its order
				at = at.Add(-20 * time.Second)
			}
			want[namespace] = append(want[namespace], text)
			fmt.Fprintf(&lines, "%s stdout F %s\n", at.UTC().Format(time.RFC3339Nano), text)
		}
		write(t, filepath.Join(dir, fmt.Sprintf("web-84bd9f6d5b-9f6kt_%s_web-%s.log", namespace, id64)), lines.String())
	}
	many := map[string]string{"log": "many fields"}
	for i := range 300 {
		many[fmt.Sprintf("field.%d", i)] = fmt.Sprint("value ", i)
	}
	fields, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	s := run(t, a, fmt.Sprintf(tenantsConf, dir, tagOf(dir), filepath.Join(t.TempDir(), "dead"), v.lokiBase(), fields))
	for tenant, texts := range want {
		s.eventually("the entries of "+tenant, func() bool { return len(v.findAs(tenant, `{job="test"}`)) >= len(texts) })
	}
	s.stop()
	for tenant, texts := range want {
		var got []string
		for _, row := range v.findAs(tenant, `{job="test"}`) {
			got = append(got, row["_msg"])
			if len(row["record_id"]) != 32 || tenant != "9" && (row["namespace"] != tenant || row["workload"] != "web") {
				t.Errorf("%s: labels and metadata %v", tenant, row)
			}
			if tenant == "9" && (row["field_0"] == "" || !strings.Contains(row["other_fields"], "value 2")) {
				t.Errorf("fields %v", row)
			}
		}
		slices.Sort(texts)
		if slices.Sort(got); !slices.Equal(got, texts) {
			t.Errorf("%s has %d entries, want %d", tenant, len(got), len(texts))
		}
	}
}
