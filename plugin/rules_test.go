package plugin

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
)

// rulesFile writes a rules file, and returns its path.
func rulesFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A message of several lines, by an operator's rule, goes on across chunks, which come in any
// order.
func TestRuleJoinsAcrossChunks(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			r := receive(t, nil)
			in, _ := start(t, mergeOptions(joiningOptions(r, "10s"), "rules_file",
				rulesFile(t, "rules:\n  - {name: r, match: {namespace: shop}, multiline: {start: '^#\\d', end: '^end$'}}\n")))
			file := chunktest.File{Path: podPath}
			chunks := [][]byte{
				file.Append(nil, cri("out", "F", "alone"), cri("out", "F", "#1 a"), cri("out", "F", "b")),
				file.Append(nil, cri("out", "F", "c"), cri("err", "F", "#9 other"), cri("err", "F", "end"), cri("out", "F", "d")),
				file.Append(nil, cri("out", "P", "e"), cri("out", "F", "e"), cri("out", "F", "#2 f"), cri("out", "F", "g"), cri("out", "F", "end")),
			}
			var ordered [][]byte
			for _, i := range order {
				ordered = append(ordered, chunks[i])
			}
			flushAll(t, in, ordered...)
			got := r.got()
			slices.Sort(got)
			if want := []string{"#1 a\nb\nc\nd\nee", "#2 f\ng\nend", "#9 other\nend", "alone"}; !slices.Equal(got, want) {
				t.Errorf("got %q", got)
			}
			if got := r.gotPartial(); len(got) > 0 {
				t.Errorf("flagged partial: %q", got)
			}
		})
	}
}

