package pipeline

import (
	"fmt"
	"time"

	"github.com/k8slog/k8slog/plugin/quota"
)

// rateLimit is the state of the rate limits in one chunk.
type rateLimit struct {
	deferred int  // records above their limit, for which the chunk is returned
	logged   bool // that records were dropped
	now      time.Time
	// empty are the buckets that are used up. Later records of the chunk wait as
	// well, to keep their order.
	empty map[*quota.Bucket]bool
}

func (l *rateLimit) begin() {
	l.deferred, l.logged, l.now = 0, false, time.Time{}
	clear(l.empty)
}

func (l *rateLimit) err() error {
	if l.deferred == 0 {
		return nil
	}
	return fmt.Errorf("%d records are above their rate limit", l.deferred)
}

// overLimit takes an item out of the bucket of its source. It returns the treatment of
// the item: Drop, Delay, or the empty Policy for an item that is sent. Parked records
// were below their limit when they came.
func (w *worker) overLimit(it *item) quota.Policy {
	account := accountOf(it.source)
	if account.Bucket == nil || w.parked {
		return ""
	}
	l := &w.rateLimit
	if l.now.IsZero() {
		l.now = time.Now()
	}
	records, begunBefore := 1, false
	if g := w.messages.plan.Group(it.mark.Index); g != nil {
		records, begunBefore = len(g.Members), len(g.Origins) > 0
	}
	if !l.empty[account.Bucket] && account.Bucket.Allow(l.now, records, it.bytes) {
		return ""
	}
	policy := account.Bucket.Policy()
	account.Namespace.LimitedAt.Store(l.now.UnixNano())
	switch policy {
	case quota.Drop:
		w.messages.record.DroppedBy = &account.Namespace.RateLimited
		if !l.logged {
			w.p.Log.Warnf("records of namespace %s are above their rate limit, and dropped", account.Namespace.Name)
			l.logged = true
		}
	case quota.Delay:
		// Another chunk may wait for the item, and a stop would wait for all chunks.
		if begunBefore || w.p.Stopping() {
			return ""
		}
		if l.empty == nil {
			l.empty = map[*quota.Bucket]bool{}
		}
		l.empty[account.Bucket] = true
	}
	return policy
}
