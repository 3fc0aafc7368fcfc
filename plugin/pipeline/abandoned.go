package pipeline

import (
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// This file finds the chunks that Fluent Bit has dropped: at storage.total_limit_size, or
// after retry_limit. Fluent Bit tells no plugin. After a retry it presents a chunk again
// within scheduler.cap. So a chunk that does not come for much longer is gone.

// maxAbandonInterval is the longest time between two looks at the returned chunks.
const maxAbandonInterval = time.Minute

// findAbandoned looks for such chunks until the pipeline is closed.
func (p *Pipeline) findAbandoned() {
	ticker := time.NewTicker(min(p.AbandonAfter/4, maxAbandonInterval))
	defer ticker.Stop()
	for {
		select {
		case <-p.closed:
			return
		case now := <-ticker.C:
			p.abandon(now.Add(-p.AbandonAfter))
		}
	}
}

// abandon enters the chunks that were returned before a time as abandoned.
func (p *Pipeline) abandon(before time.Time) {
	chunks, records := p.Resume.Abandon(before, func(state *ledger.ChunkState) {
		if state.UnderWay != nil {
			p.settleAnswered(state, func(*ledger.MessageUnderWay) {}, func(*ledger.MessageUnderWay, error) {})
		}
	})
	if chunks == 0 {
		return
	}
	p.Ledger.Abandon(records)
	p.Reassembler.Unread(p.Resume.Unread)
	p.Log.Warnf("%d chunks with %d pending records have not come again for %v: Fluent Bit has dropped them "+
		"(storage.total_limit_size, retry_limit)", chunks, records, p.AbandonAfter)
}
