package pipeline

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// scopes is the scopes that the backend refuses for now (see backend.Scoped). Each has
// a backoff of its own, and does not hold up other scopes. The zero scopes is empty.
type scopes struct {
	refused atomic.Int32 // the number of scopes

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

// maxScopes is the number of scopes that are remembered. A forgotten scope is tried
// again earlier.
const maxScopes = 4096

// maxScopeBackoff is the longest pause between two tries of a scope.
const maxScopeBackoff = time.Minute

// full reports whether scopes are forgotten, because there are too many.
func (s *scopes) full() bool { return s.refused.Load() >= maxScopes }

// allow returns why the records of a scope have to wait; nil when they may be sent.
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

// refuse reports whether all items of a frame are of refused scopes.
func (s *scopes) refuse(f *frame) bool {
	if s.refused.Load() == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range f.items {
		scope := f.items[i].scope
		if scope == "" || (i == 0 || scope != f.items[i-1].scope) && s.byName[scopeName{f.lane.partition, scope}] == nil {
			return false
		}
	}
	return true
}

// failed notes that the backend did not take a record of a scope for now, and returns
// how many times in a row this has happened. pause is the first backoff.
func (s *scopes) failed(name scopeName, err error, pause time.Duration) (failures int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.byName[name]
	if found == nil {
		if s.byName == nil {
			s.byName = map[scopeName]*scope{}
		}
		if len(s.byName) >= maxScopes {
			for other := range s.byName { // any one: all of them at once would end every backoff
				delete(s.byName, other)
				break
			}
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
	if throttled, ok := errors.AsType[*backend.Throttled](err); ok {
		pause = max(pause, throttled.After)
	}
	found.nextTry = time.Now().Add(min(pause, maxScopeBackoff))
	return found.failures
}

// succeeded notes that the backend took a record of a scope.
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
	Destination      string // empty for an output with one
	Partition, Scope string
	Since            time.Time
	Err              error // the last answer
}

// RefusedScopes returns the scopes that the backend refuses for now, in no order.
func (p *Pipeline) RefusedScopes() (all []RefusedScope) {
	for _, d := range p.all {
		all = d.appendRefused(all)
	}
	return all
}

func (d *destination) appendRefused(all []RefusedScope) []RefusedScope {
	d.scopes.mu.Lock()
	defer d.scopes.mu.Unlock()
	for name, s := range d.scopes.byName {
		all = append(all, RefusedScope{d.Name, name.partition, name.scope, s.since, s.err})
	}
	return all
}

// scopesSucceeded notes that the backend took all items of a frame.
func (d *destination) scopesSucceeded(f *frame) {
	if d.scopes.refused.Load() == 0 {
		return
	}
	for i := range f.items {
		if scope := f.items[i].scope; scope != "" && (i == 0 || scope != f.items[i-1].scope) {
			d.scopes.succeeded(scopeName{f.lane.partition, scope})
		}
	}
}
