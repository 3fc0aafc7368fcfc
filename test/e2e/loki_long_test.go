package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/sample"
)

// Lines that are longer than Loki takes arrive in parts, in their order, though
// all parts may be the same.
func TestLokiLongLines(t *testing.T) {
	base := startLoki(t)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	node, err := sample.Lay(filepath.Join(dir, "node"), 1)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Truncate(time.Second)
	texts := map[string]string{"same": strings.Repeat("x", 1<<20), "bytes": strings.Repeat("a\xff", 300_000), "short": "short"}
	for pod, text := range texts {
		write(t, filepath.Join(node.Root, "var/log/containers", pod+"_long_web-"+id64+".log"), at.Format(time.RFC3339Nano)+" stdout F "+text+"\n")
	}
	s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=loki", "K8SLOG_ENDPOINT="+base)
	find := func(pod string) []entry {
		return query(t, base, `{namespace="long",pod="`+pod+`"}`, at.Add(-time.Minute), at.Add(time.Minute))
	}
	size := func(entries []entry) (n int) {
		for _, e := range entries {
			n += len(e.line)
		}
		return n
	}
	for pod, text := range texts {
		want := strings.ToValidUTF8(strings.ReplaceAll(text, "\xff", "\ufffd"), "")
		s.eventually("all of "+pod, func() bool { return size(find(pod)) >= len(want) })
		entries := find(pod)
		var got []string
		for _, e := range entries {
			got = append(got, e.line)
			if (e.labels["partial"] == "true") != (pod != "short") {
				t.Errorf("%s: %d bytes, labels %v", pod, len(e.line), e.labels)
			}
		}
		if strings.Join(got, "") != want || slices.Max(lengths(got)) > 256<<10 {
			t.Errorf("%s: %d bytes in %d parts, want %d, or others", pod, size(entries), len(got), len(want))
		}
	}
	s.stop()
}

func lengths(texts []string) (n []int) {
	for _, text := range texts {
		n = append(n, len(text))
	}
	return n
}
