package ledger

import (
	"sync"
	"sync/atomic"
	"time"
)

// maxNamespaces is the number of namespaces with counters of their own. All
// others share one counter, which is named otherNamespaces.
const (
	maxNamespaces   = 1000
	otherNamespaces = "(other)"
)

// Namespace counts the records of a namespace by their outcome. The namespace of
// the node's own components is empty.
type Namespace struct {
	Name    string
	records [outcomes]atomic.Int64
	bytes   atomic.Int64 // of the delivered records, in the encoding of Fluent Bit's chunks

	// RateLimited counts the dropped records that were above the rate limit. LimitedAt is when
	// records were last above it, and wait or were dropped, in nanoseconds; 0 for never.
	RateLimited, LimitedAt atomic.Int64
}

// Namespaces holds the counters of all namespaces. It is safe for concurrent use.
// The zero Namespaces is empty.
type Namespaces struct {
	mu     sync.Mutex
	byName map[string]*Namespace
}

// Of returns the counters of a namespace.
func (ns *Namespaces) Of(name string) *Namespace {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	if ns.byName == nil {
		ns.byName = map[string]*Namespace{}
	}
	found := ns.byName[name]
	if found == nil && len(ns.byName) >= maxNamespaces {
		name = otherNamespaces
		found = ns.byName[name]
	}
	if found == nil {
		found = &Namespace{Name: name}
		ns.byName[name] = found
	}
	return found
}

// Limited calls do for each namespace with records that were above the rate limit since a time,
// in no order, with the number of those that were dropped since the start.
func (ns *Namespaces) Limited(since time.Time, do func(name string, dropped int64)) {
	ns.each(func(n *Namespace) {
		if at := n.LimitedAt.Load(); at > 0 && at >= since.UnixNano() {
			do(n.Name, n.RateLimited.Load())
		}
	})
}

// each calls do for the counters of every namespace.
func (ns *Namespaces) each(do func(*Namespace)) {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	for _, n := range ns.byName {
		do(n)
	}
}
