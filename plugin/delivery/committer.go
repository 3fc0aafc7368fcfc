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
	// Stopping says whether the process is about to end; nil for never. Then
	// deadlines are short, and a backend that misses one counts as down.
	Stopping func() bool
	// Sent is told of every try: the bytes of the body, how long it took, and
	// its error. It may be nil.
	Sent func(size int, took time.Duration, err error)
}

// Committer gathers the frames of all workers of an instance into requests. It
// is made by New.
type Committer struct {
	sender Sender
	config Config
	gates  gates

	ctx    context.Context
	cancel context.CancelFunc
	sends  sync.WaitGroup

	mu      sync.Mutex
	open    map[string]*batch // by route
	workers int               // how many there are, as far as they have shown themselves
	waiting int               // how many of them wait for a verdict
}

// batch is the frames of one request.
type batch struct {
	route  string
	frames []*Frame
	bytes  int
	timer  *time.Timer // seals it by age
}

// New returns a Committer that sends through s.
func New(s Sender, c Config) *Committer {
	ctx, cancel := context.WithCancel(context.Background())
	return &Committer{sender: s, config: c, ctx: ctx, cancel: cancel, open: map[string]*batch{}}
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
func (c *Committer) Closed(deadline time.Time) error { return c.gates.closed(time.Now(), deadline) }

// Down says whether the backend is known to be down.
func (c *Committer) Down() bool { return c.gates.down() }

// Commit hands over the frames of a worker, at most one for each route, and
// waits for their verdicts. It returns soon after the last deadline at the
// latest.
func (c *Committer) Commit(frames ...*Frame) []Result {
	results := make([]Result, len(frames))
	begun := time.Now()
	c.mu.Lock()
	c.waiting++
	for _, f := range frames {
		f.handed = true
	}
	c.gates.enter(begun, frames, func(i int, err error) {
		frames[i].handed = false
		results[i] = Result{Verdict: Retry, Err: err}
	})
	for _, f := range frames {
		if !f.handed {
			continue
		}
		if f.result == nil {
			f.result = make(chan Result, 1)
		}
		c.hand(f)
	}
	if c.waiting >= c.workers { // nobody is left to add to them
		for _, b := range c.open {
			c.seal(b)
		}
	}
	c.mu.Unlock()
	for i, f := range frames {
		if f.handed {
			f.handed = false
			results[i] = c.await(f, begun)
		}
	}
	c.mu.Lock()
	c.waiting--
	c.mu.Unlock()
	return results
}

// hand puts a frame into a batch. The caller holds the lock.
func (c *Committer) hand(f *Frame) {
	b := c.open[f.Partition]
	if b != nil && (f.Alone || b.bytes+len(f.Body) > c.config.BatchBytes) {
		c.seal(b)
		b = nil
	}
	if b == nil {
		b = c.begin(f.Partition)
	}
	b.frames = append(b.frames, f)
	if b.bytes += len(f.Body); f.Alone || b.bytes >= c.config.BatchBytes {
		c.seal(b)
	}
}

// await returns a frame's verdict, or leaves the backend behind.
func (c *Committer) await(f *Frame, begun time.Time) Result {
	overdue := time.NewTimer(time.Until(f.Deadline) + grace)
	defer overdue.Stop()
	select {
	case result := <-f.result:
		return result
	case <-overdue.C:
		select {
		case result := <-f.result: // while another frame was waited for
			return result
		default:
		}
		err := errors.New("the backend does not come back")
		c.gates.missed(f.Partition, err, begun, time.Now(), c.config.BackoffMax)
		return Result{Verdict: Retry, Err: err, Abandoned: true, Late: f.result}
	}
}

// begin opens a batch. The caller holds the lock.
func (c *Committer) begin(route string) *batch {
	b := &batch{route: route}
	b.timer = time.AfterFunc(c.config.BatchWait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open[route] == b {
			c.seal(b)
		}
	})
	c.open[route] = b
	return b
}

// seal sends an open batch. The caller holds the lock.
func (c *Committer) seal(b *batch) {
	delete(c.open, b.route)
	b.timer.Stop()
	c.sends.Add(1)
	go func() {
		defer c.sends.Done()
		result := c.deliver(b)
		result.Alone = len(b.frames) == 1
		items := result.Items
		for _, f := range b.frames {
			if result.Verdict == Each {
				result.Items, items = items[:f.Items:f.Items], items[f.Items:]
			}
			f.result <- result
		}
	}()
}

// deliver sends a batch until there is a verdict. A panic is a bug: it costs a
// retry, not the process.
func (c *Committer) deliver(b *batch) (result Result) {
	a := attempt{b.route, time.Now(), b.frames[0].Deadline}
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("panic while sending: %v\n%s", p, debug.Stack())
			if c.config.Panicked != nil {
				c.config.Panicked(err)
			}
			result = Result{Verdict: Retry, Err: c.give(a, err, err)}
		}
	}()
	parts, items := make([][]byte, len(b.frames)), 0
	deadline := b.frames[0].Deadline
	for i, f := range b.frames {
		parts[i] = f.Body
		items += f.Items
		if f.Deadline.Before(deadline) {
			deadline = f.Deadline
		}
	}
	body, err := c.sender.Pack(parts)
	if err != nil {
		return Result{Verdict: Retry, Err: c.give(a, err, err)}
	}
	if body.Release != nil {
		defer body.Release()
	}
	body.Partition, body.Items, body.Size = b.route, items, b.bytes
	err = c.try(body, deadline)

	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var mixed *backend.Mixed
	switch {
	case err == nil:
		return Result{Verdict: Accepted}
	case errors.As(err, &tooLarge), errors.As(err, &rejected) && (rejected.Some || len(b.frames) > 1):
		return Result{Verdict: Divide, Err: err}
	case errors.As(err, &mixed):
		if len(mixed.Items) != items {
			return Result{Verdict: Retry, Err: fmt.Errorf("the answer is for %d records, not %d: %w", len(mixed.Items), items, err)}
		}
		return Result{Verdict: Each, Err: err, Items: mixed.Items}
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
