package plugin

import (
	"fmt"
	"time"

	"github.com/k8slog/k8slog/plugin/quota"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// holding is the records of a chunk that are above a budget and wait: they stay
// pending, and the chunk goes back to Fluent Bit for them.
type holding struct {
	held  bitset
	count int
	said  bool // of the chunk, that records were dropped
	now   time.Time
	// shares are those that are used up. Of these the later records of the
	// chunk wait as well, or they would overtake.
	shares map[*quota.Share]bool
}

func (h *holding) begin() {
	h.held, h.count, h.said, h.now = h.held[:0], 0, false, time.Time{}
	clear(h.shares)
}

func (h *holding) err() error {
	if h.count == 0 {
		return nil
	}
	return fmt.Errorf("%d records are above their budget", h.count)
}

// aboveBudget takes a record out of the budget of who wrote it. Of one that is
// above, it either says so, and the record is to be dropped, or holds it.
func (f *flush) aboveBudget(i int, g *reassemble.Group, bytes int) (drop bool) {
	l := ledgerOf(f.wrote(i).by)
	if l == nil || l.share == nil {
		return false
	}
	h := &f.holding
	if h.now.IsZero() {
		h.now = time.Now()
	}
	records := 1
	if g != nil {
		records = len(g.Members)
	}
	if !h.shares[l.share] && l.share.Take(h.now, records, bytes) {
		return false
	}
	switch l.share.Policy() {
	case quota.Drop:
		if !h.said {
			f.in.log.Warnf("records of namespace %s are above their budget, and dropped", l.account.namespace)
			h.said = true
		}
		return true
	case quota.Delay:
		// Another chunk may wait for it; and a stop would wait for all of them.
		if g != nil && len(g.Before) > 0 || f.in.stopping() {
			return false
		}
		if h.shares == nil {
			h.shares = map[*quota.Share]bool{}
		}
		h.shares[l.share] = true
		h.held.add(i)
		h.count++
	}
	return false
}
