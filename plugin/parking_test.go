package plugin

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
)

// patience is how long anything may take that a test waits for, on a machine that is busy.
const patience = 5 * time.Minute

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for begun := time.Now(); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// Records on which the server fails are parked: their chunk is acknowledged, and
// they are sent when the server takes them, also by the next process.
func TestRecordsThatWaitAreParked(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprintf("restart %v", restart), func(t *testing.T) {
			var healed atomic.Bool
			r := receive(t, func(_ int, texts []string) int {
				if !healed.Load() && slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, "bad") }) {
					return http.StatusInternalServerError
				}
				return 204
			})
			options := map[string]string{
				"backend": "http", "endpoint": r.URL, "multiline": "all", "path_key": "path", "offset_key": "offset",
				"park_path": filepath.Join(t.TempDir(), "parked"), "park_after": "0s",
			}
			options = mergeOptions(options, "dead_letter_path", filepath.Join(t.TempDir(), "dead"))
			begin := func() (*Instance, *testHost) {
				host := &testHost{options: options}
				in, err := New(host, engineThread)
				if err != nil {
					t.Fatal(err)
				}
				return in, host
			}
			in, host := begin()
			trace := "bad java.lang.IllegalStateException: x\n\tat a.B.c(D.java:1)\n\tat a.B.d(D.java:2)"
			var lines []string
			for n := range 20 {
				lines = append(lines, fmt.Sprintf("2026-11-22T10:00:00Z stdout F good %d", n))
			}
			for line := range strings.SplitSeq("Exception in thread \"main\" "+trace[4:], "\n") {
				lines = append(lines, "2026-11-22T10:00:00Z stdout F "+line)
			}
			lines = append(lines, "2026-11-22T10:00:00Z stdout F bad one", "2026-11-22T10:00:00Z stdout F good last")
			data := (&chunktest.File{Path: podPath}).Append(nil, lines...)
			if status := in.Flush(workerThread, "containers", data); status != OK {
				t.Fatalf("status %d, log %q", status, host.log)
			}
			total := int64(len(lines))
			if b := in.Balance(); b != (ledger.Balance{Received: total, Delivered: total - 1, Parked: 1}) {
				t.Error(b)
			}
			if err := in.HealthyFull(); err == nil || !strings.Contains(err.Error(), "1 records are parked") {
				t.Errorf("the full health says %v", err)
			}
			if restart {
				if err := in.Close(); err != nil {
					t.Fatal(err)
				}
				in, _ = begin()
				if b := in.Balance(); b != (ledger.Balance{Received: 1, Parked: 1}) {
					t.Errorf("after the start %v", b)
				}
			}
			healed.Store(true)
			waitFor(t, "the parked record is delivered", func() bool { return in.Balance().Parked == 0 && in.Balance().Pending == 0 })
			got := r.got()
			if n := len(got); n != 23 || got[n-1] != "bad one" {
				t.Errorf("%d arrived: %q", n, got)
			}
			if err := in.Close(); err != nil {
				t.Error(err)
			}
			if b := in.Balance(); !b.Balanced() || b.DeadLettered != 0 {
				t.Error(b)
			}
		})
	}
}

// Parked records were below their rate limit when they came, and count no more.
func TestParkedRecordsAreNotLimitedAgain(t *testing.T) {
	var healed atomic.Bool
	r := receive(t, func(int, []string) int {
		if !healed.Load() {
			return http.StatusInternalServerError
		}
		return 204
	})
	options := map[string]string{
		"backend": "http", "endpoint": r.URL, "path_key": "path", "offset_key": "offset",
		"park_path": filepath.Join(t.TempDir(), "parked"), "park_after": "0s",
		"dead_letter_path": filepath.Join(t.TempDir(), "dead"),
	}
	const records = 3
	for _, policy := range []string{"", "drop"} {
		if policy != "" {
			options["rate_limit_records"], options["rate_limit_burst"], options["rate_limit_policy"] = "1", "1s", policy
			healed.Store(true)
		}
		in, err := New(&testHost{options: options}, engineThread)
		if err != nil {
			t.Fatal(err)
		}
		if policy == "" {
			var data []byte
			for i := range records {
				data = (&chunktest.File{Path: podPath, Offset: int64(100 * i)}).Append(data, "2026-11-22T10:00:00Z stdout F bad")
			}
			if status := in.Flush(workerThread, "containers", data); status != OK {
				t.Fatalf("status %d", status)
			}
		} else {
			waitFor(t, "all parked records are delivered", func() bool { return in.Balance().Delivered == records })
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if b := in.Balance(); b.Dropped != 0 {
			t.Error(b)
		}
	}
}
