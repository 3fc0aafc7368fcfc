package delivery

import (
	"sync"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// breakers holds the circuit breakers of an instance: one for the backend as a
// whole, and one for each partition that has failed. A tenant that is refused or
// throttled does not hold up the records of others. The zero breakers allows
// everything. It is safe for concurrent use.
type breakers struct {
	mu         sync.Mutex
	whole      breaker
	partitions map[string]*breaker // of the partitions that have failed; nil before the first frame
	first      string              // the partition of the first frame
	several    bool                // there is more than one partition
	success    time.Time           // of the last answer
	unknown    breaker             // of the partitions without a breaker; it allows everything
	// detachedBytes is Config.DetachedBytes, and oneOfSeveral is Config.OneOfSeveral.
	detachedBytes int
	oneOfSeveral  bool
	// pause is that before a probe. For one of several partitions it begins with firstPause,
	// and doubles: what fails for a moment must not wait for long.
	firstPause, pause time.Duration
}

// refuses returns why every frame with that deadline would be refused; nil when
// some frame may pass.
func (bs *breakers) refuses(now, deadline time.Time) error {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if err := bs.only().refuses("", now, deadline, bs.most()); err != nil {
		return err
	}
	return bs.whole.refuses("", now, deadline, bs.most())
}

// down reports whether the backend is known to be down, also while a probe may go.
func (bs *breakers) down() bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.whole.isDown() || bs.only().isDown()
}

// isDown reports whether a partition, or the backend, is known to be down.
func (bs *breakers) isDown(partition string) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.whole.isDown() || bs.of(partition).isDown()
}

// allow lets frames of one worker pass, or returns why not, by their index. While
// the backend is down, the frames that pass are one probe.
func (bs *breakers) allow(now time.Time, frames []*Frame) (refused map[int]error) {
	if len(frames) == 0 {
		return nil
	}
	bs.mu.Lock()
	defer bs.mu.Unlock()
	refused = map[int]error{}
	deadline := frames[0].Deadline
	whole := bs.whole.allow("", now, deadline, bs.most())
	for i, f := range frames {
		err := whole
		if b := bs.of(f.Partition); err == nil {
			most := bs.most()
			if bs.several {
				// As many as are free: several partitions that hang leave room for the others.
				most = min(maxDetachedPartition, max(maxDetached-bs.whole.detached, 1))
				if b.detachedBytes > bs.detachedBytes-bs.whole.detachedBytes {
					most = min(most, b.detached)
				}
			}
			err = b.allow(bs.named(f.Partition), now, f.Deadline, most)
		}
		if err != nil {
			refused[i] = err
		}
	}
	if whole == nil && len(refused) == len(frames) {
		bs.whole.onInconclusive(now, deadline)
	}
	return refused
}

// times is how many times the usual number of requests, and of their bytes, may be
// detached. Of several partitions, one that waits for no answer may go on above that: when
// many chunks come at once, those that hang take all of it before the first of them is
// detached.
func (bs *breakers) times() int {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.timesLocked()
}

func (bs *breakers) timesLocked() int {
	if bs.several {
		return 2
	}
	return 1
}

// most is the number of detached requests at which all frames are refused. Without a
// deadline that passes, there are no more than maxDetached: a round waits instead.
func (bs *breakers) most() int { return bs.timesLocked()*maxDetached + 1 }

// onSuccess closes the circuits: the backend has decided on a request of the
// partition.
func (bs *breakers) onSuccess(partition string, now time.Time) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.success = now
	bs.whole.onSuccess(now)
	key := bs.key(partition)
	if b := bs.partitions[key]; b != nil {
		if b.onSuccess(now); b.isIdle(now) {
			delete(bs.partitions, key)
		}
	}
}

// onFailure opens the circuit of a partition. A frame of it with that deadline has failed
// in all tries from a time on. The backend as a whole is down when it has
// answered no request since then, nor since another partition went down. A limit is
// that of a tenant, and says nothing of the backend.
func (bs *breakers) onFailure(partition string, why error, since, now, deadline time.Time) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	failed := bs.add(partition)
	pause := bs.pause
	if bs.several {
		pause = min(pause, bs.firstPause<<min(failed.failures, 16))
	}
	failed.onFailure(why, now, deadline, pause)
	if failed.troubled.IsZero() {
		failed.troubled = since
	}
	if bs.success.After(since) || bs.several && is[*backend.Throttled](why) {
		return
	}
	for _, other := range bs.partitions {
		// A partition that was down when another was accepted is no evidence.
		if other != failed && other.isDown() && !bs.success.After(other.since) && !is[*backend.Throttled](other.down) {
			bs.whole.onFailure(why, now, deadline, bs.pause)
			return
		}
	}
}

// answered reports whether the backend has decided on a request of a partition since a
// time at which another one was sent. While that one is detached, the partition has a
// breaker.
func (bs *breakers) answered(partition string, since time.Time) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.of(partition).answered.After(since) || !bs.several && bs.success.After(since)
}

// onNoAnswer notes that a frame was returned without an answer, and its request goes on.
func (bs *breakers) onNoAnswer(partition string, now, deadline time.Time, pause time.Duration) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.whole.onNoAnswer(now, deadline, pause)
	bs.of(partition).onNoAnswer(now, deadline, pause)
}

// manyDown is the number of partitions in trouble above which no worker waits for one:
// those behind would wait for all of them.
const manyDown = 16

// areManyDown reports whether so many partitions are in trouble that each is asked once.
func (bs *breakers) areManyDown() bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.several && len(bs.partitions) > manyDown
}

// areSeveral reports whether there is more than one partition.
func (bs *breakers) areSeveral() bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.several || bs.oneOfSeveral
}

// isDownAlone reports whether a partition is down, and others were accepted since.
func (bs *breakers) isDownAlone(partition string) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b := bs.of(partition)
	return b.isDown() && !bs.whole.isDown() && bs.success.After(b.since)
}

// onDetached notes that n more requests of a partition, with so many bytes, go on without a
// round.
func (bs *breakers) onDetached(partition string, n, bytes int) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, b := range []*breaker{&bs.whole, bs.add(partition)} {
		b.detached += n
		b.detachedBytes += bytes
	}
}

// onCutShort notes that a frame was returned early without an answer, and reports
// whether this has happened too often.
func (bs *breakers) onCutShort(partition string) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.add(partition).onCutShort()
}

// onInconclusive notes that a frame with that deadline has not shown whether the
// backend is down.
func (bs *breakers) onInconclusive(partition string, now, deadline time.Time) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.whole.onInconclusive(now, deadline)
	bs.of(partition).onInconclusive(now, deadline)
}

// throttle holds back the requests of a partition until a time. Rate limits are
// those of a tenant.
func (bs *breakers) throttle(partition string, until time.Time) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.add(partition).throttle(until)
}

// nameFor is named without the lock.
func (bs *breakers) nameFor(partition string) string {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.named(partition)
}

// notBefore returns the time before which no request of a partition may go.
func (bs *breakers) notBefore(partition string) time.Time {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.of(partition).throttledUntil
}
