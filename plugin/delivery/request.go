package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/k8slog/k8slog/plugin/backend"
)

// request is a sealed batch that is sent until there is a result.
type request struct {
	*Batcher
	batch    *batch
	begun    time.Time
	deadline time.Time // the earliest one of its frames
	sent     time.Time // when the last try began
}

// deliver sends a batch, and completes its frames.
func (b *Batcher) deliver(sealed *batch) {
	r := request{Batcher: b, batch: sealed, begun: time.Now(), deadline: sealed.frames[0].Deadline}
	for _, f := range sealed.frames {
		if f.Deadline.Before(r.deadline) {
			r.deadline = f.Deadline
		}
	}
	result := r.run()
	result.Exclusive = len(sealed.frames) == 1
	items := result.Items
	for _, f := range sealed.frames {
		if items != nil {
			result.Items, items = items[:f.Items:f.Items], items[f.Items:]
		}
		f.round.complete(f, result)
	}
}

// run packs and sends the batch. A panic is a bug: it costs a retry, and does not
// end the process.
func (r *request) run() (result Result) {
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("panic while sending: %v\n%s", p, debug.Stack())
			if r.config.Panicked != nil {
				r.config.Panicked(err)
			}
			result = Result{Verdict: Retry, Err: r.giveUp(err, err)}
		}
	}()
	body, err := r.pack()
	if err != nil {
		return Result{Verdict: Retry, Err: r.giveUp(err, err)}
	}
	if body.Release != nil {
		defer body.Release()
	}
	return resultOf(r.try(body), len(r.batch.frames), body.Items)
}

// pack makes the body of the request.
func (r *request) pack() (backend.Body, error) {
	parts, items := make([][]byte, len(r.batch.frames)), 0
	var scopes []string
	for i, f := range r.batch.frames {
		parts[i] = f.Body
		items += f.Items
		if len(f.Scopes) == f.Items && (i == 0 || scopes != nil) {
			scopes = append(scopes, f.Scopes...)
		}
	}
	body, err := r.sender.Pack(parts)
	body.Partition, body.Items, body.Scopes, body.Size = r.batch.partition, items, scopes, r.batch.bytes
	body.Late = r.config.RequestTimeout
	if body.Release != nil { // it is a copy
		for _, f := range r.batch.frames {
			f.packed.Store(max(int64(body.Len())*int64(len(f.Body))/int64(max(r.batch.bytes, 1)), 1))
		}
	}
	return body, err
}

// A request with which the server fails is tried failedTries times. Then the batch
// is split, to find the record that may be the cause. After maxFailures in a row
// without a success, no record is the cause: the backend is down.
const (
	failedTries = 2
	maxFailures = 8
)

// minTimeLeft is the fraction of the request timeout that a try needs before the
// deadline.
const minTimeLeft = 10

// try sends a body until the backend decides, or until the next try would begin
// after the deadline. In that case, it returns the error of the last try. A try
// that is in progress at the deadline goes on.
func (r *request) try(body backend.Body) error {
	ctx, cancel := context.WithDeadline(r.ctx, r.deadline)
	defer cancel()
	waits := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(r.config.BackoffMin),
		backoff.WithMaxInterval(r.config.BackoffMax),
		backoff.WithMaxElapsedTime(0), // the deadline ends it
	)
	// A partition that is down alone is asked once, so that it does not keep a worker
	// from the records of others. So is every partition while many are down, and one of
	// several backends.
	once := r.breakers.isDownAlone(body.Partition) || r.config.OneOfSeveral && r.breakers.isDown(body.Partition)
	suspect := r.all(func(f *Frame) bool { return f.Suspect })
	refused := r.all(func(f *Frame) bool { return f.Refused })
	var last error
	for tries := 1; ; tries++ {
		// The backend may have throttled another request.
		notBefore := r.breakers.notBefore(body.Partition)
		if wait := time.Until(notBefore); wait > 0 && (once || r.isLong(wait)) {
			return r.noMore(last, r.errWait(wait))
		}
		if notBefore.After(r.deadline) {
			return r.noMore(last, r.errWait(time.Until(notBefore)))
		}
		if err := sleepUntil(ctx, notBefore); err != nil {
			return r.noMore(last, err)
		}
		if time.Until(r.deadline) < r.config.RequestTimeout/minTimeLeft {
			return r.noMore(last, errNoTime)
		}
		err := r.send(body)
		if err == nil || isFinal(err) {
			r.failures.Store(0)
			r.breakers.onSuccess(body.Partition, time.Now())
			r.unanswered.answered(body.Partition)
			return err
		}
		if refused || suspect && is[*backend.Failed](err) {
			r.breakers.onInconclusive(body.Partition, time.Now(), r.deadline)
			return err
		}
		if is[*backend.Failed](err) {
			// A single record may be the cause itself, which says nothing about the
			// backend.
			if body.Items != 1 && r.failures.Add(1) >= maxFailures {
				return r.giveUp(err, fmt.Errorf("%d requests in a row failed: %v", r.failures.Load(), err))
			}
			if tries >= failedTries || r.batch.frames[0].Exclusive {
				r.breakers.onInconclusive(body.Partition, time.Now(), r.deadline)
				return err
			}
		}
		last = err
		wait := waits.NextBackOff()
		if throttled, ok := errors.AsType[*backend.Throttled](err); ok {
			r.breakers.throttle(body.Partition, time.Now().Add(throttled.After))
			wait = max(wait, throttled.After)
		}
		next := time.Now().Add(wait)
		once = once || r.breakers.areManyDown()
		if once || r.isLong(next.Sub(r.begun)) || r.ctx.Err() != nil || next.After(r.deadline) {
			return r.giveUp(last, err)
		}
		if r.config.Retried != nil {
			r.config.Retried(err)
		}
		if sleepUntil(ctx, next) != nil {
			return r.giveUp(last, err)
		}
	}
}

