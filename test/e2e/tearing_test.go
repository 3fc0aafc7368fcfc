package e2e

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/stall"
)

// busyRate is what the busy pod writes in a second, in bytes.
const busyRate = 5 << 20

// tearing are texts that chunks end in, wherever they are cut: behind the
// logger's header, behind the first line of the exception, and in lookahead.
// "#" is the number of the text.
var tearing = map[string]string{
	"java": `2026-11-22 10:00:00.123 ERROR [main] c.e.shop.Orders : order # failed
java.lang.IllegalStateException: no stock for order #
The second line of the message of order #
	at com.example.shop.Stock.take(Stock.java:42)
	at com.example.shop.Orders.place(Orders.java:17)
Caused by: java.sql.SQLException: connection # refused
	at org.postgresql.Driver.connect(Driver.java:9)
	... 2 more`,
	// A line of a logger without a level of an error, as most lines are.
	"java-info": `2026-11-22 10:00:00.123 INFO  [main] c.e.shop.Orders : order # is tried again
java.lang.IllegalStateException: no stock for order #
	at com.example.shop.Stock.take(Stock.java:42)
	at com.example.shop.Orders.place(Orders.java:17)`,
	"python": `2026-11-22 10:00:00,123 ERROR shop.orders order # failed
Traceback (most recent call last):
  File "/app/main.py", line 9, in run
    raise ValueError("order #")
ValueError: order # is bad

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 12, in run
    raise OrderError("#")
shop.OrderError: order #`,
}

// Programs write traces, line by line, beside a pod that writes 5 MB a second:
// each trace is one record, wherever the chunks of the shipped configuration end.
// K8SLOG_TEARING sets the number of seeds of a long run, of 80 traces a language.
func TestTracesBesideABusyPod(t *testing.T) {
	seeds, each := 1, 6
	if n, err := strconv.Atoi(os.Getenv("K8SLOG_TEARING")); err == nil {
		seeds, each = n, 20
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		if !a.Real {
			t.Skip("the test host does not read as tail does")
		}
		for seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) { runTearing(t, a, int64(seed), each) })
		}
	})
}

// besideBusy runs the shipped configuration while a pod is busy and others write. write
// writes the file of a pod at a path, and its last text is "end". It checks that each text
// of want, by pod, arrives once, and no other, but for one in twenty that may be torn, and one
// in four on a machine that does not run this process in time: then it does not run the agent
// in time either.
func besideBusy(t *testing.T, a agent.Agent, want map[string][]string, write func(pod, path string)) {
	stall.Watch()
	begun := time.Now()
	dir := t.TempDir()
	logs := filepath.Join(dir, "node/var/log/containers")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "records")
	s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path)
	stop := make(chan struct{})
	var busy, writers sync.WaitGroup
	var late time.Duration
	busy.Go(func() { writeBusy(t, filepath.Join(logs, "busy-1_shop_web-"+id64+".log"), stop) })
	busy.Go(func() { late = busyLag(path, stop) })
	for pod := range want {
		writers.Go(func() { write(pod, filepath.Join(logs, pod+"_shop_web-"+id64+".log")) })
	}
	writers.Wait()
	s.eventually("the last records", func() bool {
		text, _ := os.ReadFile(path)
		return bytes.Count(text, []byte(`"log":"end"`)) == len(want)
	})
	close(stop)
	busy.Wait()
	s.stop()
	got := map[string]map[string]int{}
	stalled := stall.Between(begun, time.Now(), 0)
	tolerated := 20
	overloaded := stalled > time.Second || late > inTime
	if overloaded {
		tolerated = 4
	}
	for _, r := range records(t, path) {
		pod := fmt.Sprint(r.Kubernetes["pod_name"])
		if r.Undecoded || r.Partial && !overloaded {
			t.Errorf("%s: %.60q is flagged", pod, *r.Log)
		}
		if got[pod] == nil {
			got[pod] = map[string]int{}
		}
		got[pod][*r.Log]++
	}
	// Waiting is bounded: when all cores are busy, the rest of a text may come later than
	// join_wait. Without waiting, one text of six is torn.
	var problems []string
	torn, total, parts := 0, 0, 0
	for pod, all := range want {
		for _, text := range all {
			if total++; got[pod][text] == 0 {
				torn++
				problems = append(problems, fmt.Sprintf("%s: torn: %q", pod, text))
			} else if got[pod][text] > 1 {
				t.Errorf("%s: came %d times: %q", pod, got[pod][text], text)
			}
			delete(got[pod], text)
		}
		for text := range got[pod] {
			parts++
			problems = append(problems, fmt.Sprintf("%s: a part: %q", pod, text))
		}
	}
	t.Logf("%d of %d texts are torn; the machine stalled for %v; the newest line was late by %v\n%s",
		torn, total, stalled, late.Round(time.Millisecond), strings.Join(problems, "\n"))
	if torn*tolerated > total || parts > 3*torn {
		t.Error("too many texts are torn")
	}
}

// inTime is how late a line may be on a machine that runs the agent in time: a flush of
// Fluent Bit, and what tail and the plugin do. It is twice join_wait.
const inTime = 4 * time.Second

// busyLag returns how old the newest line in a file of records was at most, until stop,
// from when there is one. The busy pod writes all the time, so this is how long the agent
// takes.
func busyLag(path string, stop chan struct{}) (most time.Duration) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return most
		case <-ticker.C:
		}
		if newest, ok := newestRecord(path); ok {
			most = max(most, time.Since(newest))
		}
	}
}

