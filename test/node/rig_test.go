package node

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

// rig is a node with an agent that has the shipped configuration, and a sink.
type rig struct {
	t    *testing.T
	dir  string
	root string // the node's file system
	sink *Sink
	a    agent.Agent
	now  *session.Session // the agent that runs; nil for none
	logs []*session.Log

	settings map[string]string // options of the output that differ from the shipped ones
}

// root finds the top folder of the repository, which is not that of this module.
func top() string {
	dir, _ := filepath.Abs("../..")
	return dir
}

func newRig(t *testing.T, settings map[string]string) *rig {
	t.Helper()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("the test needs a real Fluent Bit: ", err)
	}
	if _, err := os.Stat(agent.Plugin(top())); err != nil {
		t.Fatalf("%v; run make build", err)
	}
	r := &rig{t: t, dir: t.TempDir(), sink: NewSink(), a: a, settings: settings}
	t.Cleanup(r.sink.Close)
	r.root = filepath.Join(r.dir, "node")
	r.must(os.MkdirAll(filepath.Join(r.root, "var/log/containers"), 0o755))
	r.must(agent.CopyConf(top(), filepath.Join(r.dir, "conf")))
	r.edit("conf/fluent-bit.conf", "clusters/default.conf", "backends/http.conf")
	for option, value := range settings {
		r.set(option, value)
	}
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// edit replaces a text in a file of the configuration.
func (r *rig) edit(name, old, anew string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	text, err := os.ReadFile(path)
	r.must(err)
	if !strings.Contains(string(text), old) {
		r.t.Fatalf("%s has no %q", name, old)
	}
	r.must(os.WriteFile(path, []byte(strings.Replace(string(text), old, anew, 1)), 0o644))
}

// set sets an option of the output; an empty value removes it.
func (r *rig) set(option, value string) {
	path := filepath.Join(r.dir, "conf/backends/http.conf")
	text, err := os.ReadFile(path)
	r.must(err)
	line := regexp.MustCompile(`(?m)^ +` + regexp.QuoteMeta(option) + ` .*\n`)
	text = line.ReplaceAll(text, nil)
	if value != "" {
		text = append(text, fmt.Sprintf("    %s %s\n", option, value)...)
	}
	r.must(os.WriteFile(path, text, 0o644))
}

func (r *rig) start() {
	r.t.Helper()
	r.now = session.Shipped(r.t, r.a, r.dir, "fluent-bit.conf", "K8SLOG_ENDPOINT="+r.sink.URL)
	r.logs = append(r.logs, r.now.Log)
}

func (r *rig) kill() {
	r.now.Kill()
	r.now = nil
}

// stop stops the agent as the system does.
func (r *rig) stop() {
	r.t.Helper()
	if err := r.now.Stop(time.Minute); err != nil {
		r.t.Error(err)
	}
	r.now = nil
}

// stuck is the time without progress after which nothing more is expected. What Fluent Bit has
// dropped is read from the files after three minutes.
const stuck = 5 * time.Minute

// eventually waits for a condition as long as it comes nearer.
func (r *rig) eventually(what string, progress func() int, is func() bool) bool {
	last, since := -1, time.Now()
	for !is() {
		if n := progress(); n != last {
			last, since = n, time.Now()
		}
		if time.Since(since) > stuck {
			r.t.Errorf("no progress for %v: %s", stuck, what)
			return false
		}
		time.Sleep(100 * time.Millisecond)
	}
	return true
}

// account waits until the ledger says of each byte that it is settled or missing, stops the
// agent, and compares the figures with the truth: the log files of all containers, those that
// were removed included.
func (r *rig) account(files ...[]string) {
	r.t.Helper()
	written, missing, alone := int64(0), int64(0), int64(0)
	var lost []Part
	for _, one := range files {
		whole, err := Read(one...)
		r.must(err)
		written += whole.Bytes
	}
	var sum inAll
	r.eventually("no byte is left", func() int { return int(sum.settled + sum.missing) }, func() bool {
		sum = r.ledger()
		return sum.left == 0 && (sum.written == written || r.unseen())
	})
	time.Sleep(2 * time.Second) // what comes twice may come late
	r.stop()
	for _, one := range files {
		parts, n, err := r.sink.Missing(one)
		r.must(err)
		lost, alone = append(lost, parts...), alone+n
	}
	for _, p := range lost {
		missing += p.Bytes
	}
	last := figures(r.logs[len(r.logs)-1].String())
	said := balance.FindStringSubmatch(last)
	if said == nil {
		r.t.Fatal("the agent has no figures")
	}
	r.t.Logf("in the files: written %d, missing %d bytes; the ledger: %s", written, missing, last)
	if said[3] != "0" || said[4] != "0" {
		r.t.Error("bytes wait, or are unread")
	}
	unseen := r.unseen()
	if unseen {
		r.t.Log("files came and went while no agent was there, and are in no ledger")
	}
	for i, want := range map[int]int64{1: written, 5: missing} {
		got, _ := strconv.ParseInt(said[i], 10, 64)
		// A piece that arrived alone, and whose agent was killed before the ledger had it, may
		// count as missing when its file is gone.
		inFlight := i == 5 && got > want && got-want <= alone
		if inFlight {
			r.t.Logf("%d of %d bytes in pieces count as missing although they arrived", got-want, alone)
		} else if got != want && !(unseen && got < want) {
			r.t.Errorf("the ledger says %d, and the files %d", got, want)
			defer r.explain(lost)
		}
	}
}

// explain writes what is missing, and the ledger, into the log of the test.
func (r *rig) explain(lost []Part) {
	slices.SortStableFunc(lost, func(a, b Part) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset)) })
	for i := 0; i < len(lost); {
		first, end := lost[i], lost[i].Offset
		for ; i < len(lost) && lost[i].File == first.File && lost[i].Offset == end; i++ {
			end += lost[i].Bytes
		}
		name, _ := os.Readlink(first.File)
		r.t.Logf("missing %d to %d of %s: %.60s", first.Offset, end, cmp.Or(name, first.File), first.Text)
	}
	text, _ := os.ReadFile(filepath.Join(r.root, "var/lib/k8slog/disk.ledger"))
	r.t.Logf("%s", text)
}

// inAll is what k8slog disk says of all logs, in bytes.
type inAll struct{ written, settled, left, missing int64 }

// ledger asks k8slog disk. It runs beside the agent.
func (r *rig) ledger() (sum inAll) {
	r.t.Helper()
	command := exec.Command(filepath.Join(top(), "build/k8slog"), "disk", "-ledger", filepath.Join(r.root, "var/lib/k8slog/disk.ledger"))
	out, _ := command.Output() // the exit code is 1 when bytes are missing
	text := string(out)
	if i := strings.Index(text, "in all: "); i >= 0 {
		_, err := fmt.Sscanf(text[i:], "in all: written %d, settled %d, left %d, missing %d", &sum.written, &sum.settled, &sum.left, &sum.missing)
		r.must(err)
	}
	return sum
}

// unseen reports whether an agent has said that files may have come and gone.
func (r *rig) unseen() bool {
	return slices.ContainsFunc(r.logs, func(log *session.Log) bool { return strings.Contains(log.String(), "may have come and gone") })
}

var balance = regexp.MustCompile(`written (\d+) = settled (\d+) \+ waiting (\d+) \+ unread (\d+) \+ missing (\d+) bytes`)

// figures returns the last figures that the agent wrote into its log.
func figures(log string) string {
	all := balance.FindAllString(log, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
