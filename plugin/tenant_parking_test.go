package plugin

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// The records of a tenant who is down, while others are not, are parked. Later ones go
// behind them, and all are delivered in their order when the tenant is back, also by the
// next process.
func TestTenantThatIsDownIsParked(t *testing.T) {
	for _, restart := range []bool{false, true} {
		for _, status := range []int{429, 503, 401} {
			t.Run(fmt.Sprintf("%d restart %v", status, restart), func(t *testing.T) {
				t.Parallel()
				tenantIsParked(t, status, restart)
			})
		}
	}
}

func tenantIsParked(t *testing.T, status int, restart bool) {
	h := newHotel(t, func(tenant string, _ []string) int {
		if tenant == "a" {
			return status
		}
		return http.StatusOK
	})
	h.retryAfter = "1"
	options := h.options("park_path", filepath.Join(t.TempDir(), "parked"), "park_after", "300ms", "batch_bytes", "1KiB",
		"dead_letter_path", filepath.Join(t.TempDir(), "dead"))
	begin := func() *Instance {
		in, err := New(&testHost{options: options}, engineThread)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	options["backoff_min"] = "5ms"
	in := begin()
	c := mixedChunk(100, "a", "b")
	begun, n := time.Now(), 100
	waitFor(t, "the chunk is acknowledged", func() bool {
		if in.Flush(workerThread, "t", c) == OK {
			return true
		}
		if s := h.flush(in, says(nil, "b", "F", fmt.Sprint("b ", n))); s != OK {
			t.Fatalf("status %d beside a tenant who is down", s)
		}
		n++
		return false
	})
	if took := time.Since(begun); took < 300*time.Millisecond {
		t.Errorf("parked after %v", took)
	}
	h.has(t, "b", n)
	waitFor(t, "the records of a are parked", func() bool { // while they are tried, they are pending
		return in.Balance() == ledger.Balance{Received: int64(100 + n), Delivered: int64(n), Parked: 100}
	})
	if down := in.own.batcher.DownPartitions(); len(down) != 1 || down[0].Partition != "a" || in.own.batcher.Down() {
		t.Errorf("%+v are down", down)
	}
	waitFor(t, "the full health says so", func() bool {
		err := in.HealthyFull()
		return err != nil && strings.Contains(err.Error(), `100 records of partition "a" are parked since `) && strings.Contains(err.Error(), "\n100 records are parked (park_path)")
	})
	// Later records do not wait for park_after.
	for i := range 10 {
		next := says(says(nil, "a", "F", fmt.Sprint("a ", 100+i)), "b", "F", fmt.Sprint("b ", n+i))
		if s := h.flush(in, next); s != OK {
			t.Fatalf("status %d behind parked records", s)
		}
	}
	h.has(t, "b", n+10)
	waitFor(t, "the later records are parked", func() bool {
		return in.Balance() == ledger.Balance{Received: int64(120 + n), Delivered: int64(n + 10), Parked: 110}
	})
	if restart {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		in = begin()
	}
	h.treat(everybody)
	waitFor(t, "the parked records are delivered", func() bool {
		b := in.Balance()
		return b.Balanced() && b.Parked == 0 && b.Pending == 0
	})
	h.has(t, "a", 110)
	h.has(t, "b", n+10)
	if len(in.own.batcher.DownPartitions()) != 0 {
		t.Error("a partition is still down")
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

// Nothing is parked while the backend is down as a whole: Fluent Bit's storage is the
// buffer.
func TestNothingIsParkedInAnOutage(t *testing.T) {
	h := newHotel(t, everybody)
	in, _ := h.start(t, "park_path", filepath.Join(t.TempDir(), "parked"), "park_after", "0s")
	if s := in.Flush(workerThread, "t", mixedChunk(1, "a", "b")); s != OK {
		t.Fatal(s)
	}
	h.treat(func(string, []string) int { return http.StatusServiceUnavailable })
	for i := range 20 {
		var c []byte
		for _, tenant := range []string{"a", "b"} {
			c = says(c, tenant, "F", fmt.Sprint(tenant, " ", 1+i))
		}
		if s := in.Flush(workerThread, "t", c); s != Retry {
			t.Errorf("status %d", s)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 42, Delivered: 2, Pending: 40}) {
		t.Error(b)
	}
}

// Many tenants who are throttled do not keep those who are not from their records, and
// cost few requests.
func TestManyThrottledTenants(t *testing.T) {
	var names []string
	for i := range 298 {
		names = append(names, fmt.Sprintf("bad-%d", i))
	}
	names = append(names, "good-0", "good-1")
	for _, retryAfter := range []string{"", "1", "5"} {
		t.Run("Retry-After "+retryAfter, func(t *testing.T) {
			t.Parallel()
			h := newHotel(t, func(tenant string, _ []string) int {
				if strings.HasPrefix(tenant, "bad") {
					return http.StatusTooManyRequests
				}
				return http.StatusOK
			})
			h.retryAfter = retryAfter
			in, _ := h.start(t, "flush_deadline", "10s", "request_timeout", "8s", "backoff_max", "5s",
				"park_path", filepath.Join(t.TempDir(), "parked"), "park_after", "1s")
			var waiting [][]byte // the chunks that are not acknowledged
			const n = 10
			for i := range n {
				var c []byte
				for _, name := range names {
					c = says(c, name, "F", fmt.Sprint(name, " ", i))
				}
				begun := time.Now()
				s := Retry
				for k := 0; k < 2 && s == Retry; k++ { // it comes again
					s = in.Flush(workerThread+k, "t", c)
				}
				if s == Retry {
					waiting = append(waiting, c)
				} else if i == 0 {
					t.Errorf("status %d", s)
				}
				if took := time.Since(begun); took > 8*time.Second && !h.wasBusy() {
					t.Errorf("chunk %d took %v", i, took)
				}
				h.has(t, "good-0", i+1)
				h.has(t, "good-1", i+1)
			}
			for _, c := range waiting {
				waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "t", c) == OK })
			}
			waitFor(t, "all others are parked", func() bool { // while some are tried, these are pending
				return in.Balance() == ledger.Balance{Received: 300 * n, Delivered: 2 * n, Parked: 298 * n}
			})
			h.treat(everybody)
			waitFor(t, "the parked records are delivered", func() bool {
				b := in.Balance()
				return b.Parked == 0 && b.Pending == 0
			})
			for _, name := range names {
				h.has(t, name, n)
			}
			total := 0
			for _, name := range names {
				total += h.asked(name)
			}
			t.Logf("%d requests for %d records of %d tenants", total, 300*n, len(names))
			if bad := slices.IndexFunc(names, func(name string) bool { return h.asked(name) > 10*n }); bad >= 0 {
				t.Errorf("%d requests of %s", h.asked(names[bad]), names[bad])
			}
		})
	}
}
