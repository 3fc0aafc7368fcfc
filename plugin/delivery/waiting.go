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

// unanswered is the requests in progress whose partition has answered none since they were
// sent. A partition that hangs is known by them long before the time of a request is over.
// The zero unanswered is empty. It is safe for concurrent use.
type unanswered struct {
	mu   sync.Mutex
	sent map[*request]time.Time
}

func (u *unanswered) begin(r *request, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sent == nil {
		u.sent = map[*request]time.Time{}
	}
	u.sent[r] = now
}

func (u *unanswered) end(r *request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.sent, r)
}

// answered notes that a partition has decided on a request.
func (u *unanswered) answered(partition string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for r := range u.sent {
		if r.batch.partition == partition {
			delete(u.sent, r)
		}
	}
}

// since returns when the first of the requests of each partition was sent, where that was
// before a time.
func (u *unanswered) since(before time.Time) map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	first := map[string]time.Time{}
	for r, sent := range u.sent {
		if earlier, ok := first[r.batch.partition]; sent.Before(before) && (!ok || sent.Before(earlier)) {
			first[r.batch.partition] = sent
		}
	}
	return first
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
	for partition, since := range b.unanswered.since(time.Now().Add(-b.config.RequestTimeout)) {
		if !b.breakers.isDown(partition) {
			all = append(all, DownPartition{Partition: partition, Since: since, Err: errSilent(time.Since(since)), Silent: true})
		}
	}
	return all
}
