// Package pipeline brings a chunk of Fluent Bit to the backend:
//
//	chunk.Reader → decoder → reassemble → filters → backend.Encoder
//	             → frames, each with its items → delivery → outcome of each item
//
// A worker does all of that for one chunk at a time. Process returns nil when
// every record of the chunk has an outcome.
package pipeline

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// Config is what a Pipeline is made of. All fields must be set, unless they say
// what their zero value means.
type Config struct {
	Backend     backend.Backend
	Batcher     *delivery.Batcher
	Sources     *source.Resolver
	Reassembler *reassemble.Reassembler
	Filters     filters.Chain
	Ledger      *ledger.Ledger
	Resume      *ledger.Resume
	DeadLetters *deadletter.File
	Parking     *parking.Store // nil where records that wait alone are not parked
	Log         *hostlog.Throttled
	// Stopping says whether the host is about to end.
	Stopping func() bool

	// PathKey and OffsetKey are the fields in which tail puts the path and the
	// offset of a line; empty for none.
	PathKey, OffsetKey string
	// Node and Cluster are the names of both; empty for none.
	Node, Cluster string
	// ScopePause is the first pause before a scope that the backend refuses is
	// tried again.
	ScopePause time.Duration
	// ParkPath is the folder of Parking, for the log, and ParkAfter how long records
	// wait alone before they are parked.
	ParkPath  string
	ParkAfter time.Duration
	// BatchBytes is the size of a full frame.
	BatchBytes int
	// MemoryLimit bounds about what the chunks take that are worked on, in bytes.
	MemoryLimit int64
	// TextLimit is how long a text may be; zero for any length.
	TextLimit backend.TextLimit
	// KeepPartial has a chunk that ends in the middle of a line returned at a
	// stop, so that the line is reassembled after the next start.
	KeepPartial bool
}

// Pipeline processes the chunks of an instance. It is safe for concurrent use.
// It is made by New.
type Pipeline struct {
	Config
	memory     memory
	frameBytes atomic.Int64 // of a full frame: BatchBytes, or less
	workers    sync.Pool    // of *worker
	scopes     scopes
	scoped     backend.Scoped // nil where the backend is not
	closed     chan struct{}
	background sync.WaitGroup
}

// New returns a Pipeline.
func New(c Config) *Pipeline {
	p := &Pipeline{Config: c, closed: make(chan struct{})}
	p.scoped, _ = c.Backend.(backend.Scoped)
	p.memory.limit = c.MemoryLimit
	p.frameBytes.Store(int64(c.BatchBytes))
	p.workers.New = func() any { return newWorker(p) }
	if p.Parking != nil {
		p.Ledger.Receive(int(p.Parking.Records())) // by an earlier process
		p.Ledger.Park(int(p.Parking.Records()))
		p.background.Go(p.sendParkedRecords)
	}
	return p
}

// Process delivers a chunk with a tag, and returns by the deadline and little
// more. It returns nil when every record of the chunk has an outcome, and else
// the reason why Fluent Bit has to present the chunk again. Nobody may change
// data before Process returns, and nothing of it is used afterwards.
func (p *Pipeline) Process(tag string, data []byte, deadline time.Time) (err error) {
	taken, err := p.memory.take(len(data))
	if err != nil {
		p.Ledger.Returned()
		return err
	}
	defer p.memory.give(taken)
	w := p.workers.Get().(*worker)
	w.begin(tag, data, deadline)
	defer func() {
		if r := recover(); r != nil {
			p.Panicked(fmt.Errorf("panic in a chunk of tag %q: %v\n%s", tag, r, debug.Stack()))
			err = errors.New("it caused a panic")
			w.returnChunk() // and the worker is not used again
		}
	}()
	err = w.run()
	w.end()
	p.workers.Put(w)
	return err
}

// Panicked counts and logs a panic, which is a bug and costs a retry.
func (p *Pipeline) Panicked(err error) {
	p.Ledger.Panics.Add(1)
	p.Log.Errorf("%v", err)
}

// MemoryBytes is about what the chunks take that are worked on.
func (p *Pipeline) MemoryBytes() int64 { return p.memory.used.Load() }

// Close tells the pipeline to end. No call of Process is under way.
func (p *Pipeline) Close() { close(p.closed) }

// Wait waits until nothing is sent in the background any more. The batcher is
// closed by then.
func (p *Pipeline) Wait() { p.background.Wait() }

// holdMemory has memory that was left with the backend count until the backend
// comes back, or the pipeline ends.
func (p *Pipeline) holdMemory(returned <-chan struct{}, bytes int64) {
	p.memory.used.Add(bytes)
	select {
	case <-returned:
	case <-p.closed:
	}
	p.memory.give(bytes)
}

// minFrameBytes is the size below which frames are not made smaller for a
// backend that finds them too large.
const minFrameBytes = 64 << 10

// shrinkFrames makes frames smaller than those of so many bytes, which the
// backend found too large, for the rest of the pipeline's life.
func (p *Pipeline) shrinkFrames(size int) {
	for {
		full := p.frameBytes.Load()
		to := max(int64(size/2), minFrameBytes)
		if to >= full {
			return
		}
		if p.frameBytes.CompareAndSwap(full, to) {
			p.Log.Warnf("the backend finds requests of %d bytes too large; they will have %d at most", size, to)
			return
		}
	}
}
