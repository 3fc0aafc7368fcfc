package delivery

import (
	"fmt"
	"sync"
	"time"
)

// gate stands before the backend of an instance. While the backend is known to
// be down it turns frames away at once, so that no worker waits in vain, and
// lets one through from time to time to find out. The zero gate is open.
type gate struct {
	mu        sync.Mutex
	quiet     time.Time // no request before: the backend asked for it
	down      error     // why the backend is down; nil when it is not
	nextProbe time.Time
}

// enter says whether a frame may be sent now.
func (g *gate) enter(now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.down == nil {
		return nil
	}
	if now.Before(g.nextProbe) {
		return fmt.Errorf("the backend is down: %w", g.down)
	}
	// This one goes and finds out; the others wait for what it finds.
	g.nextProbe = now.Add(probeWait)
	return nil
}

// probeWait bounds how long a probe that never reports keeps others out.
const probeWait = 30 * time.Second

// reached opens the gate: the backend has answered with a yes or a no.
func (g *gate) reached() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down = nil
}

// missed closes the gate: a request has used up its deadline. The next probe
// goes after a pause.
func (g *gate) missed(why error, now time.Time, pause time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down, g.nextProbe = why, now.Add(pause)
}

// throttleUntil keeps all requests back until a time.
func (g *gate) throttleUntil(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.After(g.quiet) {
		g.quiet = t
	}
}

// throttle returns the time before which no request may go.
func (g *gate) throttle() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.quiet
}
