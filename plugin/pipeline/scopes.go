package pipeline

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// scopes are the scopes that the backend refuses for now (see backend.Scoped):
// each has a backoff of its own, and holds up nothing else. The zero scopes refuse
// nothing.
type scopes struct {
	refused atomic.Int32 // how many there are

	mu     sync.Mutex
	byName map[scopeName]*scope
}

type scopeName struct{ partition, scope string }

type scope struct {
	failures int // in a row
	since    time.Time
	nextTry  time.Time
	err      error // the last answer
}

// maxScopes bounds the scopes that are remembered. A scope that is forgotten is
// tried again earlier.
const maxScopes = 4096

// maxScopeBackoff is the longest pause between two tries of a scope.
const maxScopeBackoff = time.Minute

// allow says why the records of a scope have to wait; nil when they may be sent.
// While a scope is refused, one chunk at a time may try it, until a time.
func (s *scopes) allow(name scopeName, until time.Time) error {
	if s.refused.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.byName[name]
	if found == nil {
		return nil
	}
	if time.Now().Before(found.nextTry) {
		return found.err
	}
	found.nextTry = until
	return nil
}

// failed takes note that the backend did not take a record of a scope for now,
// and returns how many times in a row that was so. pause is the first backoff.
func (s *scopes) failed(name scopeName, err error, pause time.Duration) (failures int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.byName[name]
	if found == nil {
		if s.byName == nil || len(s.byName) >= maxScopes {
			s.byName = map[scopeName]*scope{}
		}
		found = &scope{since: time.Now()}
		s.byName[name] = found
		s.refused.Store(int32(len(s.byName)))
	}
	found.failures++
	found.err = err
	for n := 1; n < found.failures && pause < maxScopeBackoff; n++ {
		pause *= 2
	}
	var throttled *backend.Throttled
	if errors.As(err, &throttled) {
		pause = max(pause, throttled.After)
	}
	found.nextTry = time.Now().Add(min(pause, maxScopeBackoff))
	return found.failures
}

// succeeded takes note that the backend took a record of a scope.
func (s *scopes) succeeded(name scopeName) {
	if s.refused.Load() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byName, name)
	s.refused.Store(int32(len(s.byName)))
}

// RefusedScope is a scope that the backend refuses for now.
type RefusedScope struct {
	Partition, Scope string
	Since            time.Time
	Err              error // the last answer
}

// RefusedScopes returns the scopes that the backend refuses for now, in no order.
func (p *Pipeline) RefusedScopes() (all []RefusedScope) {
	p.scopes.mu.Lock()
	defer p.scopes.mu.Unlock()
	for name, s := range p.scopes.byName {
		all = append(all, RefusedScope{name.partition, name.scope, s.since, s.err})
	}
	return all
}

// scopesSucceeded takes note that the backend took all of a frame.
func (p *Pipeline) scopesSucceeded(f *frame) {
	if p.scopes.refused.Load() == 0 {
		return
	}
	for i := range f.items {
		if scope := f.items[i].scope; scope != "" && (i == 0 || scope != f.items[i-1].scope) {
			p.scopes.succeeded(scopeName{f.lane.partition, scope})
		}
	}
}
