package ledger

import (
	"sync"
	"time"
)

// Report is a periodic report. It is made by StartReport.
type Report struct {
	stop chan struct{}
	done sync.WaitGroup
}

// StartReport calls write at an interval, until Close. With an interval of zero
// it never does.
func StartReport(every time.Duration, write func()) *Report {
	r := &Report{stop: make(chan struct{})}
	if every <= 0 {
		return r
	}
	r.done.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				write()
			case <-r.stop:
				return
			}
		}
	})
	return r
}

// Close ends the report. No call of write is under way when it returns.
func (r *Report) Close() {
	close(r.stop)
	r.done.Wait()
}
