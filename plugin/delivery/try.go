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
// would pass the deadline. Then the error is that of the last try.
func (c *Committer) try(body backend.Body, deadline time.Time) error {
	ctx, cancel := context.WithDeadline(c.ctx, deadline)
	defer cancel()
	a := attempt{route: body.Partition, begun: time.Now(), deadline: deadline}
	waits := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(c.config.BackoffMin),
		backoff.WithMaxInterval(c.config.BackoffMax),
		backoff.WithMaxElapsedTime(0), // the deadline ends it
	)
	var last error // of a try that had its chance
	for {
		// The backend may have asked another request for patience.
		if err := c.sleep(ctx, c.gates.quietUntil(body.Partition), deadline); err != nil {
			return c.give(a, last, err)
		}
		left := time.Until(deadline)
		if left < c.config.RequestTimeout/fewest {
			return c.give(a, last, errors.New("too little time is left for a request"))
		}
		err := c.send(ctx, body)
		if err == nil || isFinal(err) {
			c.gates.open(body.Partition, time.Now())
			return err
		}
		if left < c.config.RequestTimeout*9/10 && ctx.Err() != nil {
			// The deadline of the chunk cut it short: that says little
			// of the backend.
			if c.gates.cutShort(body.Partition) || c.config.Stopping != nil && c.config.Stopping() {
				last = err
			}
			return c.give(a, last, err)
		}
		last = err
		wait := waits.NextBackOff()
		var throttled *backend.Throttled
		if errors.As(err, &throttled) {
			c.gates.throttleUntil(body.Partition, time.Now().Add(throttled.After))
			wait = max(wait, throttled.After)
		}
		if c.ctx.Err() != nil || time.Now().Add(wait).After(deadline) {
			return c.give(a, last, err)
		}
		if c.config.Retried != nil {
			c.config.Retried(err)
		}
		if e := c.sleep(ctx, time.Now().Add(wait), deadline); e != nil {
			return c.give(a, last, err)
		}
	}
}

// fewest is the part of the request timeout that must be left for a try.
const fewest = 10

// attempt is the tries of one request.
type attempt struct {
	route           string
	begun, deadline time.Time
}

// give gives up: when the backend has failed by itself it counts as down, and
// else a probe that found nothing out makes room for the next.
func (c *Committer) give(a attempt, failed, err error) error {
	if failed != nil {
		c.gates.missed(a.route, failed, a.begun, time.Now(), c.config.BackoffMax)
	} else {
		c.gates.unknown(a.route, time.Now(), a.deadline)
	}
	return err
}

// send makes one try.
func (c *Committer) send(ctx context.Context, body backend.Body) error {
	ctx, cancel := context.WithTimeout(ctx, c.config.RequestTimeout)
	defer cancel()
	begin := time.Now()
	err := c.sender.Send(ctx, body)
	if c.config.Sent != nil {
		c.config.Sent(body.Len(), time.Since(begin), err)
	}
	if err != nil && ctx.Err() != nil && !isFinal(err) {
		return fmt.Errorf("no answer in time: %w", err)
	}
	return err
}

// Pause waits before what the backend did not take for now, on a route, is
// sent again. It fails when that would be too late.
func (c *Committer) Pause(route string, attempt int, deadline time.Time) error {
	wait := c.config.BackoffMin
	for ; attempt > 0 && wait < c.config.BackoffMax; attempt-- {
		wait += wait / 2
	}
	until := time.Now().Add(min(wait, c.config.BackoffMax))
	if quiet := c.gates.quietUntil(route); quiet.After(until) {
		until = quiet
	}
	ctx, cancel := context.WithDeadline(c.ctx, deadline)
	defer cancel()
	return c.sleep(ctx, until, deadline)
}

// isFinal tells answers that no further try will change.
func isFinal(err error) bool {
	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var mixed *backend.Mixed
	return errors.As(err, &rejected) || errors.As(err, &tooLarge) || errors.As(err, &mixed)
}

// sleep waits until a time, and fails at once when that is past the deadline.
func (c *Committer) sleep(ctx context.Context, until, deadline time.Time) error {
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
