package faults

import (
	"cmp"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

var seed = flag.Int64("seed", 0, "repeats the random schedules of a run that printed this seed")

// rig is an agent with the shipped configuration on a node that writes, and a
// backend that fails.
type rig struct {
	t       *testing.T
	a       agent.Agent
	p       *Protocol
	dir     string
	metrics string
	*Load
	backend *Backend
	auditor *Auditor
	*session.Session
	env     []string
	repeats bool // lines may come twice: an answer got lost, or an agent died
	starts  int
}

// plan is what a test changes of the usual.
type plan struct {
	containers int         // 6 when zero
	width      int         // bytes of a line's padding
	options    string      // lines of the plugin's [OUTPUT]
	beside     string      // sections behind it
	changes    []string    // of the shipped fluent-bit.conf, from and to
	output     []string    // of the shipped output, from and to
	tls        *tls.Config // of the backend
	env        []string
	repeats    bool
}

// enough is how long the rest of the lines may take, on a machine that is busy.
const enough = 3 * time.Minute

// quick makes retries come soon: outages of tests are short.
const quick = "    flush_deadline 3s\n    request_timeout 1500ms\n    backoff_max 1s\n    join_wait 500ms\n"

// soon makes Fluent Bit present again soon what was given back.
var soon = []string{"scheduler.base            2", "scheduler.base            1", "scheduler.cap             60", "scheduler.cap             3"}

func newRig(t *testing.T, a agent.Agent, protocol *Protocol, p plan) *rig {
	t.Helper()
	r := &rig{t: t, a: a, p: protocol, dir: t.TempDir(), metrics: freeAddress(t), env: p.env, repeats: p.repeats}
	var err error
	if r.Load, err = NewLoad(filepath.Join(r.dir, "node"), cmp.Or(p.containers, 6), p.width); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Load.Stop() })
	if r.backend, err = NewBackend(protocol, p.tls); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.backend.Close() })
	conf := filepath.Join(r.dir, "conf")
	if err := agent.CopyConf(session.Root, conf); err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(conf, "fluent-bit.conf"), append(p.changes, "@INCLUDE clusters/default.conf", "@INCLUDE "+protocol.Conf)...)
	const last = "    time_zone                ${K8SLOG_TIME_ZONE}\n"
	change(t, filepath.Join(conf, protocol.Conf), append(p.output, "${K8SLOG_STATUS:-127.0.0.1:2021}", r.metrics, last,
		last+protocol.Options+p.options+p.beside)...)
	if err := os.WriteFile(filepath.Join(r.dir, "token"), []byte(splunkToken), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// change replaces texts in a file; each must be there.
func change(t *testing.T, path string, pairs ...string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := string(text)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(changed, pairs[i]) {
			t.Fatalf("%s has no %q", path, pairs[i])
		}
		changed = strings.ReplaceAll(changed, pairs[i], pairs[i+1])
	}
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the agent, with the backend as its endpoint unless another is
// named.
func (r *rig) start(env ...string) {
	r.t.Helper()
	env = append(append(r.endpoint(), r.env...), env...)
	r.Session = session.Shipped(r.t, r.a, r.dir, "fluent-bit.conf", env...)
	r.starts++
	if r.auditor == nil {
		r.auditor = Audit(r.metrics)
	}
}

// endpoint names the backend in the environment.
func (r *rig) endpoint() []string {
	env := []string{"K8SLOG_ENDPOINT=" + r.backend.URL(), "K8SLOG_TENANT=", "K8SLOG_TOKEN_FILE=" + filepath.Join(r.dir, "token"),
		"K8SLOG_GOOGLE_PROJECT=" + googleProject, "K8SLOG_GOOGLE_LOCATION=l", "K8SLOG_AZURE_DCR_ID=" + azureRule}
	for name, value := range cloudWatchKeys {
		env = append(env, name+"="+value)
	}
	if r.p == HTTP {
		env = append(env, "K8SLOG_BACKEND=http")
	}
	return env
}

// up waits until the agent runs, and would not just die of a signal.
func (r *rig) up() {
	r.t.Helper()
	r.Eventually("metrics", func() bool { _, _, err := Scrape(r.metrics); return err == nil })
}

// set changes the backend's fault.
func (r *rig) set(f Fault) {
	r.t.Helper()
	if err := r.backend.Set(f); err != nil {
		r.t.Fatal(err)
	}
}

// complete waits until every line that is written is stored.
func (r *rig) complete(within time.Duration) {
	r.t.Helper()
	end := time.Now().Add(within)
	for {
		written := r.Written()
		all, sum := r.backend.Ledger.Report(written)
		if sum.Lost == 0 {
			return
		}
		select {
		case <-r.Done():
			r.t.Fatalf("the agent ended: %v", r.Err())
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(end) {
			for _, f := range all {
				r.t.Log(f)
			}
			r.t.Fatalf("not all lines within %v: %v", within, sum)
		}
	}
}

// audit ends the audit of the books, and says what became of the lines.
func (r *rig) audit() {
	r.t.Helper()
	scrapes, wrong := r.auditor.Stop()
	if scrapes == 0 || len(wrong) > 0 {
		r.t.Errorf("%d scrapes, books that do not balance: %+v", scrapes, wrong)
	}
	all, sum := r.backend.Ledger.Report(r.Written())
	r.t.Logf("%v; %d requests; the books balanced at %d scrapes", sum, r.backend.Requests(), scrapes)
	doubtful := r.backend.Doubtful()
	if doubtful > 0 {
		r.t.Logf("%d records were stored while the machine was too busy to answer for it: they may come again", doubtful)
	}
	if sum.Lost > 0 || sum.New > 0 || sum.Repeated > doubtful && !r.repeats || r.p.Hides && sum.Repeated > sum.Hidden {
		for _, f := range all {
			r.t.Log(f)
		}
		r.t.Errorf("%v %s", sum, r.backend.Ledger.Strange())
	}
	if problems := r.backend.Problems(); len(problems) > 0 {
		r.t.Errorf("%d requests or records that a strict server does not take, the first: %s", len(problems), problems[0])
	}
}

// books checks those that the agent left in its log.
func (r *rig) books() Books {
	r.t.Helper()
	books, found := AtExit(r.Log.String())
	if !found || !books.Balanced() {
		r.t.Errorf("the books at the end: %+v, found %t", books, found)
	}
	return books
}

// finish stops everything when all lines have arrived, and compares the books
// with the lines.
func (r *rig) finish(within time.Duration) {
	r.t.Helper()
	if err := r.Load.Stop(); err != nil {
		r.t.Fatal(err)
	}
	r.complete(within)
	r.up()
	r.End()
	r.audit()
	books, want := r.books(), Books{Received: r.Total(), Delivered: r.Total()}
	if r.starts > 1 { // each has books of its own
		want = Books{Received: books.Received, Delivered: books.Received}
	}
	if books != want {
		r.t.Errorf("%+v, want %+v", books, want)
	}
}

// The protocols over which tests run.
var (
	full = []*Protocol{HTTP, Loki, Elasticsearch}
	all  = []*Protocol{HTTP, Loki, Elasticsearch, OTLP, Splunk, CloudWatch, VictoriaLogs, Google, Azure}
)

// each runs a test over these protocols, beside others. The first is run in every
// agent. The others are run in Fluent Bit, or in the test host where there is none:
// they differ in the plugin, not in the agent.
func each(t *testing.T, protocols []*Protocol, test func(t *testing.T, a agent.Agent, p *Protocol)) {
	if testing.Short() {
		protocols = protocols[:1]
	}
	t.Parallel()
	_, missing := agent.FluentBit()
	session.Each(t, func(t *testing.T, a agent.Agent) {
		for i, p := range protocols {
			if i == 0 || a.Real || missing != nil {
				t.Run(p.Name, func(t *testing.T) {
					t.Parallel()
					test(t, a, p)
				})
			}
		}
	})
}

// storing skips a test for the test host, which has no storage on disk.
func storing(t *testing.T, a agent.Agent) {
	if !a.Real {
		t.Skip("the test host keeps nothing on disk")
	}
}

// theSeed is that of this run's random schedules.
func theSeed(t *testing.T) int64 {
	s := *seed
	if s == 0 {
		s = time.Now().UnixNano() % 1e9
	}
	t.Logf("seed %d: go test ./test/faults -run '^%s$' -seed %d", s, t.Name(), s)
	return s
}

// besideFile is a second output that writes to a file.
func besideFile(path string) string {
	return fmt.Sprintf("[OUTPUT]\n    name k8slog\n    match *\n    workers 2\n    retry_limit no_limits\n"+
		"    backend file\n    file_path %[1]s\n    dead_letter_path %[1]s.dead\n    path_key path\n    offset_key offset\n", path)
}
