package plugin

import (
	"sync"
	"time"
)

// report calls a function at an interval. It is created by startReport.
type report struct {
	stop chan struct{}
	done sync.WaitGroup
}

// startReport calls write every interval, until close. With an interval of zero it
// never calls write.
func startReport(interval time.Duration, write func()) *report {
	r := &report{stop: make(chan struct{})}
	if interval <= 0 {
		return r
	}
	r.done.Go(func() {
		ticker := time.NewTicker(interval)
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

// close ends the calls. No call is in progress when it returns.
func (r *report) close() {
	close(r.stop)
	r.done.Wait()
}
