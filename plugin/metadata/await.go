package metadata

import (
	"time"

	"github.com/k8slog/k8slog/filters"
)

// Await waits until the pod is known, for metadata_wait from when it was asked for first, and
// until a time at the latest. It does not wait while the API server does not answer, and when
// no other worker would be free.
func (s *Store) Await(m *filters.Metadata, until time.Time) {
	if m == nil || m.Known || m.Superseded() || s.config.Stopping != nil && s.config.Stopping() {
		return
	}
	if end := m.Asked.Add(s.config.Options.Wait); end.Before(until) {
		until = end
	}
	left := time.Until(until)
	if left <= 0 || !s.answers() {
		return
	}
	busy := int(s.waiting.Add(1))
	defer s.waiting.Add(-1)
	if s.config.Busy != nil {
		busy += s.config.Busy()
	}
	if busy >= int(s.workers.Load()) {
		return
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-m.Changed():
	case <-timer.C:
	case <-s.closed:
	}
}

// answers reports whether the API server is not known to be away.
func (s *Store) answers() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing == nil
}

// Ready reports whether all pods are known, or cannot be for now.
func (s *Store) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.synced || s.failing != nil
}
