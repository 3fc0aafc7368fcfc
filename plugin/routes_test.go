package plugin

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
)

// routed are the options of an output with the destinations default, a, b, … with a server
// each, and with routes.
func routed(t testing.TB, routes string, own *receiver, others ...*receiver) map[string]string {
	var file strings.Builder
	file.WriteString("destinations:\n")
	for i, r := range others {
		fmt.Fprintf(&file, "  %c: {backend: http, endpoint: '%s'}\n", 'a'+i, r.URL)
	}
	file.WriteString("routes:\n" + routes)
	return map[string]string{
		"backend": "http", "endpoint": own.URL, "path_key": "path", "rules_file": rulesFile(t, file.String()),
		"dead_letter_path": filepath.Join(t.TempDir(), "dead"),
	}
}

// sayAll is a chunk with lines of a namespace.
func sayAll(namespace string, lines ...string) (c []byte) {
	for _, line := range lines {
		c = says(c, namespace, "F", line)
	}
	return c
}

func (r *receiver) has(t *testing.T, name string, want ...string) {
	t.Helper()
	got := r.got()
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s has %q, want %q", name, got, want)
	}
}

// figures returns the numbers of copies of all destinations: delivered, dead-lettered, parked.
func (in *Instance) figures() (all [][3]int64) {
	for _, d := range in.destinationFigures() {
		delivered, dead, parked := d.Figures.Figures()
		all = append(all, [3]int64{delivered, dead, parked})
	}
	return all
}

// The records of a source go where the routes of the source say, and those without a route to
// the output's own backend.
func TestRoutesBySource(t *testing.T) {
	own, a, b := receive(t, nil), receive(t, nil), receive(t, nil)
	defer http.DefaultClient.CloseIdleConnections()
	in, _ := start(t, mergeOptions(routed(t, `
  - {match: {namespace: 'shop-*'}, to: a}
  - {match: {namespace: [pay, shop-both]}, to: [b]}
`, own, a, b), "status_listen", "127.0.0.1:0"))
	var c []byte
	for i, namespace := range []string{"shop-1", "pay", "other", "shop-both", "shop-1"} {
		c = append(c, sayAll(namespace, fmt.Sprint(namespace, i))...)
	}
	if status := in.Flush(workerThread, "t", c); status != OK {
		t.Fatalf("status %d", status)
	}
	own.has(t, "default", "other2")
	a.has(t, "a", "shop-10", "shop-14", "shop-both3")
	b.has(t, "b", "pay1", "shop-both3")
	if got := in.Balance(); got != (ledger.Balance{Received: 5, Delivered: 5}) {
		t.Error(got)
	}
	if got := in.figures(); !slices.Equal(got, [][3]int64{{1}, {3}, {2}}) {
		t.Error(got)
	}
	samples := scrape(t, in)
	for namespace, want := range map[string]float64{"shop-1": 2, "shop-both": 1, "pay": 1, "other": 1} {
		if got := samples[`k8slog_namespace_records_total{fate="delivered",namespace="`+namespace+`"}`]; got != want {
			t.Errorf("%v records of namespace %s, want %v", got, namespace, want)
		}
	}
}

const errorsToA = `
  - {match: {}, to: default}
  - {match: {}, when: {severity: error or above}, to: a}
`

// A route by severity is for the records of that severity alone, which every other route has
// as well.
func TestRoutesBySeverity(t *testing.T) {
	own, a := receive(t, nil), receive(t, nil)
	in, _ := start(t, routed(t, errorsToA, own, a))
	lines := []string{`{"level":"info","msg":"1"}`, `{"level":"error","msg":"2"}`, "plain", `{"level":"fatal","msg":"3"}`}
	if status := in.Flush(workerThread, "t", sayAll("shop", lines...)); status != OK {
		t.Fatalf("status %d", status)
	}
	own.has(t, "default", lines...)
	a.has(t, "a", lines[1], lines[3])
	if got := in.Balance(); got != (ledger.Balance{Received: 4, Delivered: 4}) {
		t.Error(got)
	}
}

const all = "\n  - {match: {}, to: [default, a]}\n"

// A destination that refuses a record for good has it in the dead-letter file, and the others
// have the record. It counts once.
func TestDestinationRefuses(t *testing.T) {
	own := receive(t, nil)
	a := receive(t, func(_ int, texts []string) int {
		if slices.Contains(texts, "bad") {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	in, host := start(t, routed(t, all, own, a))
	if status := in.Flush(workerThread, "t", sayAll("shop", "1", "bad", "2")); status != OK {
		t.Fatalf("status %d", status)
	}
	own.has(t, "default", "1", "bad", "2")
	a.has(t, "a", "1", "2")
	if got := in.Balance(); got != (ledger.Balance{Received: 3, Delivered: 2, DeadLettered: 1}) {
		t.Error(got)
	}
	if got := letters(t, host); len(got) != 1 || got[0].Destination != "a" || got[0].Record.Log != "bad" {
		t.Errorf("%+v", got)
	}
	if got := in.figures(); !slices.Equal(got, [][3]int64{{3}, {2, 1}}) {
		t.Error(got)
	}
}

// A message of several lines that one destination does not take as it is goes to that one line
// by line, and to the other as it is.
func TestDestinationRefusesMessage(t *testing.T) {
	own := receive(t, nil)
	a := receive(t, func(_ int, texts []string) int {
		if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "\n") || s == "c" }) {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	options := routed(t, all+"rules:\n  - {name: r, match: {}, multiline: {start: '^#'}}\n", own, a)
	in, host := start(t, mergeOptions(options, "offset_key", "offset"))
	file := chunktest.File{Path: podPath}
	c := file.Append(nil, cri("out", "F", "#1"), cri("out", "F", "b"), cri("out", "F", "c"), cri("out", "F", "#2"))
	if status := in.Flush(workerThread, "t", c); status != OK {
		t.Fatalf("status %d", status)
	}
	own.has(t, "default", "#1\nb\nc", "#2")
	a.has(t, "a", "#1", "b", "#2")
	if got := in.Balance(); got != (ledger.Balance{Received: 4, Delivered: 3, DeadLettered: 1}) {
		t.Error(got)
	}
	if got := letters(t, host); len(got) != 1 || got[0].Destination != "a" || got[0].Record.Log != "c" {
		t.Errorf("%+v", got)
	}
}
