package delivery

import (
	"fmt"
	"sync"
	"time"
)

// gate stands before the backend, or a route to it. While that is known to be
// down it turns frames away at once, so that no worker waits in vain, and
// lets one through from time to time to find out. The zero gate is open.
type gate struct {
	mu        sync.Mutex
	quiet     time.Time // no request before: the backend asked for it
	down      error     // why the backend is down; nil when it is not
	nextProbe time.Time
	cut       int // requests in a row that a deadline cut short
}

// cutsAreDown is how many requests in a row must be cut short without any
// answer between them to say that the backend is down.
const cutsAreDown = 3

// closed says why a frame with that deadline would be turned away now; nil
// when it would not.
func (g *gate) closed(now, deadline time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why(now, deadline)
}

func (g *gate) why(now, deadline time.Time) error {
	switch {
	case g.quiet.After(deadline):
		return fmt.Errorf("the backend asked to wait %v more", g.quiet.Sub(now).Round(time.Millisecond))
	case g.down != nil && now.Before(g.nextProbe):
		return fmt.Errorf("the backend is down: %w", g.down)
	}
	return nil
}

// enter lets a frame pass, or says why not. While the backend is down the one
// that passes is the probe: it finds out, and the others wait for what it finds.
func (g *gate) enter(now, deadline time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.why(now, deadline); err != nil {
		return err
	}
	if g.down != nil {
		g.nextProbe = deadline
	}
	return nil
}

// reached opens the gate: the backend has answered with a yes or a no.
func (g *gate) reached() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down, g.cut = nil, 0
}

// cutShort takes note of a request that had less than its time, and says
// whether there have been too many.
func (g *gate) cutShort() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut++
	return g.cut >= cutsAreDown
}

// missed closes the gate: the backend has failed until the deadline of a
// frame. The next probe goes after a pause, and not before one that is under
// way is over: the frame may be an older one.
func (g *gate) missed(why error, now time.Time, pause time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down = why
	if next := now.Add(pause); next.After(g.nextProbe) {
		g.nextProbe = next
	}
}

func (g *gate) isDown() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.down != nil
}

// unknown says that the frame with that deadline came back without having found
// anything out. If it was the probe, there is room for the next.
func (g *gate) unknown(now, deadline time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.down != nil && g.nextProbe.Equal(deadline) {
		g.nextProbe = now
	}
}

// throttleUntil keeps all requests back until a time.
func (g *gate) throttleUntil(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.After(g.quiet) {
		g.quiet = t
	}
}

// quietUntil returns the time before which no request may go.
func (g *gate) quietUntil() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.quiet
}
