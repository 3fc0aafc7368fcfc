package plugin

import (
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// A record that is parked for two destinations counts once, also after a restart.
func TestParkedForTwoDestinations(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	answer := func(int, []string) int {
		if down.Load() {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	own, a, b := receive(t, nil), receive(t, answer), receive(t, answer)
	options := mergeOptions(routed(t, "\n  - {match: {}, to: [default, a, b]}\n", own, a, b), "park_path", filepath.Join(t.TempDir(), "parked"))
	options = mergeOptions(mergeOptions(options, "park_after", "50ms"), "backoff_min", "10ms")
	in, err := New(&testHost{options: options}, engineThread)
	if err != nil {
		t.Fatal(err)
	}
	c := sayAll("shop", "1", "2")
	waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "t", c) == OK })
	parked := ledger.Balance{Received: 2, Parked: 2}
	waitFor(t, "both are parked", func() bool { return in.Balance() == parked })
	if got := in.figures(); !slices.Equal(got, [][3]int64{{2}, {0, 0, 2}, {0, 0, 2}}) {
		t.Error(got)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if in, err = New(&testHost{options: options}, engineThread); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "both are parked", func() bool { return in.Balance() == parked })
	down.Store(false)
	waitFor(t, "both destinations have them", func() bool {
		return in.Balance() == ledger.Balance{Received: 2, Delivered: 2} && len(a.got())+len(b.got()) == 4 && in.parking.Records() == 0
	})
	own.has(t, "default", "1", "2")
	a.has(t, "a", "1", "2")
	b.has(t, "b", "1", "2")
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

// Of copies that are parked for two destinations, the first one counts. Whichever destination
// comes back first, the books balance, and what still waits is in the figures of its
// destination and in the report.
func TestParkedCopiesThatDoNotCount(t *testing.T) {
	for first, want := range map[string]struct {
		balance ledger.Balance
		figures [][3]int64
		report  string
	}{
		"a": {ledger.Balance{Received: 2, Delivered: 2}, [][3]int64{{2}, {2}, {0, 0, 2}}, "parked: 2 copies more"},
		"b": {ledger.Balance{Received: 2, Parked: 2}, [][3]int64{{2}, {0, 0, 2}, {2}}, ""},
	} {
		t.Run(first+" comes back first", func(t *testing.T) {
			var aUp, bUp atomic.Bool
			answer := func(up *atomic.Bool) func(int, []string) int {
				return func(int, []string) int {
					if !up.Load() {
						return http.StatusServiceUnavailable
					}
					return http.StatusOK
				}
			}
			own, a, b := receive(t, nil), receive(t, answer(&aUp)), receive(t, answer(&bUp))
			options := mergeOptions(routed(t, "\n  - {match: {}, to: [default, a, b]}\n", own, a, b), "park_path", filepath.Join(t.TempDir(), "parked"))
			options = mergeOptions(mergeOptions(options, "park_after", "50ms"), "backoff_min", "10ms")
			in, host := start(t, options)
			c := sayAll("shop", "1", "2")
			waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "t", c) == OK })
			waitFor(t, "both are parked", func() bool { return in.Balance() == ledger.Balance{Received: 2, Parked: 2} && in.parking.Copies() == 2 })
			up, second := &aUp, &bUp
			if first == "b" {
				up, second = second, up
			}
			up.Store(true)
			waitFor(t, "the first has them", func() bool { return in.Balance() == want.balance && slices.Equal(in.figures(), want.figures) })
			in.reportBalance()
			if said := host.logged("copies more"); (said > 0) != (want.report != "") || want.report != "" && host.logged(want.report) == 0 {
				t.Errorf("%q", host.log)
			}
			second.Store(true)
			waitFor(t, "both have them", func() bool {
				return in.Balance() == ledger.Balance{Received: 2, Delivered: 2} && slices.Equal(in.figures(), [][3]int64{{2}, {2}, {2}}) && in.parking.Records() == 0
			})
			a.has(t, "a", "1", "2")
			b.has(t, "b", "1", "2")
		})
	}
}
