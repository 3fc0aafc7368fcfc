package pipeline

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/parking"
)

// silent is a log that nobody reads.
type silent struct{}

func (silent) Log(hostlog.Level, string) {}

// A queue of parked records is not sent before the Retry-After that its last try has got. A
// queue that many share is not held back by the answer to one of them.
func TestParkedRecordsKeepRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttled := func(after time.Duration) error {
			return fmt.Errorf("try: %w", &backend.Throttled{Answer: "HTTP 429", After: after})
		}
		for _, c := range []struct {
			key  parking.Key
			err  error
			want time.Duration
		}{
			{parking.Key{Partition: "a"}, throttled(5 * time.Minute), 5 * time.Minute},
			{parking.Key{Partition: "a"}, throttled(0), 2 * parkedInterval},
			{parking.Key{Partition: "a"}, fmt.Errorf("HTTP 503"), 2 * parkedInterval},
			{parking.Key{Shared: true}, throttled(5 * time.Minute), 2 * parkedInterval},
		} {
			p := &Pipeline{Config: Config{Log: hostlog.NewThrottled(silent{})}}
			tries := map[parking.Key]*parkedTry{c.key: {sending: true}}
			p.parkedTried(tries, parkedResult{key: c.key, most: 1, err: c.err})
			if got := time.Until(tries[c.key].at); got != c.want || tries[c.key].sending {
				t.Errorf("%+v, %v: the next try is in %v, not in %v", c.key, c.err, got, c.want)
			}
		}
	})
}
