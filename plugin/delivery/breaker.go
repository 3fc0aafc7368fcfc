package delivery

import (
	"fmt"
	"time"
)

// breaker is the circuit breaker of the backend, or of a partition. While the
// backend is known to be down, the breaker refuses frames at once, so that no
// worker waits for nothing. From time to time it lets a frame pass as a probe. The
// zero breaker allows everything. The lock of breakers protects it.
type breaker struct {
	throttledUntil time.Time // the backend asked for no request before
	down           error     // why the backend is down; nil when it is not
	since          time.Time // when it went down
	troubled       time.Time // when the first of the tries began because of which it is down
	nextProbe      time.Time
	probe          time.Time // the deadline of the last probe
	failures       int       // times in a row that all tries of a frame have failed
	cutShort       int       // frames in a row that were returned early without an answer
	detached       int       // requests that go on without a round; an answer to one says more than a probe
	detachedBytes  int       // of their frames
	answered       time.Time // when the backend last decided on a request
}

// maxCutShort is the number of frames in a row that are returned without an answer,
// each after less than the time of a request, until the backend counts as down.
const maxCutShort = 3

// refuses returns why a frame with that deadline would be refused now; nil when it
// would pass. partition is that of the breaker; empty for the backend as a whole.
func (b *breaker) refuses(partition string, now, deadline time.Time, most int) error {
	switch {
	case b.throttledUntil.After(deadline):
		return errWait(partition, b.throttledUntil.Sub(now))
	case b.down != nil && now.Before(b.nextProbe):
		return fmt.Errorf("%s is down: %w", nameOf(partition), b.down)
	case b.down != nil && b.detached > 0:
		return fmt.Errorf("%s is down, and %d requests still wait for an answer: %w", nameOf(partition), b.detached, b.down)
	case b.detached >= most && partition != "":
		return fmt.Errorf("%d requests of %s still wait for an answer", b.detached, nameOf(partition))
	case b.detached >= most:
		return fmt.Errorf("%d requests still wait for an answer", b.detached)
	}
	return nil
}

// nameOf names a partition, or the backend, in an error.
func nameOf(partition string) string {
	switch partition {
	case "":
		return "the backend"
	case otherPartitions:
		return "one of many partitions"
	}
	return fmt.Sprintf("partition %q", partition)
}

// errWait returns the error of a partition, or the backend, that may get no request yet.
func errWait(partition string, wait time.Duration) error {
	wait = wait.Round(time.Millisecond)
	if partition == "" {
		return fmt.Errorf("the backend asked to wait %v more", wait)
	}
	return fmt.Errorf("the backend asked to wait %v more for %s", wait, nameOf(partition))
}

// allow lets a frame of a partition pass, or returns why not. While the backend is down,
// the frame that passes is the probe, and all others are refused until its deadline, and a
// little longer, because on a busy machine its result is late.
func (b *breaker) allow(partition string, now, deadline time.Time, most int) error {
	if err := b.refuses(partition, now, deadline, most); err != nil {
		return err
	}
	if b.down != nil {
		b.probe, b.nextProbe = deadline, deadline.Add(deadline.Sub(now)/4)
	}
	return nil
}

// onSuccess closes the circuit: the backend has decided on a request.
func (b *breaker) onSuccess(now time.Time) {
	b.down, b.cutShort, b.failures, b.answered, b.troubled = nil, 0, 0, now, time.Time{}
}

// onNoAnswer notes that a frame with that deadline was returned without an answer, and its
// request goes on. If the frame was the probe, the next one waits for the pause.
func (b *breaker) onNoAnswer(now, deadline time.Time, pause time.Duration) {
	if b.down != nil && b.probe.Equal(deadline) {
		b.probe, b.nextProbe = time.Time{}, now.Add(pause)
	}
}

// onCutShort notes that a frame was returned without an answer after less than the
// time of a request, and reports whether this has happened too often.
func (b *breaker) onCutShort() bool {
	b.cutShort++
	return b.cutShort >= maxCutShort
}

// onFailure opens the circuit: all tries of a frame with that deadline have failed. The
// next probe waits for the pause, and for another probe that is in progress.
func (b *breaker) onFailure(why error, now, deadline time.Time, pause time.Duration) {
	if b.down == nil {
		b.since = now
	}
	b.failures++
	if next := now.Add(pause); next.After(b.nextProbe) || b.down != nil && b.probe.Equal(deadline) {
		b.nextProbe = next
	}
	b.down, b.probe = why, time.Time{}
}

// isIdle reports whether the breaker has no information left.
func (b *breaker) isIdle(now time.Time) bool {
	return b.down == nil && b.detached == 0 && b.throttledUntil.Before(now)
}

func (b *breaker) isDown() bool { return b.down != nil }

// onInconclusive notes that a frame with that deadline has not shown whether the
// backend is down. If the frame was the probe, the next probe may go.
func (b *breaker) onInconclusive(now, deadline time.Time) {
	if b.down != nil && b.probe.Equal(deadline) {
		b.nextProbe = now
	}
}

// throttle holds back all requests until a time.
func (b *breaker) throttle(until time.Time) {
	if until.After(b.throttledUntil) {
		b.throttledUntil = until
	}
}
