package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// Sender is what delivery needs of a backend.
type Sender interface {
	Pack(frames [][]byte) (backend.Body, error)
	Send(ctx context.Context, b backend.Body) error
}

// Config holds the limits of a Batcher; the options of the same names say what
// each means.
type Config struct {
	BatchBytes     int
	BatchWait      time.Duration
	RequestTimeout time.Duration
	BackoffMin     time.Duration
	BackoffMax     time.Duration
	// Retried is told of every try that failed and will be repeated, and
	// Panicked of every panic, which is a bug. Both may be nil.
	Retried  func(err error)
	Panicked func(err error)
	// Stopping says whether the process is about to end; nil for never. Then
	// deadlines are short, and a backend that misses one counts as down.
	Stopping func() bool
	// Sent is told of every try: the bytes of the body, how long it took, and
	// its error. It may be nil.
	Sent func(size int, took time.Duration, err error)
}

// Batcher gathers the frames of all workers of an instance into requests. It is
// made by New.
type Batcher struct {
	sender   Sender
	config   Config
	breakers breakers
	timeout  timeout

	ctx    context.Context
	cancel context.CancelFunc
	sends  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	open    map[string]*batch // by partition
	workers int               // how many there are, as far as they have shown themselves
	rounds  []*Round          // of those that wait for the backend, the oldest first
	// failures is how many requests in a row ended with backend.Failed.
	failures atomic.Int32
	// detached is how many frames are under way that no round waits for.
	detached int
}

// batch is the frames of one request.
type batch struct {
	partition string
	frames    []*Frame
	bytes     int
	timer     *time.Timer // seals it by age
}

// New returns a Batcher that sends through s.
func New(s Sender, c Config) *Batcher {
	ctx, cancel := context.WithCancel(context.Background())
	return &Batcher{sender: s, config: c, ctx: ctx, cancel: cancel, open: map[string]*batch{}}
}

// SetWorkers says how many workers there are that can submit frames. When all of
// them wait, nobody is left to add to a request, and it is sent at once.
func (b *Batcher) SetWorkers(n int) {
	b.mu.Lock()
	b.workers = n
	b.mu.Unlock()
}

// Unavailable says why a frame with that deadline would be refused at once; nil
// when it would be sent.
func (b *Batcher) Unavailable(deadline time.Time) error {
	return b.breakers.refuses(time.Now(), deadline)
}

// Down says whether the backend is known to be down.
func (b *Batcher) Down() bool { return b.breakers.down() }

// Troubles returns the partitions that are down, in no order.
func (b *Batcher) Troubles() []Trouble { return b.breakers.troubles() }

// hand puts frames of one worker into batches.
func (b *Batcher) hand(frames ...*Frame) {
	refused := map[int]error{}
	b.breakers.allow(time.Now(), frames, func(i int, err error) { refused[i] = err })
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range frames {
		switch err := refused[i]; {
		case err != nil:
			f.round.complete(f, Result{Verdict: Retry, Err: err})
		case b.closed:
			f.round.complete(f, Result{Verdict: Retry, Err: context.Canceled})
		default:
			b.add(f)
		}
	}
	if len(b.rounds) >= b.workers { // nobody is left to add to them
		for _, open := range b.open {
			b.seal(open)
		}
	}
}

// isCrowded says whether a round is to give its worker up: every worker waits,
// this one has waited longest, and all that it waits for is an answer.
func (b *Batcher) isCrowded(r *Round) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.workers == 0 || len(b.rounds) < b.workers || len(b.rounds) == 0 || b.rounds[0] != r || b.detached+len(r.underWay) > maxDetached || b.isStopping() {
		return false
	}
	for _, f := range r.underWay {
		sent := f.sent.Load()
		if sent == 0 || time.Since(time.Unix(0, sent)) < detachAfter || b.breakers.isDown(f.Partition) {
			return false
		}
	}
	return true
}

func (b *Batcher) isStopping() bool { return b.config.Stopping != nil && b.config.Stopping() }

