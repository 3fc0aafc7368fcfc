package plugin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

// entries are entries of the journal: what a unit prints, a line each, with
// fields of its own.
type entries struct {
	data []byte
	n    int
}

func (e *entries) add(unit, pid, transport string, texts ...string) {
	for line := range strings.SplitSeq(strings.Join(texts, "\n"), "\n") {
		e.n++
		e.data = chunktest.Append(e.data, 1e18+int64(e.n), "PRIORITY", "6", "_TRANSPORT", transport, "_STREAM_ID", "s"+pid, "_PID", pid,
			"_BOOT_ID", "b", "_SYSTEMD_UNIT", unit+".service", "SYSLOG_IDENTIFIER", unit, "MESSAGE", line,
			"_SOURCE_REALTIME_TIMESTAMP", fmt.Sprint(1795359360000000+e.n))
	}
}

const (
	klogBlock = "E1122 10:00:00.000000       1 a.go:1] \"Failed\" err=<\n\tfirst\n\tsecond\n > pod=\"a\""
	// The journal has no empty lines.
	crashes = "panic: boom\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1\ngoroutine 2 [select]:\nmain.f()\n\t/x.go:2 +0x1"
)

// The texts of units, between which others write at any time.
func TestTextsInTheJournal(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, multilineOptions(r))
	units := []struct {
		name, pid, transport string
		lines                []string
	}{
		{"kubelet", "1", "stdout", strings.Split(klogBlock+"\n"+crashes, "\n")},
		{"containerd", "2", "stdout", strings.Split(logTrace+"\nend of it", "\n")},
		{"containerd", "3", "stdout", strings.Split(pyTrace, "\n")},
		{"native", "4", "journal", strings.Split(goCrash, "\n")},
	}
	var e entries
	for i := range 12 {
		for _, u := range units {
			if i < len(u.lines) {
				e.add(u.name, u.pid, u.transport, u.lines[i])
			}
		}
	}
	if status := in.Flush(engineThread, "journald", e.data); status != OK {
		t.Fatal(status)
	}
	sameRecords(t, in, r, append(strings.Split(goCrash, "\n"), klogBlock, crashes, logTrace, "end of it", pyTrace)...)
}

// A text has the fields of its first line. One that is at the end of a chunk
// does not wait: nothing tells which entry comes next.
func TestTextsInTheJournalEndWithTheChunk(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, multilineOptions(r))
	var one, two entries
	one.add("kubelet", "1", "stdout", "first", "E1122 10:00:00.000000       1 a.go:1] \"Failed\" err=<\n\tfirst")
	two.add("kubelet", "1", "stdout", "\tsecond", " > pod=\"a\"")
	two.add("kubelet", "2", "stdout", "\tof another process")
	for w := range 3 { // the instance learns of its workers
		in.Flush(workerThread+w, "nothing", nil)
	}
	for _, c := range [][]byte{one.data, two.data} {
		if status := in.Flush(workerThread, "journald", c); status != OK {
			t.Error(status)
		}
	}
	want := []string{"first", "E1122 10:00:00.000000       1 a.go:1] \"Failed\" err=<\n\tfirst", "\tsecond", " > pod=\"a\"", "\tof another process"}
	if got := r.got(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
