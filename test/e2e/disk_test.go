package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// kubeletLog is the log of a container, which is rotated as the kubelet does it: the file is
// renamed, the runtime opens a new one, and all rotated files but the newest are compressed.
type kubeletLog struct {
	t            *testing.T
	link, target string
	file         *os.File
	size         int
	lines        int
	rotated      []string
}

func newKubeletLog(t *testing.T, dir, pod string) *kubeletLog {
	t.Helper()
	folder := filepath.Join(dir, "pods", "shop_"+pod+"_11111111-2222-3333-4444-555555555555", "app")
	l := &kubeletLog{t: t, link: filepath.Join(dir, "containers", pod+"_shop_app-"+id64+".log"), target: filepath.Join(folder, "0.log")}
	for _, d := range []string{folder, filepath.Dir(l.link)} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	l.open()
	if err := os.Symlink(l.target, l.link); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *kubeletLog) open() {
	f, err := os.OpenFile(l.target, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		l.t.Fatal(err)
	}
	l.file, l.size = f, 0
}

// write writes numbered lines.
func (l *kubeletLog) write(n int) {
	var b bytes.Buffer
	for range n {
		l.lines++
		fmt.Fprintf(&b, "%s stdout F line %d of %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), l.lines, filepath.Base(l.link), strings.Repeat("x", l.lines%200))
	}
	n, err := l.file.Write(b.Bytes())
	if err != nil {
		l.t.Error(err)
	}
	l.size += n
}

func (l *kubeletLog) rotate() {
	name := fmt.Sprintf("%s.20261129-%06d", l.target, len(l.rotated))
	if err := os.Rename(l.target, name); err != nil {
		l.t.Error(err)
	}
	l.file.Close()
	l.open()
	if n := len(l.rotated); n > 0 {
		l.compress(l.rotated[n-1])
	}
	l.rotated = append(l.rotated, name)
}

func (l *kubeletLog) compress(name string) {
	data, err := os.ReadFile(name)
	if err != nil {
		l.t.Error(err)
		return
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	if err := os.WriteFile(name+".tmp", b.Bytes(), 0o644); err != nil {
		l.t.Error(err)
	}
	if err := os.Rename(name+".tmp", name+".gz"); err != nil {
		l.t.Error(err)
	}
	if err := os.Remove(name); err != nil {
		l.t.Error(err)
	}
}

// diskConf tails the containers of a node with a ledger of the disk.
func diskConf(a agent.Agent, dir, records string) string {
	ledger := "    disk_ledger_path " + filepath.Join(dir, "disk.ledger") +
		"\n    disk_ledger_logs " + filepath.Join(dir, "containers", "*.log") +
		"\n    catch_up_after 3s\n"
	conf := strings.Replace(piecesConf(a, dir, records), openPieces, openPieces+ledger, 1)
	return strings.Replace(conf, "rotate_wait 30", "rotate_wait 1", 1)
}

// delivered counts the lines that are missing and those that came more than once.
func (l *kubeletLog) delivered(t *testing.T, texts map[string]int) (missing, twice int) {
	for i := 1; i <= l.lines; i++ {
		switch n := texts[fmt.Sprintf("line %d of %s", i, filepath.Base(l.link))]; {
		case n == 0:
			missing++
		case n > 1:
			twice++
		}
	}
	return missing, twice
}

func lineCounts(path string) map[string]int {
	counts := map[string]int{}
	data, _ := os.ReadFile(path)
	for line := range bytes.Lines(data) {
		_, rest, _ := bytes.Cut(line, []byte(`"log":"`))
		if i := bytes.Index(rest, []byte(".log ")); i > 0 {
			counts[string(rest[:i+4])]++
		}
	}
	return counts
}

// The files are rotated twice while the agent is away, and the older one is compressed. What
// tail never finds is read from the rotated files.
func TestRotatedWhileAway(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		if !a.Real {
			t.Skip("the test host has no positions")
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "records")
		var logs []*kubeletLog
		for i := range 4 {
			logs = append(logs, newKubeletLog(t, dir, fmt.Sprintf("web-%d", i)))
		}
		s := run(t, a, diskConf(a, dir, path))
		for _, l := range logs {
			l.write(500)
		}
		s.eventually("the first lines", func() bool { return countLines(path) >= 2000 })
		s.Kill()
		for range 2 {
			for _, l := range logs {
				l.write(1000)
				l.rotate()
			}
		}
		for _, l := range logs {
			l.write(10)
		}
		s = run(t, a, diskConf(a, dir, path))
		all := func() (missing, twice int) {
			counts := lineCounts(path)
			for _, l := range logs {
				m, n := l.delivered(t, counts)
				missing, twice = missing+m, twice+n
			}
			return missing, twice
		}
		defer func() {
			b, _ := os.ReadFile(filepath.Join(dir, "disk.ledger"))
			m, n := all()
			t.Logf("%s %d %d", b, m, n)
		}()
		s.Within(time.Minute, "all lines", func() bool { missing, _ := all(); return missing == 0 })
		s.stop()
		if missing, twice := all(); missing != 0 || twice > 4*500 { // what the kill found under way may come again
			t.Errorf("%d lines are missing, %d came twice", missing, twice)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if late := bytes.Count(data, []byte(`"late":true`)); late != 4*2000 {
			t.Errorf("%d records are flagged as late, want those of the rotated files, %d", late, 4*2000)
		}
	})
}

// Files are rotated faster than tail can follow, and the agent is killed and started.
func TestRotationStorm(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		if !a.Real {
			t.Skip("the test host has no positions")
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "records")
		var logs []*kubeletLog
		for i := range 3 {
			logs = append(logs, newKubeletLog(t, dir, fmt.Sprintf("web-%d", i)))
		}
		stop := make(chan struct{})
		var writers sync.WaitGroup
		for _, l := range logs {
			writers.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(10 * time.Millisecond):
					}
					if l.write(20); l.size > 256<<10 {
						l.rotate()
					}
				}
			})
		}
		for range 4 {
			s := run(t, a, diskConf(a, dir, path))
			time.Sleep(2500 * time.Millisecond)
			s.Kill()
			time.Sleep(time.Second)
		}
		close(stop)
		writers.Wait()
		s := run(t, a, diskConf(a, dir, path))
		total := 0
		all := func() (missing, twice int) {
			counts := lineCounts(path)
			total = 0
			for _, l := range logs {
				m, n := l.delivered(t, counts)
				missing, twice, total = missing+m, twice+n, total+l.lines
			}
			return missing, twice
		}
		s.Within(3*time.Minute, "all lines", func() bool { missing, _ := all(); return missing == 0 })
		s.stop()
		missing, twice := all()
		t.Logf("%d lines, %d rotations: %d missing, %d twice", total, len(logs[0].rotated)+len(logs[1].rotated)+len(logs[2].rotated), missing, twice)
	})
}

