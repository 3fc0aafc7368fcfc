package delivery

import (
	"sync"
	"time"
)

// gates are those of an instance: one for the backend as a whole, and one for
// each route that has failed. A tenant who is refused, or throttled, keeps
// nobody else's records back. The zero gates are open.
type gates struct {
	whole gate

	mu      sync.Mutex
	first   string // the first route
	begun   bool
	several bool             // there are others; else its gate is the backend's
	routes  map[string]*gate // those about which something is known
	reached time.Time        // when the backend was, last
}

// closed says why no frame with that deadline would pass; nil when one may.
func (gs *gates) closed(now, deadline time.Time) error {
	if only := gs.only(); only != nil {
		return only.closed(now, deadline)
	}
	return gs.whole.closed(now, deadline)
}

// down says whether the backend is known to be down, and still when a probe may go.
func (gs *gates) down() bool {
	only := gs.only()
	return gs.whole.isDown() || only != nil && only.isDown()
}

// only returns the gate of the one route that there is; nil when there are
// several, or when nothing is known of it.
func (gs *gates) only() *gate {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.several {
		return nil
	}
	return gs.routes[gs.first]
}

// enter lets the frames of a worker pass, or says of each why not. While the
// backend is down, those that pass are one probe.
func (gs *gates) enter(now time.Time, frames []*Frame, refused func(i int, err error)) {
	if len(frames) == 0 {
		return
	}
	deadline := frames[0].Deadline
	whole := gs.whole.enter(now, deadline)
	passed := false
	for i, f := range frames {
		err := whole
		if g := gs.of(f.Partition, false); err == nil && g != nil {
			err = g.enter(now, f.Deadline)
		}
		if err != nil {
			refused(i, err)
		} else {
			passed = true
		}
	}
	if whole == nil && !passed {
		gs.whole.unknown(now, deadline)
	}
}

// of returns the gate of a route; without add, nil when nothing is known of it.
func (gs *gates) of(route string, add bool) *gate {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if !gs.begun {
		gs.begun, gs.first, gs.routes = true, route, map[string]*gate{}
	}
	gs.several = gs.several || route != gs.first
	g := gs.routes[route]
	if g == nil && add {
		g = new(gate)
		gs.routes[route] = g
	}
	return g
}

// open opens the gates: the backend has answered on that route with a yes or a no.
func (gs *gates) open(route string, now time.Time) {
	gs.whole.reached()
	gs.mu.Lock()
	defer gs.mu.Unlock()
	gs.reached = now
	if g := gs.routes[route]; g != nil {
		if g.reached(); g.quietUntil().Before(now) {
			delete(gs.routes, route)
		}
	}
}

// missed closes the gate of a route on which a frame, tried since a time, has
// failed until its deadline. The backend as a whole is down when it has taken
// nothing since, and another route is closed as well.
func (gs *gates) missed(route string, why error, since, now time.Time, pause time.Duration) {
	gs.of(route, true).missed(why, now, pause)
	if gs.isDown(route, since) {
		gs.whole.missed(why, now, pause)
	}
}

func (gs *gates) isDown(route string, since time.Time) bool {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.reached.After(since) {
		return false
	}
	for other, g := range gs.routes {
		if other != route && g.isDown() {
			return true
		}
	}
	return false
}

// cutShort takes note of a request that had less than its time, and says
// whether there have been too many.
func (gs *gates) cutShort(route string) bool { return gs.of(route, true).cutShort() }

// unknown says that the frame with that deadline came back without having found
// anything out.
func (gs *gates) unknown(route string, now, deadline time.Time) {
	gs.whole.unknown(now, deadline)
	if g := gs.of(route, false); g != nil {
		g.unknown(now, deadline)
	}
}

// throttleUntil keeps the requests of a route back until a time: limits are
// those of a tenant.
func (gs *gates) throttleUntil(route string, t time.Time) { gs.of(route, true).throttleUntil(t) }

// quietUntil returns the time before which no request of a route may go.
func (gs *gates) quietUntil(route string) time.Time {
	if g := gs.of(route, false); g != nil {
		return g.quietUntil()
	}
	return time.Time{}
}
