package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// server is a real server that can be killed. It keeps what it has stored when it is.
type server interface {
	Kill()
	start()
}

// endures writes lines of a namespace while a server is killed three times, and is away for a
// while. stored returns how often the server has each text, and every line must be there once.
// settles is how long the server keeps in memory what it has acknowledged: as long before it is
// killed nothing is written, and with zero lines are under way in that moment.
func endures(t *testing.T, a agent.Agent, s server, settles time.Duration, namespace, output string, stored func() map[string]int) {
	t.Helper()
	top := t.TempDir()
	if strings.Contains(top, ",") {
		t.Fatal("the name of the test is in paths, and must have no comma")
	}
	dir := filepath.Join(top, "containers")
	n := newWatchedNode(t, dir, namespace)
	output = fmt.Sprintf("    request_timeout 2s\n    backoff_max 1s\n    batch_wait 10ms\n%s", output)
	agent := run(t, a, watchedConf(top, dir, output), s3Env...)
	lines := 0
	writeFor := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); lines++ {
			n.writeLine(namespace, lines)
			time.Sleep(2 * time.Millisecond)
		}
	}
	complete := func() (counts map[string]int, missing, repeated int) {
		counts = stored()
		for i := range lines {
			switch c := counts[fmt.Sprintf("%s %d", namespace, i)]; {
			case c == 0:
				missing++
			case c > 1:
				repeated++
			}
		}
		return counts, missing, repeated
	}
	allStored := func() bool { _, missing, _ := complete(); return missing == 0 }
	for range 3 {
		writeFor(2 * time.Second)
		if settles > 0 {
			agent.Within(2*patience, "all lines before the kill", allStored)
			time.Sleep(settles)
		}
		s.Kill()
		writeFor(2 * time.Second)
		s.start()
	}
	writeFor(time.Second)
	agent.Within(3*patience, "all lines", allStored)
	agent.stop()
	counts, missing, repeated := complete()
	t.Logf("%d lines, %d missing, %d repeated", lines, missing, repeated)
	if missing > 0 || repeated > 0 || len(counts) != lines {
		t.Errorf("%d lines: %d missing, %d repeated, %d others", lines, missing, repeated, len(counts)-lines+missing)
	}
}
