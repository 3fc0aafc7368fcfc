package ledger

import (
	"sync"
	"sync/atomic"
)

// maxNamespaces bounds the namespaces that are counted apart. All others are
// counted as one, under the name otherNamespaces.
const (
	maxNamespaces   = 1000
	otherNamespaces = "(other)"
)

// Namespace counts the records of a namespace by their outcome. The records of
// the node's own components have the namespace "".
type Namespace struct {
	Name    string
	records [outcomes]atomic.Int64
	bytes   atomic.Int64 // of those that were delivered, as Fluent Bit keeps them
}

// Namespaces are the counters of all namespaces. The zero value is empty.
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
	if found := ns.byName[name]; found != nil {
		return found
	}
	if len(ns.byName) >= maxNamespaces {
		name = otherNamespaces
		if found := ns.byName[name]; found != nil {
			return found
		}
	}
	made := &Namespace{Name: name}
	ns.byName[name] = made
	return made
}

// each calls do for the counters of every namespace.
func (ns *Namespaces) each(do func(*Namespace)) {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	for _, one := range ns.byName {
		do(one)
	}
}

// Batch adds up settled records before they are entered, because records come in
// runs of one namespace. The zero Batch is empty.
type Batch struct {
	Ledger  *Ledger
	Outcome Outcome

	total     int
	namespace *Namespace
	records   int
	bytes     int
}

// Add counts records of a namespace, nil for records whose namespace is not
// counted.
func (b *Batch) Add(n *Namespace, records, bytes int) {
	if n != b.namespace {
		b.enterNamespace()
		b.namespace = n
	}
	b.total += records
	b.records += records
	b.bytes += bytes
}

// Enter puts what was added up into the ledger, and returns how many records
// they were.
func (b *Batch) Enter() int {
	b.enterNamespace()
	n := b.total
	if n > 0 {
		b.Ledger.Settle(n, b.Outcome)
	}
	b.total = 0
	return n
}

func (b *Batch) enterNamespace() {
	if b.namespace != nil {
		b.namespace.records[b.Outcome].Add(int64(b.records))
		if b.Outcome == Delivered {
			b.namespace.bytes.Add(int64(b.bytes))
		}
	}
	b.namespace, b.records, b.bytes = nil, 0, 0
}