// In an outage, Fluent Bit drops chunks at storage.total_limit_size. What they had is still in
// the files, and is read from there when the backend is back.
func TestDroppedChunksAreRead(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		if !a.Real {
			t.Skip("the test host drops nothing")
		}
		var up atomic.Bool
		r := receive(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			if !up.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return up.Load()
		})
		dir := t.TempDir()
		l := newKubeletLog(t, dir, "web-0")
		theirs, own := freePort(t), freePort(t)
		conf := diskConf(a, dir, "")
		conf = strings.Replace(conf, "    backend file\n    file_path \n", fmt.Sprintf("    backend http\n    endpoint %s\n    abandon_after 10s\n    request_timeout 1s\n    storage.total_limit_size 200k\n    status_listen 127.0.0.1:%d\n", r.URL, own), 1)
		conf = strings.NewReplacer("flush_deadline 60s", "flush_deadline 1s", "join_wait 15s", "join_wait 200ms").Replace(conf)
		conf = strings.Replace(conf, "[SERVICE]\n", fmt.Sprintf("[SERVICE]\n    http_server on\n    http_listen 127.0.0.1\n    http_port %d\n", theirs), 1)
		s := run(t, a, conf)
		dropped := func() float64 {
			return metricsOf(fmt.Sprintf("http://127.0.0.1:%d/api/v2/metrics/prometheus", theirs))["fluentbit_output_dropped_records_total"]
		}
		s.Within(time.Minute, "chunks are dropped", func() bool {
			l.write(100)
			time.Sleep(50 * time.Millisecond)
			return dropped() > 1000
		})
		l.rotate()
		l.write(100)
		up.Store(true)
		all := func() (missing, twice int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			counts := map[string]int{}
			for text, n := range r.texts {
				if i := strings.Index(text, ".log "); i > 0 {
					counts[text[:i+4]] += n
				}
			}
			return l.delivered(t, counts)
		}
		s.Within(3*time.Minute, "all lines", func() bool { missing, _ := all(); return missing == 0 })
		s.Within(time.Minute, "the bytes that were caught up", func() bool { // counted behind the answer
			return metricsOf(fmt.Sprintf("http://127.0.0.1:%d/metrics", own))["k8slog_disk_caught_up_bytes_total"] > 0
		})
		n := dropped()
		s.stop()
		missing, twice := all()
		t.Logf("%d lines, %v records dropped: %d missing, %d twice", l.lines, n, missing, twice)
		if missing != 0 {
			t.Errorf("%d lines are missing", missing)
		}
		if log := s.Log.String(); !strings.Contains(log, " + unread 0 + missing 0 bytes") {
			t.Error("the ledger does not have all")
		}
	})
}