// noAnswer takes note that a frame got no answer by its deadline, since a time
// when it was submitted. A frame that had less than the time of a request says
// little of the backend.
func (b *Batcher) noAnswer(f *Frame, since time.Time) {
	now := time.Now()
	short := now.Sub(since) < b.config.RequestTimeout*9/10
	if short && !b.isStopping() && !b.breakers.onCutShort(f.Partition) {
		b.breakers.onUnknown(f.Partition, now, f.Deadline)
		return
	}
	b.breakers.onFailure(f.Partition, errNoAnswer, since, now, b.config.BackoffMax)
}

// endRound forgets a round, of which some frames are still under way.
func (b *Batcher) endRound(r *Round, left []*Frame) {
	b.mu.Lock()
	if i := slices.Index(b.rounds, r); i >= 0 {
		b.rounds = slices.Delete(b.rounds, i, i+1)
	}
	b.detached += len(left)
	b.mu.Unlock()
	for _, f := range left {
		b.breakers.onDetached(f.Partition, 1)
	}
}

// detachedBack takes note that the request of a detached frame has ended.
func (b *Batcher) detachedBack(f *Frame) {
	b.mu.Lock()
	b.detached--
	b.mu.Unlock()
	b.breakers.onDetached(f.Partition, -1)
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

// seal sends an open batch. The caller holds the lock.
func (b *Batcher) seal(sealed *batch) {
	delete(b.open, sealed.partition)
	sealed.timer.Stop()
	b.sends.Add(1)
	go func() {
		defer b.sends.Done()
		result := b.deliver(sealed)
		result.Exclusive = len(sealed.frames) == 1
		items := result.Items
		for _, f := range sealed.frames {
			if result.Verdict == PerItem {
				result.Items, items = items[:f.Items:f.Items], items[f.Items:]
			}
			f.round.complete(f, result)
		}
	}()
}

// deliver sends a batch until there is a verdict. A panic is a bug: it costs a
// retry, not the process.
func (b *Batcher) deliver(sealed *batch) (result Result) {
	a := attempt{sealed.partition, time.Now(), sealed.frames[0].Deadline}
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("panic while sending: %v\n%s", p, debug.Stack())
			if b.config.Panicked != nil {
				b.config.Panicked(err)
			}
			result = Result{Verdict: Retry, Err: b.giveUp(a, err, err)}
		}
	}()
	parts, items := make([][]byte, len(sealed.frames)), 0
	var scopes []string
	for i, f := range sealed.frames {
		parts[i] = f.Body
		items += f.Items
		if len(f.Scopes) == f.Items && (i == 0 || scopes != nil) {
			scopes = append(scopes, f.Scopes...)
		}
		if f.Deadline.Before(a.deadline) {
			a.deadline = f.Deadline
		}
	}
	body, err := b.sender.Pack(parts)
	if err != nil {
		return Result{Verdict: Retry, Err: b.giveUp(a, err, err)}
	}
	if body.Release != nil {
		defer body.Release()
	}
	body.Partition, body.Items, body.Scopes, body.Size = sealed.partition, items, scopes, sealed.bytes
	return verdict(b.try(body, a, sealed), len(sealed.frames), items)
}

// verdict is the result of a request with so many frames and items, by the error
// that it came to.
func verdict(err error, frames, items int) Result {
	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var mixed *backend.PartialError
	var failed *backend.Failed
	switch {
	case err == nil:
		return Result{Verdict: Accepted}
	case errors.As(err, &tooLarge), errors.As(err, &failed), errors.As(err, &rejected) && (rejected.Some || frames > 1):
		return Result{Verdict: Split, Err: err}
	case errors.As(err, &mixed):
		if len(mixed.Items) != items {
			return Result{Verdict: Retry, Err: fmt.Errorf("the answer is for %d records, not %d: %w", len(mixed.Items), items, err)}
		}
		return Result{Verdict: PerItem, Err: err, Items: mixed.Items}
	case rejected != nil:
		return Result{Verdict: Rejected, Err: err}
	}
	return Result{Verdict: Retry, Err: err}
}

// Close gives every frame that still waits back for a retry, and returns when no
// request is under way. A request that does not come back is left behind.
func (b *Batcher) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	done := make(chan struct{})
	go func() {
		b.sends.Wait()
		close(done)
	}()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
