package pipeline

import (
	"fmt"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/quota"
)

// deferred is the records of a chunk that are above a rate limit and wait. They
// stay pending, and the chunk is returned to Fluent Bit for them.
type deferred struct {
	records ledger.Bitset
	count   int
	logged  bool // of the chunk, that records were dropped
	now     time.Time
	// empty are the buckets that are used up. Their later records of the chunk
	// wait as well, or they would overtake.
	empty map[*quota.Bucket]bool
}

func (d *deferred) begin() {
	d.records, d.count, d.logged, d.now = d.records[:0], 0, false, time.Time{}
	clear(d.empty)
}

func (d *deferred) has(i int) bool { return d.count > 0 && d.records.Has(i) }

func (d *deferred) err() error {
	if d.count == 0 {
		return nil
	}
	return fmt.Errorf("%d records are above their rate limit", d.count)
}

// exceeds takes an item out of the bucket of its source. It returns true for an
// item above the limit that is to be dropped. One that is to wait is deferred.
func (w *worker) exceeds(it *item) (drop bool) {
	account := accountOf(it.source)
	if account.Bucket == nil {
		return false
	}
	d := &w.deferred
	if d.now.IsZero() {
		d.now = time.Now()
	}
	records, begunBefore := 1, false
	if g := w.messages.plan.Group(it.mark.Index); g != nil {
		records, begunBefore = len(g.Members), len(g.Origins) > 0
	}
	if !d.empty[account.Bucket] && account.Bucket.Allow(d.now, records, it.bytes) {
		return false
	}
	switch account.Bucket.Policy() {
	case quota.Drop:
		if !d.logged {
			w.p.Log.Warnf("records of namespace %s are above their rate limit, and dropped", account.Namespace.Name)
			d.logged = true
		}
		return true
	case quota.Delay:
		// Another chunk may wait for it, and a stop would wait for all of them.
		if begunBefore || w.p.Stopping() {
			return false
		}
		if d.empty == nil {
			d.empty = map[*quota.Bucket]bool{}
		}
		d.empty[account.Bucket] = true
		d.records.Add(it.mark.Index)
		d.count++
	}
	return false
}