// newestRecord returns the newest time of the records at the end of a file.
func newestRecord(path string) (newest time.Time, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return newest, false
	}
	defer f.Close()
	const window = 64 << 10
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return newest, false
	}
	tail := make([]byte, min(window, info.Size()))
	n, _ := f.ReadAt(tail, info.Size()-int64(len(tail)))
	for part := range bytes.SplitSeq(tail[:n], []byte(`{"time":"`)) {
		if end := bytes.IndexByte(part, '"'); end > 0 {
			if at, err := time.Parse(time.RFC3339Nano, string(part[:end])); err == nil && at.After(newest) {
				newest, ok = at, true
			}
		}
	}
	return newest, ok
}

func runTearing(t *testing.T, a agent.Agent, seed int64, each int) {
	want := map[string][]string{}
	for language, text := range tearing {
		for pod := range 4 {
			name := fmt.Sprintf("%s-%d", language, pod)
			for i := range each {
				want[name] = append(want[name], strings.ReplaceAll(text, "#", fmt.Sprint(i)), fmt.Sprint("done ", i))
			}
			want[name] = append(want[name], "end")
		}
	}
	besideBusy(t, a, want, func(pod, path string) {
		random := rand.New(rand.NewSource(seed*1000 + int64(len(pod))*100 + int64(pod[len(pod)-1])))
		writeSlowly(t, path, want[pod], random)
	})
}

// containerd cuts a line at a rotation: a short piece is the last one of the old file, and
// the rest the first line of the new one.
func TestLinesCutByARotationBesideABusyPod(t *testing.T) {
	pods, each := 2, 3
	if os.Getenv("K8SLOG_TEARING") != "" {
		pods, each = 4, 13
	}
	want := map[string][]string{}
	for i := range pods {
		pod := fmt.Sprint("rotated-", i)
		want[pod] = append(want[pod], "start")
		for n := range each {
			want[pod] = append(want[pod], fmt.Sprint("before ", n), fmt.Sprint("a line that is cut ", n))
		}
		want[pod] = append(want[pod], "end")
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		if !a.Real {
			t.Skip("the test host does not read as tail does")
		}
		besideBusy(t, a, want, func(pod, path string) {
			appendTo(t, path, stamp()+" stdout F start")
			time.Sleep(3 * time.Second) // tail has to find the file, and the one after each rotation
			for n := range each {
				appendTo(t, path, stamp()+fmt.Sprint(" stdout F before ", n), stamp()+" stdout P a line that ")
				time.Sleep(time.Duration(rand.Intn(300)) * time.Millisecond)
				if err := os.Rename(path, filepath.Join(filepath.Dir(path), "../", fmt.Sprint(pod, n))); err != nil {
					t.Error(err)
				}
				appendTo(t, path, stamp()+fmt.Sprint(" stdout F is cut ", n))
				time.Sleep(2 * time.Second)
			}
			appendTo(t, path, stamp()+" stdout F end")
		})
	})
}

// writeBusy writes ordinary lines to a container's file, busyRate a second.
func writeBusy(t *testing.T, path string, stop chan struct{}) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	begun, written, n := time.Now(), 0, 0
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		var lines []byte
		for due := int(time.Since(begun).Seconds()*busyRate) - written; len(lines) < due; n++ {
			lines = fmt.Appendf(lines, "%s stdout F request %d is handled %s\n", stamp(), n, strings.Repeat("x", 150))
		}
		written += len(lines)
		if _, err := f.Write(lines); err != nil {
			t.Error(err)
			return
		}
	}
}

// writeSlowly writes texts to a container's file as a runtime does, line by
// line, with pauses between the texts, and sometimes between their lines.
func writeSlowly(t *testing.T, path string, texts []string, random *rand.Rand) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	for _, text := range texts {
		time.Sleep(time.Duration(random.Intn(400)) * time.Millisecond)
		for line := range strings.SplitSeq(text, "\n") {
			if _, err := fmt.Fprintf(f, "%s stderr F %s\n", stamp(), line); err != nil {
				t.Error(err)
				return
			}
			time.Sleep(time.Duration(random.Intn(4)*random.Intn(10)) * time.Millisecond)
		}
	}
}

func stamp() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z07:00") }

// The lines of a message may be written as far apart as join_wait says.
func TestTraceWrittenSlowly(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		log := filepath.Join(dir, "node/var/log/containers/slow-1_shop_web-"+id64+".log")
		write(t, log, "")
		path := filepath.Join(dir, "records")
		s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path)
		appendTo(t, log, stamp()+" stdout F start")
		s.eventually("the first line", func() bool { return countLines(path) == 1 })
		lines := strings.Split(tearing["java"], "\n")[:4]
		for _, line := range lines {
			appendTo(t, log, stamp()+" stderr F "+line)
			time.Sleep(1200 * time.Millisecond)
		}
		appendTo(t, log, stamp()+" stderr F 2026-11-22 10:00:00.123 INFO end")
		s.eventually("all", func() bool { return countLines(path) == 3 })
		s.stop()
		want := []string{strings.Join(lines, "\n"), "2026-11-22 10:00:00.123 INFO end", "start"}
		slices.Sort(want)
		if got := texts(t, path); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}
