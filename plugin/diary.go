package plugin

import (
	"sync"
	"time"
)

// diary does something at an interval, until it is closed.
type diary struct {
	stop chan struct{}
	done sync.WaitGroup
}

// startDiary begins; an interval of zero is never.
func startDiary(every time.Duration, write func()) *diary {
	d := &diary{stop: make(chan struct{})}
	if every <= 0 {
		return d
	}
	d.done.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				write()
			case <-d.stop:
				return
			}
		}
	})
	return d
}

func (d *diary) close() {
	close(d.stop)
	d.done.Wait()
}
