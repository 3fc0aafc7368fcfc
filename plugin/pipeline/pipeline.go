// Package pipeline delivers the chunks of Fluent Bit to the backend:
//
//	chunk.Reader → decoder → reassemble → filters → backend.Encoder
//	             → frames, each with its items → delivery → outcome of each item
//
// A worker takes one chunk at a time through all of these steps.
package pipeline

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/disk"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/plugin/reassemble"
	"github.com/k8slog/k8slog/plugin/tap"
)

// Config configures a Pipeline. All fields must be set, unless their comment has a
// meaning of the zero value.
type Config struct {
	// Destinations are all backends of the output, its own as the first.
	Destinations []Destination
	Sources      *source.Resolver
	Reassembler  *reassemble.Reassembler
	Filters      filters.Chain
	Ledger       *ledger.Ledger
	Resume       *ledger.Resume
	DeadLetters  *deadletter.File
	Parking      *parking.Store // nil for no parking
	Disk         *disk.Ledger   // nil for none
	Log          *hostlog.Throttled
	// Stopping reports whether the host is about to end.
	Stopping func() bool

	// AwaitMetadata waits until the metadata of a pod are known, until a time at the latest;
	// nil for sources without metadata. MetadataWait is how long a chunk waits in all.
	AwaitMetadata func(m *filters.Metadata, until time.Time)
	MetadataWait  time.Duration

	// Tap shows records to people; nil for nobody.
	Tap *tap.Hub
	// SampleTexts keeps the beginning of some dead letters for people.
	SampleTexts bool

	// PathKey and OffsetKey are the fields with the path and the offset of a line that
	// tail adds; empty for none.
	PathKey, OffsetKey string
	// Node and Cluster are the names of the node and the cluster; empty for none.
	Node, Cluster string
	// ScopePause is the pause before the first retry of a scope that the backend
	// refuses.
	ScopePause time.Duration
	// ParkPath is the folder of Parking, for the log. ParkAfter is how long records are
	// set aside before they are parked.
	ParkPath  string
	ParkAfter time.Duration
	// AbandonAfter is how long Fluent Bit may take to present a returned chunk again;
	// zero for any time.
	AbandonAfter time.Duration
	// IsFirst is true when no earlier process has left chunks that are presented now; false
	// for unknown.
	IsFirst bool
	// MemoryLimit is about the maximum memory of the chunks in work, in bytes.
	MemoryLimit int64
	// KeepPartial returns a chunk that ends in the middle of a line at a stop, so that
	// the line is reassembled after the next start.
	KeepPartial bool
}

// Pipeline processes the chunks of an instance. It is created by New, and is safe for
// concurrent use.
type Pipeline struct {
	Config
	memory     memory
	workers    sync.Pool // of *worker
	parkedErrs parkedErrs
	all        []*destination
	own        *destination  // the first of all
	maxBehind  time.Duration // see backend.Ordered; zero for any
	started    time.Time
	order      order
	closed     chan struct{}
	background sync.WaitGroup
}

// New creates a Pipeline. The caller must call Close and Wait.
func New(c Config) *Pipeline {
	p := &Pipeline{Config: c, closed: make(chan struct{}), started: time.Now()}
	p.makeDestinations()
	if c.IsFirst {
		p.order.newest = p.started.UnixNano()
	}
	p.memory.limit = c.MemoryLimit
	p.workers.New = func() any { return newWorker(p) }
	if p.Parking != nil {
		p.receiveParked()
		p.background.Go(p.sendParkedRecords)
	}
	if p.AbandonAfter > 0 {
		p.background.Go(p.findAbandoned)
	}
	return p
}

// Process delivers a chunk with a tag, and returns shortly after the deadline at the
// latest. It returns nil when every record of the chunk has an outcome, and otherwise the
// reason why Fluent Bit has to present the chunk again. data must not change until
// Process returns, and is not used afterwards.
func (p *Pipeline) Process(tag string, data []byte, deadline time.Time) error {
	return p.process(tag, data, deadline, false, nil, nil)
}

// ProcessTo delivers a chunk as Process does, to the destination with a name alone.
func (p *Pipeline) ProcessTo(destination, tag string, data []byte, deadline time.Time) error {
	to := p.named(destination)
	if to == nil {
		return fmt.Errorf("there is no destination %q", destination)
	}
	return p.process(tag, data, deadline, false, nil, to)
}

// ProcessQueued delivers a chunk with another one behind it, which waits for the same
// worker, as Process does.
func (p *Pipeline) ProcessQueued(tag string, data []byte, deadline time.Time) error {
	return p.process(tag, data, deadline, true, nil, nil)
}

// ProcessFile delivers a chunk of lines that were read from a file, as Process does.
func (p *Pipeline) ProcessFile(tag string, data []byte, deadline time.Time, lines *disk.Reading) error {
	return p.process(tag, data, deadline, false, lines, nil)
}

func (p *Pipeline) process(tag string, data []byte, deadline time.Time, queued bool, lines *disk.Reading, only *destination) (err error) {
	first := firstTime(data)
	var at *place // nil where the order of age does not matter
	if p.maxBehind > 0 {
		at = p.order.enter(first)
		defer func() { p.order.leave(at, err == nil) }()
	}
	if lines != nil {
		first = newest
	}
	taken, err := p.memory.take(len(data), first, p.memoryDeadline(deadline))
	defer p.memory.give(taken)
	w := p.workers.Get().(*worker)
	w.queued, w.noMemory, w.place, w.only = queued, err, at, only
	state := p.Resume.Take(tag, data)
	if at != nil {
		state.First = at.first
	}
	if w.fetched = lines != nil; w.fetched {
		state.Reading = lines
	}
	w.begin(tag, data, deadline, state)
	defer func() {
		if r := recover(); r != nil {
			p.Panicked(fmt.Errorf("panic in a chunk of tag %q: %v\n%s", tag, r, debug.Stack()))
			err = errors.New("it caused a panic")
			w.returnChunk() // the worker is not reused
		}
	}()
	err = w.run()
	w.end()
	p.workers.Put(w)
	return err
}

// memoryDeadline is the deadline of a chunk that waits for memory. Nothing waits at a stop.
func (p *Pipeline) memoryDeadline(deadline time.Time) time.Time {
	if p.Stopping() {
		return time.Now()
	}
	return deadline
}

// Panicked counts and logs a panic, which is a bug and costs a retry.
func (p *Pipeline) Panicked(err error) {
	p.Ledger.Panics.Add(1)
	p.Log.Errorf("%v", err)
}

// MemoryBytes returns about the memory of the chunks in work.
func (p *Pipeline) MemoryBytes() int64 { return p.memory.inUse() }

// Close begins to close the pipeline. No call of Process may be in progress.
func (p *Pipeline) Close() { close(p.closed) }

// WaitAtMost waits for the end of the background work, or for a time.
func (p *Pipeline) WaitAtMost(most time.Duration) {
	done := make(chan struct{})
	go func() {
		p.background.Wait()
		close(done)
	}()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// Wait waits for the end of the background work. The batcher must be closed before.
func (p *Pipeline) Wait() { p.background.Wait() }
