package delivery

import (
	"fmt"
	"sync"
	"time"
)

// DownPartition is a partition that is down, or that does not answer.
type DownPartition struct {
	Partition string
	Since     time.Time
	Err       error // of the last try
	Silent    bool  // it does not answer, and may only be slow
}

// downPartitions returns the partitions that are down.
func (bs *breakers) downPartitions() (all []DownPartition) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for partition, b := range bs.partitions {
		if b.isDown() {
			all = append(all, DownPartition{Partition: partition, Since: b.troubled, Err: b.down})
		}
	}
	return all
}

// unanswered is the requests without an answer. A partition that hangs is known by them long
// before the time of a request is over. The zero unanswered is empty. It is safe for
// concurrent use.
type unanswered struct {
	mu  sync.Mutex
	all map[*request]unansweredRequest
}

type unansweredRequest struct {
	sent time.Time
	slow bool // the partition has answered another request since
}

func (u *unanswered) begin(r *request, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all == nil {
		u.all = map[*request]unansweredRequest{}
	}
	u.all[r] = unansweredRequest{sent: now}
}

func (u *unanswered) end(r *request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.all, r)
}

// answered notes that a partition has decided on a request.
func (u *unanswered) answered(partition string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for r, of := range u.all {
		if r.batch.partition == partition {
			of.slow = true
			u.all[r] = of
		}
	}
}

// silentSince returns when the first of the requests of each partition was sent that has
// answered none since, where that was before a time.
func (u *unanswered) silentSince(before time.Time) map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	first := map[string]time.Time{}
	for r, of := range u.all {
		if earlier, ok := first[r.batch.partition]; !of.slow && of.sent.Before(before) && (!ok || of.sent.Before(earlier)) {
			first[r.batch.partition] = of.sent
		}
	}
	return first
}

// Unanswered returns the number of requests without an answer, and when the first of them was
// sent.
func (b *Batcher) Unanswered() (n int, since time.Time) {
	u := &b.unanswered
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, of := range u.all {
		if since.IsZero() || of.sent.Before(since) {
			since = of.sent
		}
	}
	return len(u.all), since
}

// errSilent returns the error of a request that has had no answer for a time.
func errSilent(waited time.Duration) error {
	return fmt.Errorf("no answer to the request within %v", waited.Round(100*time.Millisecond))
}

// DownPartitions returns the partitions that are known to be down, in no order.
func (b *Batcher) DownPartitions() []DownPartition { return b.breakers.downPartitions() }

// SilentPartitions returns the partitions that are not known to be down, and have answered
// nothing while a request to them has waited for longer than RequestTimeout, in no order.
func (b *Batcher) SilentPartitions() (all []DownPartition) {
	for partition, since := range b.unanswered.silentSince(time.Now().Add(-b.config.RequestTimeout)) {
		if !b.breakers.isDown(partition) {
			all = append(all, DownPartition{Partition: partition, Since: since, Err: errSilent(time.Since(since)), Silent: true})
		}
	}
	return all
}
