// Package tap shows records to people while they are sent. A subscriber sees the records of
// a namespace, a pod or a container, as the backend file writes them, after all filters and
// redactions. Nobody waits for a subscriber: what it does not take in time, or what is above
// its rate, is left out and counted.
package tap

import (
	"errors"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

const (
	// maxSubscribers is the number of subscribers at a time.
	maxSubscribers = 4
	// buffered is the number of lines that a subscriber may be behind.
	buffered = 256
	// maxText is the length in bytes above which a text is cut.
	maxText = 16 << 10
	// DefaultRate and MaxRate are records a second.
	DefaultRate = 100
	MaxRate     = 1000
)

// ErrBusy is the error for one subscriber too many.
var ErrBusy = errors.New("4 others watch already, and no more are allowed")

// Selection selects records by their source; an empty name stands for any. Without any name,
// it selects all records. Container is the name of a component for records of components.
type Selection struct{ Namespace, Pod, Container string }

// selects reports whether the records of a source are selected.
func (s *Selection) selects(source *filters.Source) bool {
	return (s.Namespace == "" || s.Namespace == source.Namespace) &&
		(s.Pod == "" || s.Pod == source.Pod) &&
		(s.Container == "" || s.Container == source.Container || s.Container == source.Component)
}

// Hub passes records to subscribers. The zero Hub has none, and a nil Hub never has one. It
// is safe for concurrent use.
type Hub struct {
	active atomic.Int32 // the number of subscribers

	mu  sync.RWMutex
	all []*Subscriber
}

// Subscriber is somebody who watches. It is created by Hub.Subscribe.
type Subscriber struct {
	hub       *Hub
	selection Selection
	limit     *rate.Limiter
	lines     chan []byte
	skipped   atomic.Int64
}

// Active reports whether anybody watches. It costs one atomic load.
func (h *Hub) Active() bool { return h != nil && h.active.Load() > 0 }

// Subscribe adds a subscriber, to whom so many records a second are shown; zero stands for
// DefaultRate, and MaxRate is the most. The caller must call Close.
func (h *Hub) Subscribe(which Selection, perSecond int) (*Subscriber, error) {
	if perSecond <= 0 {
		perSecond = DefaultRate
	}
	perSecond = min(perSecond, MaxRate)
	s := &Subscriber{
		hub: h, selection: which, lines: make(chan []byte, buffered),
		limit: rate.NewLimiter(rate.Limit(perSecond), perSecond),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.all) >= maxSubscribers {
		return nil, ErrBusy
	}
	h.all = append(h.all, s)
	h.active.Store(int32(len(h.all)))
	return s, nil
}

// Publish shows a record to the subscribers that have selected it. It never waits for one,
// and keeps no reference to the record.
func (h *Hub) Publish(r *filters.Record) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var line []byte
	for _, s := range h.all {
		if !s.selection.selects(r.Source) {
			continue
		}
		if len(s.lines) == cap(s.lines) || !s.limit.Allow() {
			s.skipped.Add(1)
			continue
		}
		if line == nil {
			line = encode(r)
		}
		select {
		case s.lines <- line:
		default:
			s.skipped.Add(1)
		}
	}
}

// encode returns a record as a line of JSON.
func encode(r *filters.Record) []byte {
	c := *r
	if c.Log.Len() > maxText {
		text := r.Log.AppendPlain(nil)
		c.Log = filters.PlainText(text[:min(len(text), maxText)])
		c.Flags |= filters.Partial
	}
	return ndjson.AppendRecord(nil, &c)
}

// Lines are the records, each a line of JSON with its line feed. A line must not be changed:
// other subscribers may have it.
func (s *Subscriber) Lines() <-chan []byte { return s.lines }

// TakeSkipped returns the number of records that were left out since the last call.
func (s *Subscriber) TakeSkipped() int64 { return s.skipped.Swap(0) }

// Close removes the subscriber.
func (s *Subscriber) Close() {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, other := range h.all {
		if other == s {
			h.all = append(h.all[:i:i], h.all[i+1:]...)
			break
		}
	}
	h.active.Store(int32(len(h.all)))
}
