package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/k8slog/k8slog/plugin/backend"
)

// try sends a body until the backend says yes or no, or until another try
// would begin behind the deadline. Then the error is that of the last try. A
// request that is under way at the deadline goes on.
func (b *Batcher) try(body backend.Body, a attempt, sealed *batch) error {
	ctx, cancel := context.WithDeadline(b.ctx, a.deadline)
	defer cancel()
	waits := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(b.config.BackoffMin),
		backoff.WithMaxInterval(b.config.BackoffMax),
		backoff.WithMaxElapsedTime(0), // the deadline ends it
	)
	var last error
	for tries := 1; ; tries++ {
		// The backend may have asked another request to wait.
		if err := b.sleep(ctx, b.breakers.notBefore(body.Partition), a.deadline); err != nil {
			return b.giveUp(a, last, err)
		}
		if time.Until(a.deadline) < b.config.RequestTimeout/minTimeLeft {
			return b.giveUp(a, last, errors.New("too little time is left for a request"))
		}
		sealed.markSent(time.Now().UnixNano())
		err := b.send(body)
		sealed.markSent(0)
		if err == nil || isFinal(err) {
			b.failures.Store(0)
			b.breakers.onSuccess(body.Partition, time.Now())
			return err
		}
		if isFailed(err) {
			// A single record that fails may be the cause itself: that says
			// nothing of the backend.
			single := body.Items == 1
			if !single && b.failures.Add(1) >= maxFailures {
				return b.giveUp(a, err, fmt.Errorf("%d requests in a row failed: %v", b.failures.Load(), err))
			}
			if tries >= failedTries || sealed.frames[0].Exclusive {
				b.breakers.onUnknown(body.Partition, time.Now(), a.deadline)
				return err
			}
		}
		last = err
		wait := waits.NextBackOff()
		var throttled *backend.Throttled
		if errors.As(err, &throttled) {
			b.breakers.throttle(body.Partition, time.Now().Add(throttled.After))
			wait = max(wait, throttled.After)
		}
		if b.ctx.Err() != nil || time.Now().Add(wait).After(a.deadline) {
			return b.giveUp(a, last, err)
		}
		if b.config.Retried != nil {
			b.config.Retried(err)
		}
		if e := b.sleep(ctx, time.Now().Add(wait), a.deadline); e != nil {
			return b.giveUp(a, last, err)
		}
	}
}

// A request that fails in the server is tried failedTries times before it is
// narrowed down to the record that may be the cause. After maxFailures in a row
// without a success between them, no record is the cause: the backend is down.
const (
	failedTries = 2
	maxFailures = 8
)

func isFailed(err error) bool {
	var failed *backend.Failed
	return errors.As(err, &failed)
}

// markSent says of the frames since when a request with them is under way; zero
// when none is.
func (sealed *batch) markSent(nanos int64) {
	for _, f := range sealed.frames {
		f.sent.Store(nanos)
	}
}

// minTimeLeft is the part of the request timeout that must be left for a try.
const minTimeLeft = 10

// attempt is the tries of one request.
type attempt struct {
	partition       string
	begun, deadline time.Time
}

// giveUp ends the tries with an error. A backend that has failed by itself counts
// as down. A probe that found nothing out makes room for the next.
func (b *Batcher) giveUp(a attempt, failed, err error) error {
	if failed != nil {
		b.breakers.onFailure(a.partition, failed, a.begun, time.Now(), b.config.BackoffMax)
	} else {
		b.breakers.onUnknown(a.partition, time.Now(), a.deadline)
	}
	return err
}

// send makes one try. It waits for the answer as long as the backend is known to
// take, whatever the deadline is: a body that may have been stored is not sent
// again while its answer can still come.
func (b *Batcher) send(body backend.Body) error {
	timeout := b.timeout.now(b.config.RequestTimeout)
	ctx, cancel := context.WithTimeout(b.ctx, timeout)
	defer cancel()
	begin := time.Now()
	err := b.sender.Send(ctx, body)
	took := time.Since(begin)
	if b.config.Sent != nil {
		b.config.Sent(body.Len(), took, err)
	}
	switch {
	case err == nil || isFinal(err):
		b.timeout.answered(took)
	case b.ctx.Err() == nil && ctx.Err() != nil:
		b.timeout.missed(timeout)
		return fmt.Errorf("no answer within %v, the next request may take %v: %w",
			timeout.Round(time.Millisecond), b.timeout.now(b.config.RequestTimeout).Round(time.Millisecond), err)
	}
	return err
}

// NextTry returns when what the backend did not take for now may be sent again,
// after so many attempts in a row that it did not take.
func (b *Batcher) NextTry(attempt int) time.Time {
	wait := b.config.BackoffMin
	for ; attempt > 0 && wait < b.config.BackoffMax; attempt-- {
		wait += wait / 2
	}
	return time.Now().Add(min(wait, b.config.BackoffMax))
}

// isFinal tells answers that no further try will change.
func isFinal(err error) bool {
	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var mixed *backend.PartialError
	return errors.As(err, &rejected) || errors.As(err, &tooLarge) || errors.As(err, &mixed)
}

// sleep waits until a time, and fails at once when that is past the deadline.
func (b *Batcher) sleep(ctx context.Context, until, deadline time.Time) error {
	wait := time.Until(until)
	if wait <= 0 {
		return nil
	}
	if until.After(deadline) {
		return fmt.Errorf("the backend asked to wait %v more", wait.Round(time.Millisecond))
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
