package pipeline

import (
	"errors"
	"slices"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/parking"
)

// This file decides when which queue of parked records is sent, in the background.

const (
	parkedInterval = time.Second // between two looks at the queues
	maxParkedPause = time.Minute
	// maxParkedSends is the number of queues that are sent at a time, so that a backend
	// that is slow for one does not hold up the others.
	maxParkedSends = 4
)

// hasParked reports whether records are parked.
func (p *Pipeline) hasParked() bool { return p.Parking != nil && p.Parking.Records() > 0 }

// receiveParked enters the parked records, which an earlier process has received.
func (p *Pipeline) receiveParked() {
	n := int(p.Parking.Records() - p.Parking.Copies())
	p.Ledger.Receive(n)
	p.Ledger.Park(n)
	for _, q := range p.Parking.Queues() {
		if to := p.named(q.Key.Destination); to != nil && !q.Key.Shared {
			to.Figures.Park(q.Records)
		}
	}
}

// parkedTry is the next try of a queue.
type parkedTry struct {
	at       time.Time
	failures int
	most     int // the number of entries of the first request
	sending  bool
}

// parkedResult is the result of a try of a queue.
type parkedResult struct {
	key      parking.Key
	empty    bool
	progress bool // something was settled
	most     int  // for the first request of the next try
	err      error
}

// sendParkedRecords sends parked records until the pipeline is closed.
func (p *Pipeline) sendParkedRecords() {
	tries := map[parking.Key]*parkedTry{}
	sending := 0
	results := make(chan parkedResult, maxParkedSends)
	ticker := time.NewTicker(parkedInterval)
	defer ticker.Stop()
	for {
		select {
		case <-p.closed:
			for ; sending > 0; sending-- {
				<-results
			}
			return
		case r := <-results:
			sending--
			p.parkedTried(tries, r)
		case <-ticker.C:
		}
		// Of several destinations, one that is down learns only from these records that it is
		// up again: what comes for it goes behind them.
		if p.Stopping() || !p.several() && p.own.Batcher.Down() {
			continue
		}
		for _, key := range p.dueQueues(tries, time.Now()) {
			if sending == maxParkedSends {
				break
			}
			sending++
			tries[key].sending = true
			most := tries[key].most
			go func() { results <- p.sendQueue(key, most) }()
		}
	}
}

// dueQueues returns the queues whose next try is due, the one that has waited longest
// first.
func (p *Pipeline) dueQueues(tries map[parking.Key]*parkedTry, now time.Time) (due []parking.Key) {
	there := map[parking.Key]bool{}
	for _, q := range p.Parking.Queues() {
		there[q.Key] = true
		t := tries[q.Key]
		if t == nil {
			t = &parkedTry{at: now.Add(p.ScopePause), most: maxParkedEntries}
			if q.Key.Record {
				t.most = maxParkedRecords
			}
			tries[q.Key] = t
		}
		if !t.sending && !now.Before(t.at) {
			due = append(due, q.Key)
		}
	}
	for key, t := range tries {
		if !there[key] && !t.sending {
			delete(tries, key)
		}
	}
	slices.SortFunc(due, func(a, b parking.Key) int { return tries[a].at.Compare(tries[b].at) })
	return due
}

// parkedTried sets the next try of a queue.
func (p *Pipeline) parkedTried(tries map[parking.Key]*parkedTry, r parkedResult) {
	t := tries[r.key]
	if t == nil {
		return
	}
	if r.err != nil {
		p.Log.Warnf("parked records wait on: %v", r.err)
	}
	t.sending, t.most = false, r.most
	t.failures++
	if r.empty || r.progress {
		t.failures = 0
	}
	pause := min(parkedInterval<<min(t.failures, 10), maxParkedPause)
	// The breaker of the partition does not know of a Retry-After that a queue has got:
	// it may be for a stream of the partition, of which others are taken.
	if throttled, ok := errors.AsType[*backend.Throttled](r.err); ok && !r.key.Shared {
		pause = max(pause, throttled.After)
	}
	t.at = time.Now().Add(pause)
	p.parkedErrs.set(r.key, r.err)
}
