package pipeline

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"sync"
)

// deliver sends the frames of all lanes, and applies their results. It returns the first
// failure.
func (w *worker) deliver() error {
	w.flushMissing()
	all := w.lanes.list[:w.lanes.used]
	switch {
	case len(all) == 0:
		return nil
	case !w.p.several():
		return w.deliverTo(w.p.own, all)
	}
	lanes := make([][]*lane, len(w.p.all)) // by the number of the destination
	for _, l := range all {
		lanes[l.to.number] = append(lanes[l.to.number], l)
	}
	if only := lanes[all[0].to.number]; len(only) == len(all) {
		return w.deliverTo(all[0].to, only)
	}
	return w.deliverToSeveral(lanes)
}

// deliverToSeveral delivers to several destinations at the same time, so that none waits for
// another one.
func (w *worker) deliverToSeveral(lanes [][]*lane) (failed error) {
	errs, panics := make([]error, len(lanes)), make([]any, len(lanes))
	var all sync.WaitGroup
	for i := range lanes {
		if len(lanes[i]) == 0 {
			continue
		}
		all.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					panics[i] = fmt.Sprintf("%v\n%s", r, debug.Stack())
				}
			}()
			errs[i] = w.deliverTo(w.p.all[i], lanes[i])
		})
	}
	all.Wait()
	for _, p := range panics {
		if p != nil {
			panic(p) // in the goroutine of the chunk, which recovers it
		}
	}
	return cmp.Or(errs...)
}