// giveUp ends the tries with an error. After a failed try, the backend counts as down. Without one, a probe was inconclusive,
// and the next one may go. A missed answer says nothing while others come.
func (r *request) giveUp(failed, err error) error {
	missed := is[*missedError](failed)
	if failed == nil || missed && r.breakers.answered(r.batch.partition, r.sent) {
		r.breakers.onInconclusive(r.batch.partition, time.Now(), r.deadline)
	} else {
		r.breakers.onFailure(r.batch.partition, failed, r.begun, time.Now(), r.deadline)
	}
	return err
}

// noMore ends the tries before the next one, for a reason. It returns the error of the
// last try, and the reason, so that the log has the backend's answer.
func (r *request) noMore(last, reason error) error {
	switch {
	case last == nil:
		return r.giveUp(last, reason)
	case is[*backend.Failed](last): // which would ask for smaller requests
		return r.giveUp(last, fmt.Errorf("%v (%w)", last, reason))
	}
	return r.giveUp(last, fmt.Errorf("%w (%w)", last, reason))
}

// errWait returns the error of a request that may not be sent yet.
func (r *request) errWait(wait time.Duration) error {
	return errWait(r.breakers.nameFor(r.batch.partition), wait)
}

var errNoTime = errors.New("too little time is left for a request")

// missedError is the error of a request that got no answer in time.
type missedError struct {
	after, next time.Duration
	err         error
}

func (e *missedError) Error() string {
	return fmt.Sprintf("%v (waited %v; the next request may take %v)", e.err, e.after.Round(time.Millisecond), e.next.Round(time.Millisecond))
}

func (e *missedError) Unwrap() error { return e.err }

// send makes one try. It waits for the answer as long as the backend is known to
// take, even after the deadline: a body that may have been stored is not sent
// again while its answer can still come.
func (r *request) send(body backend.Body) error {
	timeout := r.timeout.now(r.config.RequestTimeout)
	ctx, cancel := context.WithTimeout(r.ctx, timeout)
	defer cancel()
	begin := time.Now()
	r.sent = begin
	r.setSentAt(begin.UnixNano())
	defer r.setSentAt(0)
	r.unanswered.begin(r, begin)
	defer r.unanswered.end(r)
	overdue := time.AfterFunc(timeout, func() { r.overdue(begin, timeout) }) // a disk may hang beyond its timeout
	defer overdue.Stop()
	err := r.sender.Send(ctx, body)
	took := time.Since(begin)
	if r.config.Observe != nil {
		r.config.Observe(body.Len(), took, err)
	}
	switch {
	case err == nil || isFinal(err):
		r.timeout.answered(took)
		r.took.Store(int64(took))
	case r.ctx.Err() == nil && ctx.Err() != nil:
		r.timeout.missed(timeout)
		return &missedError{timeout, r.timeout.now(r.config.RequestTimeout), err}
	}
	return err
}

// overdue opens the circuit for a request that was sent at a time and has had no answer for
// the time of one, unless its partition has answered others since.
func (r *request) overdue(sent time.Time, timeout time.Duration) {
	if !r.breakers.answered(r.batch.partition, sent) {
		r.breakers.onFailure(r.batch.partition, errSilent(timeout), r.begun, time.Now(), r.deadline)
	}
}

// all reports whether a condition holds for all frames.
func (r *request) all(holds func(f *Frame) bool) bool {
	return !slices.ContainsFunc(r.batch.frames, func(f *Frame) bool { return !holds(f) })
}

func (r *request) setSentAt(nanos int64) {
	for _, f := range r.batch.frames {
		f.sentAt.Store(nanos)
		select {
		case f.round.sent <- struct{}{}:
		default:
		}
	}
}

// NextTry returns the time at which records that the backend did not take for now
// may be sent again. attempt is how many times in a row they were not taken before.
func (b *Batcher) NextTry(attempt int) time.Time {
	wait := b.config.BackoffMin
	for ; attempt > 0 && wait < b.config.BackoffMax; attempt-- {
		wait += wait / 2
	}
	return time.Now().Add(min(wait, b.config.BackoffMax))
}

// sleepUntil waits until a time, or for the end of ctx.
func sleepUntil(ctx context.Context, until time.Time) error {
	wait := time.Until(until)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
