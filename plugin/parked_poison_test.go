package plugin

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// A record on which the server fails, among the parked records of a tenant that was down, does
// not keep the later records of the tenant behind it.
func TestPoisonAmongParkedRecords(t *testing.T) {
	h := newHotel(t, func(tenant string, _ []string) int {
		if tenant == "a" {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	in, _ := h.start(t, "park_path", filepath.Join(t.TempDir(), "parked"), "park_after", "0s", "backoff_min", "5ms")
	c := says(says(says(says(nil, "a", "F", "a 0"), "a", "F", "poison"), "a", "F", "a 1"), "b", "F", "b 0")
	others := int64(1)
	waitFor(t, "the records of a are parked", func() bool {
		if in.Flush(workerThread, "t", c) == OK {
			return true
		}
		h.flush(in, says(nil, "b", "F", fmt.Sprint("b ", others)))
		others++
		return false
	})
	h.treat(func(_ string, texts []string) int {
		if slices.Contains(texts, "poison") {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	waitFor(t, "the others are delivered", func() bool {
		return in.Balance() == ledger.Balance{Received: 3 + others, Delivered: 2 + others, Parked: 1}
	})
	waitFor(t, "the health says why the poison waits", func() bool {
		err := in.HealthyFull()
		return err != nil && strings.Contains(err.Error(), `1 records on which the server fails of partition "a" are parked since `) && strings.Contains(err.Error(), "500")
	})
	n := 2
	waitFor(t, "later records go at once", func() bool {
		if s := h.flush(in, says(nil, "a", "F", fmt.Sprint("a ", n))); s != OK {
			return false
		}
		n++
		return len(h.got("a")) == n
	})
	h.treat(func(tenant string, _ []string) int { // another fault does not hide it
		if tenant == "a" {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	asked := h.asked("a")
	waitFor(t, "it is tried again", func() bool { return h.asked("a") > asked+1 })
	if err := in.HealthyFull(); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("the health says %v", err)
	}
	h.treat(everybody)
	waitFor(t, "everything is delivered", func() bool { b := in.Balance(); return b.Balanced() && b.Parked == 0 && b.Pending == 0 })
	got := h.got("a")
	slices.Sort(got)
	if len(got) != n+1 || len(slices.Compact(got)) != n+1 {
		t.Errorf("%d records of a: %q", len(got), got)
	}
}