// The ways in which lines can belong together, in one chunk.
func TestRuleJoins(t *testing.T) {
	for _, c := range []struct {
		name, multiline string
		lines, want     []string
	}{
		{"start", `start: '^\['`, []string{"a", "[b", "c", "", "[d"}, []string{"a", "[b\nc\n", "[d"}},
		{"start, not", `start: {not: '^\s'}`, []string{"a", " b", "c"}, []string{"a\n b", "c"}},
		{"continue", `continue: '^\s'`, []string{"a", " b", "c", "d", "\te"}, []string{"a\n b", "c", "d\n\te"}},
		{"start and continue", `start: '^E', continue: '^\s'`, []string{"a", " b", "E", " c", "d", " e"}, []string{"a", " b", "E\n c", "d", " e"}},
		{"unfinished", `unfinished: '\\$'`, []string{`a\`, `b\`, "c", "d"}, []string{"a\\\nb\\\nc", "d"}},
		{"end", `end: ';$'`, []string{"SELECT", "1;", "x;", "y", "z"}, []string{"SELECT\n1;", "x;", "y\nz"}},
		{"start and end", `start: '^BEGIN', end: '^END'`, []string{"a", "BEGIN", "b", "END", "c"}, []string{"a", "BEGIN\nb\nEND", "c"}},
		{"max_lines", `start: '^#', max_lines: 3`, []string{"#", "a", "b", "c", "d", "#"}, []string{"#\na\nb", "c\nd", "#"}},
		{"colours", `start: '^#'`, []string{"\x1b[1m#\x1b[0m", "a", "#"}, []string{"\x1b[1m#\x1b[0m\na", "#"}},
		{"not a language", `start: '^#'`, []string{"java.lang.RuntimeException: x", "\tat a.b(C.java:1)"}, []string{"java.lang.RuntimeException: x", "\tat a.b(C.java:1)"}},
	} {
		for _, docker := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, docker %v", c.name, docker), func(t *testing.T) {
				r := receive(t, nil)
				in, _ := start(t, mergeOptions(mergeOptions(joiningOptions(r, "0s"), "multiline", "all"), "rules_file",
					rulesFile(t, "rules:\n  - {name: r, match: {namespace: shop}, multiline: {"+c.multiline+"}}\n")))
				var lines []string
				for _, text := range c.lines {
					line := cri("out", "F", text)
					if docker {
						line = fmt.Sprintf(`{"log":%s,"stream":"stdout","time":"2026-11-22T10:00:00Z"}`, mustJSON(text+"\n"))
					}
					lines = append(lines, line)
				}
				in.Flush(workerThread, "containers", (&chunktest.File{Path: podPath}).Append(nil, lines...))
				if !slices.Equal(r.got(), c.want) {
					t.Errorf("got %q\nwant %q", r.got(), c.want)
				}
			})
		}
	}
}

// A component's file has rules as well.
func TestRuleJoinsComponents(t *testing.T) {
	lines := encodeLines(t, map[string]string{"rules_file": rulesFile(t, "rules:\n  - {name: r, match: {component: kubelet}, multiline: {start: '^#'}}\n")},
		"component.kubelet", lineChunk("#1", "a", "#2"))
	if len(lines) != 2 || !strings.Contains(lines[0], `"log":"#1\na"`) {
		t.Errorf("got %q", lines)
	}
}

// What a log says never changes who wrote it, where it goes, or its own fields, whatever rules
// read it.
func TestRulesDoNotSetIdentity(t *testing.T) {
	options := map[string]string{"path_key": "path", "offset_key": "offset", "rules_file": rulesFile(t, `
rules:
  - {name: a, match: {}, fields: {json: true}}
  - {name: b, match: {}, fields: {pattern: '(?P<user_name>\w+)$'}, text: [log, kubernetes.namespace_name, message]}
  - {name: c, match: {namespace: kube-system}, set: {forged: true}}
  - {name: d, match: {}, severity: {key: severity}}
`)}
	random := rand.New(rand.NewPCG(1, 2))
	keys := []string{"kubernetes", "kubernetes.namespace_name", "Kubernetes", "namespace", "node", "cluster", "component", "stream", "log", "time", "severity", "tenant", "path", "index", "message", "field_node"}
	values := []string{`"kube-system"`, `{"namespace_name":"kube-system","pod_name":"x"}`, `"evil"`, `["x"]`, `7`, `null`}
	for range 300 {
		var members []string
		for range 1 + random.IntN(4) {
			members = append(members, fmt.Sprintf("%q:%s", keys[random.IntN(len(keys))], values[random.IntN(len(values))]))
		}
		text := "{" + strings.Join(members, ",") + "}"
		line := encodeLines(t, options, "containers", (&chunktest.File{Path: podPath}).Append(nil, cri("out", "F", text)))[0]
		var got struct {
			Kubernetes map[string]any
			Stream     any
			Node       any
			Cluster    any
			Component  any
			Forged     any
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if got.Kubernetes["namespace_name"] != "shop" || got.Kubernetes["pod_name"] != "web-1" || got.Stream != "stdout" ||
			got.Node != nil || got.Cluster != nil || got.Component != nil || got.Forged != nil {
			t.Fatalf("%s became\n%s", text, line)
		}
		if seen := keysOfObject(t, line); len(slices.Compact(slices.Sorted(slices.Values(seen)))) != len(seen) {
			t.Fatalf("%s has a key twice:\n%s", text, line)
		}
	}
}

// keysOfObject returns the keys of an object, as often as they are there.
func keysOfObject(t *testing.T, line string) (keys []string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(line))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// What rules drop is settled and counted, once, also when the chunk comes again.
func TestRulesAreCounted(t *testing.T) {
	var up atomic.Bool
	r := receive(t, func(int, []string) int {
		if !up.Load() {
			return 503
		}
		return 204
	})
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "flush_deadline": "300ms", "request_timeout": "200ms",
		"rules_file": rulesFile(t, `
rules:
  - {name: noise, match: {namespace: default}, drop: {text: noise}}
  - {name: cards, match: {}, redact: {pattern: '\d{16}', with: '*'}}
  - {name: fields, match: {}, fields: {pattern: '^user=(?P<account>\w+)'}}
`)})
	chunk := dockerChunk("noise", "card "+secret, "user=ann", "noise noise")
	if status := in.Flush(workerThread, podTag, chunk); status != Retry {
		t.Fatalf("status %d", status)
	}
	want := ledger.Balance{Received: 4, Dropped: 2, Pending: 2}
	if in.Balance() != want {
		t.Errorf("%v", in.Balance())
	}
	counts := func() map[string]int64 {
		all := map[string]int64{}
		in.rules.Counts(func(rule, action string, n int64) { all[rule+" "+action] = n })
		return all
	}
	if got := counts(); got["noise dropped"] != 2 || got["cards redacted"] != 1 || got["fields unparsed"] != 1 {
		t.Errorf("%v", got)
	}
	up.Store(true)
	for in.Flush(workerThread, podTag, chunk) != OK {
	}
	if want = (ledger.Balance{Received: 4, Dropped: 2, Delivered: 2}); in.Balance() != want {
		t.Errorf("%v", in.Balance())
	}
	if got := counts(); got["noise dropped"] != 2 || got["cards redacted"] != 1 || got["fields unparsed"] != 1 {
		t.Errorf("after the chunk came again: %v", got)
	}
}

// Rules route by source: to a tenant, and to an index.
func TestRulesRoute(t *testing.T) {
	text := `
rules:
  - {name: all, match: {namespace: '*'}, %[1]s: '%[2]s{namespace}'}
  - {name: shop, match: {namespace: shop}, %[1]s: %[2]sown}
`
	for _, c := range []struct{ backend, key, prefix, other, shop string }{
		{"loki", "tenant", "team-", "team-other", "team-own"},
		{"otlp", "tenant", "team-", "team-other", "team-own"},
		{"elasticsearch", "tenant", "team-", "team-other", "team-own"},
		{"splunk", "index", "k8s-", "\nk8s-other", "\nk8s-own"},
		{"azure", "index", "Custom-", "Custom-other", "Custom-own"},
		{"cloudwatch", "index", "k8s-", "k8s-other\nno_node", "k8s-own\nno_node"},
	} {
		in, _ := start(t, map[string]string{"backend": c.backend, "endpoint": "http://localhost", "aws_region": "r", "authorization_file": rulesFile(t, "token"),
			"azure_dcr_id": "dcr-00000000000000000000000000000000", "rules_file": rulesFile(t, fmt.Sprintf(text, c.key, c.prefix))})
		complete := func(namespace string) string {
			s := &filters.Source{Kind: filters.Container, Namespace: namespace, Pod: "a", Container: "b"}
			in.rules.Resolve(s)
			return in.own.backend.Partition(s)
		}
		if other, shop := complete("other"), complete("shop"); other != c.other || shop != c.shop {
			t.Errorf("%s: got %q and %q", c.backend, other, shop)
		}
	}
}

// A rule asks for nothing that the backend does not have.
func TestRulesThatTheBackendCannotDo(t *testing.T) {
	for _, c := range []struct{ backend, rule, want string }{
		{"stdout", "tenant: a", `rule "r": tenant "a" is for another backend: stdout has no tenant for each source`},
		{"victorialogs", "tenant: a", `rule "r": tenant "a" is for another backend: victorialogs has no tenant for each source`},
		{"loki", "index: a", `rule "r": index "a" is for another backend: loki has no index for each source`},
		{"elasticsearch", "index: _A", `rule "r": index "_A" makes names that no index can have; allowed: `},
		{"loki", "tenant: '{pdo}'", `rule "r": tenant "{pdo}" has the unknown field "pdo"; allowed: `},
		{"stdout", "fields: {pattern: '(?P<log_processed>x)'}", `rule "r": the group log_processed is a name that the plugin writes itself; allowed: another name, as in app_log_processed`},
		{"stdout", "set: {Kubernetes.x: a}", `rule "r": the field Kubernetes.x is a name that the plugin writes itself; allowed: `},
	} {
		file := rulesFile(t, "rules:\n  - name: r\n    match: {namespace: shop}\n    "+c.rule+"\n")
		_, err := New(&testHost{options: map[string]string{"backend": c.backend, "endpoint": "http://localhost", "rules_file": file,
			"dead_letter_path": filepath.Join(t.TempDir(), "dead")}}, engineThread)
		if want := "option rules_file: " + file + ":4: " + c.want; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s, %s:\ngot  %v\nwant %s", c.backend, c.rule, err, want)
		}
	}
}

// No field of a preset has a name that the plugin writes itself, for any backend.
func TestPresetFieldsAreFree(t *testing.T) {
	for _, preset := range rules.PresetNames() {
		for _, field := range rules.PresetFields(preset) {
			if problem := Backends.Schema().Reserved(field, "log_processed"); problem != "" {
				t.Errorf("%s: %s %s", preset, field, problem)
			}
		}
	}
}
