package delivery

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// Sender is the part of a backend that delivery uses.
type Sender interface {
	Pack(frames [][]byte) (backend.Body, error)
	Send(ctx context.Context, b backend.Body) error
}

// Config configures a Batcher. The options with the names of the first fields say
// what each means.
type Config struct {
	BatchBytes     int
	BatchWait      time.Duration
	RequestTimeout time.Duration
	BackoffMin     time.Duration
	BackoffMax     time.Duration
	// DetachedBytes is the maximum size of the frames that wait for the backend without a
	// worker; 16 MiB when zero. Where there are several partitions, it is twice that: each
	// has a share, and those that hang leave room for the others.
	DetachedBytes int
	// OneOfSeveral is true for one of several backends that the same workers deliver to: it
	// does not keep them for long, as one of several partitions does not.
	OneOfSeveral bool
	// Retried is called with the error of every try that is repeated, and Panicked
	// with every panic, which is a bug. Both may be nil.
	Retried  func(err error)
	Panicked func(err error)
	// Stopping reports whether the process is about to end; nil for never. While it
	// stops, deadlines are short, and a backend that misses one counts as down.
	Stopping func() bool
	// Observe is called after every try, with the size of the body in bytes, the
	// duration, and the error. It may be nil.
	Observe func(size int, took time.Duration, err error)
}

// Batcher gathers the frames of all workers of an instance into requests. It is
// created by New, and is safe for concurrent use.
type Batcher struct {
	sender   Sender
	config   Config
	breakers breakers
	timeout  timeout
	// unanswered is the requests without an answer.
	unanswered unanswered
	failures   atomic.Int32 // requests in a row that ended with backend.Failed
	took       atomic.Int64 // how long the last answer took, in nanoseconds

	ctx      context.Context
	cancel   context.CancelFunc
	requests sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	open     map[string]*batch // by partition
	workers  int               // the number of workers that have called so far
	rounds   []*Round          // of the workers that wait for the backend, the oldest first
	detached int               // frames whose request goes on without a round

	detachedBytes int       // of these frames
	queuedAt      time.Time // when the last round began with Round.Queued
}

// batch is the frames of one request.
type batch struct {
	partition string
	frames    []*Frame
	bytes     int
	timer     *time.Timer // sends the batch when it is old
}

// New creates a Batcher that sends through s.
func New(s Sender, c Config) *Batcher {
	ctx, cancel := context.WithCancel(context.Background())
	c.DetachedBytes = cmp.Or(c.DetachedBytes, 16<<20)
	b := &Batcher{sender: s, config: c, ctx: ctx, cancel: cancel, open: map[string]*batch{}}
	b.breakers.detachedBytes, b.breakers.oneOfSeveral = c.DetachedBytes, c.OneOfSeveral
	b.breakers.firstPause, b.breakers.pause = c.BackoffMin, c.BackoffMax
	return b
}

// SetWorkers sets the number of workers that submit frames. When all of them wait,
// no frame can join a batch any more, and the batches are sent at once.
func (b *Batcher) SetWorkers(n int) {
	b.mu.Lock()
	b.workers = n
	b.mu.Unlock()
}

// Unavailable returns why a frame with that deadline would be refused at once; nil
// when it would be sent.
func (b *Batcher) Unavailable(deadline time.Time) error {
	if err := b.breakers.refuses(time.Now(), deadline); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hasRoom()
}

// Down reports whether the backend is known to be down.
func (b *Batcher) Down() bool { return b.breakers.down() }

// Refuses reports whether the backend is known to be down, and no probe may go at a time.
func (b *Batcher) Refuses(now time.Time) bool { return b.Down() && b.breakers.refuses(now, now) != nil }

// IsDownAlone reports whether a partition is down, and others were accepted since.
func (b *Batcher) IsDownAlone(partition string) bool { return b.breakers.isDownAlone(partition) }

// submit puts the frames of one worker into batches. queued is Round.Queued.
func (b *Batcher) submit(queued bool, frames ...*Frame) {
	now := time.Now()
	refused := b.breakers.allow(now, frames)
	b.mu.Lock()
	defer b.mu.Unlock()
	if queued {
		b.queuedAt = now
	}
	full := b.hasRoom()
	for i, f := range frames {
		switch err := cmp.Or(refused[i], full); {
		case err != nil:
			f.round.complete(f, Result{Verdict: Retry, Err: err})
		case b.closed:
			f.round.complete(f, Result{Verdict: Retry, Err: context.Canceled})
		default:
			b.add(f)
		}
	}
	if len(b.rounds) >= b.workers {
		for _, open := range b.open {
			b.seal(open)
		}
	}
}

// add puts a frame into the batch of its partition. The caller holds the lock.
func (b *Batcher) add(f *Frame) {
	to := b.open[f.Partition]
	if to != nil && (f.Exclusive || to.bytes+len(f.Body) > b.config.BatchBytes) {
		b.seal(to)
		to = nil
	}
	if to == nil {
		to = b.begin(f.Partition)
	}
	to.frames = append(to.frames, f)
	if to.bytes += len(f.Body); f.Exclusive || to.bytes >= b.config.BatchBytes {
		b.seal(to)
	}
}

// begin opens a batch. The caller holds the lock.
func (b *Batcher) begin(partition string) *batch {
	opened := &batch{partition: partition}
	opened.timer = time.AfterFunc(b.config.BatchWait, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.open[partition] == opened {
			b.seal(opened)
		}
	})
	b.open[partition] = opened
	return opened
}

// seal closes an open batch, and sends it. The caller holds the lock.
func (b *Batcher) seal(sealed *batch) {
	delete(b.open, sealed.partition)
	sealed.timer.Stop()
	b.requests.Go(func() { b.deliver(sealed) })
}

// Close completes every frame that waits, with the verdict Retry, and returns when
// no request is in progress. It does not wait for a request that hangs.
func (b *Batcher) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	done := make(chan struct{})
	go func() {
		b.requests.Wait()
		close(done)
	}()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
