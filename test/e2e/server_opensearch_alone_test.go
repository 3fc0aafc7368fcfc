package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// openSearchAlone are ways in which a real server refuses the documents of the index
// bad for now, and takes those of the index good. Each returns what takes them again.
var openSearchAlone = map[string]func(o *openSearch, good, bad string) (heal func()){
	"read-only because the disk is full": func(o *openSearch, _, bad string) func() { return o.block(bad, "read_only_allow_delete") },
	"write-blocked":                      func(o *openSearch, _, bad string) func() { return o.block(bad, "write") },
	"too many shards": func(o *openSearch, good, _ string) func() {
		o.put("/"+good, "{}")
		limit := func(n string) { o.put("/_cluster/settings", `{"transient":{"cluster.max_shards_per_node":`+n+`}}`) }
		limit(fmt.Sprint(o.shards()))
		return func() { limit("null") }
	},
}

// block makes an index with a block.
func (o *openSearch) block(index, block string) (heal func()) {
	o.t.Helper()
	o.put("/"+index, "{}")
	set := func(value string) { o.put("/"+index+"/_settings", `{"index.blocks.`+block+`":`+value+`}`) }
	set("true")
	return func() { set("null") }
}

// What a real server refuses for now of one index waits alone: all other documents
// are stored meanwhile, by the next process as well, and so is the rest in the end.
func TestServerOpenSearchWaitsAlone(t *testing.T) {
	t.Parallel()
	o := startOpenSearch(t)
	n := 0
	for name, refuse := range openSearchAlone {
		t.Run(name, func(t *testing.T) {
			for _, a := range agents(t) {
				o := &openSearch{t: t, base: o.base}
				n++
				index := func(pod string) string { return fmt.Sprintf("alone%d-%s", n, pod) }
				heal := refuse(o, index("good"), index("bad"))
				t.Cleanup(heal) // the others share the server
				waitsAlone(t, a, &refusing{
					url: o.base, heal: heal,
					conf:  "    backend elasticsearch\n    index " + index("{namespace}") + "\n",
					lines: func(pod string) []string { return o.texts(index(pod), "log") },
				})
			}
		})
	}
}

// Documents that do not fit the mapping of their index are dead-lettered, with the
// server's reason, and no others.
func TestServerOpenSearchMappingConflict(t *testing.T) {
	t.Parallel()
	o := startOpenSearch(t)
	o.put("/logs-numbers-default", `{"mappings":{"properties":{"log":{"type":"integer"}}}}`)
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "containers")
	var want, bad []string
	var lines strings.Builder
	for i := range 200 {
		text := fmt.Sprint(i)
		if i%10 == 7 {
			text += " is no number"
			bad = append(bad, text)
		} else {
			want = append(want, text)
		}
		fmt.Fprintf(&lines, "2026-02-03T04:05:06.%09dZ stdout F %s\n", i, text)
	}
	write(t, filepath.Join(dir, "web_numbers_web-"+id64+".log"), lines.String())
	s := run(t, a, containerConf(dir, "    workers 2\n    backend elasticsearch\n    index logs-{namespace}-default\n    endpoint "+o.base+"\n"))
	dead := filepath.Join(filepath.Dir(dir), "dead")
	s.eventually("all records", func() bool { return o.count("logs-numbers-default", "*") >= len(want) && countLines(dead) >= len(bad) })
	s.stop()
	var buried []string
	for line := range strings.Lines(readFile(t, dead)) {
		var letter struct {
			Reason, Answer string
			Record         record
		}
		if err := json.Unmarshal([]byte(line), &letter); err != nil || letter.Reason != "rejected" || !strings.Contains(letter.Answer, "mapper_parsing_exception") {
			t.Fatalf("%s: %v", line, err)
		}
		buried = append(buried, *letter.Record.Log)
	}
	got := o.texts("logs-numbers-default", "log")
	for _, list := range [][]string{got, want, buried, bad} {
		slices.Sort(list)
	}
	if !slices.Equal(got, want) || !slices.Equal(buried, bad) {
		t.Errorf("%d documents, want %d; %d letters, want %d", len(got), len(want), len(buried), len(bad))
	}
}
