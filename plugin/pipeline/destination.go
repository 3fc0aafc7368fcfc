package pipeline

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/ledger"
)

// Destination is a backend that an output delivers to.
type Destination struct {
	Name       string
	Backend    backend.Backend
	Batcher    *delivery.Batcher
	TextLimit  backend.TextLimit // of a text; zero for any length
	BatchBytes int               // of a full frame
	// Filters are those of the backend. They are applied to the copy of a record that goes
	// to it, behind all other filters.
	Filters filters.Chain
	// Figures counts the copies of records; nil for the only destination of an output.
	Figures *ledger.Destination
}

// Routed is where the records of a source go. It is the value of filters.Source.Routes.
type Routed struct {
	Route *rules.Route
	// Sources are the source as each destination renders it, by the number of the
	// destination; nil for a destination that no record of the source goes to.
	Sources []*filters.Source
}

// destination is a backend with what is known of it. The output's own has the number 0.
type destination struct {
	*Destination
	p          *Pipeline
	number     int
	scopes     scopes
	scoped     backend.Scoped // the backend; nil for a backend that is not Scoped
	frameBytes atomic.Int64   // of a full frame: BatchBytes, or less
	// frames is spare frames of all workers. Most workers wait at a time for the chunk before
	// theirs. So few frames are in use, and if each worker kept its own, all would have memory.
	frames sync.Pool // of *frame
}

// makeDestinations makes the destinations of the configuration.
func (p *Pipeline) makeDestinations() {
	for i := range p.Destinations {
		one := &p.Destinations[i]
		d := &destination{Destination: one, p: p, number: i}
		d.scoped, _ = one.Backend.(backend.Scoped)
		d.frameBytes.Store(int64(one.BatchBytes))
		d.frames.New = func() any { return &frame{encoder: one.Backend.NewEncoder()} }
		if ordered, ok := one.Backend.(backend.Ordered); ok {
			if behind := ordered.MaxBehind(); p.maxBehind == 0 || behind > 0 && behind < p.maxBehind {
				p.maxBehind = behind
			}
		}
		p.all = append(p.all, d)
	}
	p.own = p.all[0]
}

// several reports whether the output has more than one destination.
func (p *Pipeline) several() bool { return len(p.all) > 1 }

// named returns a destination by its name; nil for one that the output does not have. The
// output's own has no name for the parked records.
func (p *Pipeline) named(name string) *destination {
	if name == "" || name == rules.OwnDestination {
		return p.own
	}
	for _, d := range p.all[1:] {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// bit is the destination in a set of destinations.
func (d *destination) bit() uint16 { return 1 << d.number }

// parkName is the name of the destination for the parked records.
func (d *destination) parkName() string {
	if d.number == 0 {
		return ""
	}
	return d.Name
}

// unavailable returns why a chunk with that deadline would be refused by every destination.
func (p *Pipeline) unavailable(deadline time.Time) (err error) {
	for _, d := range p.all {
		if err = d.Batcher.Unavailable(deadline); err == nil {
			return nil
		}
	}
	return err
}

// anyDown reports whether a destination is known to be down.
func (p *Pipeline) anyDown() bool {
	for _, d := range p.all {
		if d.Batcher.Down() {
			return true
		}
	}
	return false
}

// isDownAlone reports whether a partition of a destination is down, or all of the
// destination, while others are not.
func (p *Pipeline) isDownAlone(d *destination, partition string) bool {
	if d.Batcher.IsDownAlone(partition) {
		return true
	}
	if !p.several() || !d.Batcher.Down() {
		return false
	}
	for _, other := range p.all {
		if other != d && !other.Batcher.Down() {
			return true
		}
	}
	return false
}

// Render returns a copy of a source as the destination renders it.
func (d *Destination) Render(s *filters.Source) *filters.Source {
	c := *s
	c.Routes = nil
	c.Rendered, c.Partition = d.Backend.Render(&c), d.Backend.Partition(&c)
	return &c
}
