package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// Sender is what delivery needs of a backend.
type Sender interface {
	Pack(frames [][]byte) (backend.Body, error)
	Send(ctx context.Context, b backend.Body) error
}

// Config holds the limits of a Committer; the options of the same names say
// what each means.
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
	// Sent is told of every try: the bytes of the body, how long it took, and
	// its error. It may be nil.
	Sent func(size int, took time.Duration, err error)
}

// Committer gathers the frames of all workers of an instance into requests. It
// is made by New.
type Committer struct {
	sender Sender
	config Config
	gate   gate

	ctx    context.Context
	cancel context.CancelFunc
	sends  sync.WaitGroup

	mu      sync.Mutex
	open    *batch
	workers int // how many there are, as far as they have shown themselves
	waiting int // how many of them wait for a verdict
}

// batch is the frames of one request.
type batch struct {
	frames []*Frame
	bytes  int
	timer  *time.Timer // seals it by age
}

// New returns a Committer that sends through s.
func New(s Sender, c Config) *Committer {
	ctx, cancel := context.WithCancel(context.Background())
	return &Committer{sender: s, config: c, ctx: ctx, cancel: cancel}
}

// SetWorkers says how many workers there are that can commit. When all of them
// wait, nobody is left to add to a request, and it is sent at once.
func (c *Committer) SetWorkers(n int) {
	c.mu.Lock()
	c.workers = n
	c.mu.Unlock()
}

// grace is how long past its deadline a backend may take to notice that its
// time is over, before it is left behind.
const grace = time.Second

// Closed says why a frame with that deadline would get a Retry at once; nil
// when it would be sent.
func (c *Committer) Closed(deadline time.Time) error { return c.gate.closed(time.Now(), deadline) }

// Commit hands over a frame and waits for its verdict. It returns soon after
// the frame's deadline at the latest.
func (c *Committer) Commit(f *Frame) Result {
	if err := c.gate.enter(time.Now(), f.Deadline); err != nil {
		return Result{Verdict: Retry, Err: err}
	}
	if f.result == nil {
		f.result = make(chan Result, 1)
	}
	c.mu.Lock()
	c.waiting++
	if c.open != nil && (f.Alone || c.open.bytes+len(f.Body) > c.config.BatchBytes) {
		c.seal()
	}
	c.add(f)
	if f.Alone || c.open.bytes >= c.config.BatchBytes || c.waiting >= c.workers {
		c.seal()
	}
	c.mu.Unlock()

	overdue := time.NewTimer(time.Until(f.Deadline) + grace)
	var result Result
	select {
	case result = <-f.result:
	case <-overdue.C:
		result = Result{Verdict: Retry, Err: errors.New("the backend does not come back"), Abandoned: true}
		c.gate.missed(result.Err, time.Now(), c.config.BackoffMax)
	}
	overdue.Stop()

	c.mu.Lock()
	c.waiting--
	c.mu.Unlock()
	return result
}

// add puts a frame into the open batch. The caller holds the lock.
func (c *Committer) add(f *Frame) {
	if c.open == nil {
		b := &batch{}
		b.timer = time.AfterFunc(c.config.BatchWait, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.open == b {
				c.seal()
			}
		})
		c.open = b
	}
	c.open.frames = append(c.open.frames, f)
	c.open.bytes += len(f.Body)
}

// seal sends the open batch. The caller holds the lock.
func (c *Committer) seal() {
	b := c.open
	c.open = nil
	b.timer.Stop()
	c.sends.Add(1)
	go func() {
		defer c.sends.Done()
		result := c.deliver(b)
		result.Alone = len(b.frames) == 1
		for _, f := range b.frames {
			f.result <- result
		}
	}()
}

// deliver sends a batch until there is a verdict. A panic is a bug: it costs a
// retry, not the process.
func (c *Committer) deliver(b *batch) (result Result) {
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("panic while sending: %v\n%s", p, debug.Stack())
			if c.config.Panicked != nil {
				c.config.Panicked(err)
			}
			result = Result{Verdict: Retry, Err: c.give(err, err)}
		}
	}()
	parts := make([][]byte, len(b.frames))
	deadline := b.frames[0].Deadline
	for i, f := range b.frames {
		parts[i] = f.Body
		if f.Deadline.Before(deadline) {
			deadline = f.Deadline
		}
	}
	body, err := c.sender.Pack(parts)
	if err != nil {
		return Result{Verdict: Retry, Err: c.give(err, err)}
	}
	if body.Release != nil {
		defer body.Release()
	}
	err = c.try(body, deadline)

	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	switch {
	case err == nil:
		return Result{Verdict: Accepted}
	case errors.As(err, &tooLarge), errors.As(err, &rejected) && (rejected.Some || len(b.frames) > 1):
		return Result{Verdict: Divide, Err: err}
	case rejected != nil:
		return Result{Verdict: Rejected, Err: err}
	}
	return Result{Verdict: Retry, Err: err}
}

// Close gives every frame that still waits back for a retry, and returns when
// no request is under way; one that does not come back is left behind.
func (c *Committer) Close() {
	c.cancel()
	done := make(chan struct{})
	go func() {
		c.sends.Wait()
		close(done)
	}()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
