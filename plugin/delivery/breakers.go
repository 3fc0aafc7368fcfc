package delivery

import (
	"sync"
	"time"
)

// breakers are those of an instance: one for the backend as a whole, and one for
// each partition that has failed. A tenant who is refused or throttled keeps
// nobody else's records back. The zero breakers allow everything.
type breakers struct {
	whole breaker

	mu         sync.Mutex
	first      string // the first partition
	begun      bool
	several    bool                // there is more than one partition
	partitions map[string]*breaker // those about which something is known
	success    time.Time           // when the backend last answered
}

// refuses says why no frame with that deadline would pass; nil when one may.
func (bs *breakers) refuses(now, deadline time.Time) error {
	if only := bs.only(); only != nil {
		return only.refuses(now, deadline)
	}
	return bs.whole.refuses(now, deadline)
}

// down says whether the backend is known to be down, also while a probe may go.
func (bs *breakers) down() bool {
	only := bs.only()
	return bs.whole.isDown() || only != nil && only.isDown()
}

// isDown says whether a partition, or the backend, is known to be down.
func (bs *breakers) isDown(partition string) bool {
	b := bs.of(partition, false)
	return bs.whole.isDown() || b != nil && b.isDown()
}

// only returns the breaker of the one partition that there is. It returns nil
// when there are several, or when nothing is known of the one.
func (bs *breakers) only() *breaker {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.several {
		return nil
	}
	return bs.partitions[bs.first]
}

// allow lets the frames of a worker pass, or says of each why not. While the
// backend is down, those that pass are one probe.
func (bs *breakers) allow(now time.Time, frames []*Frame, refused func(i int, err error)) {
	if len(frames) == 0 {
		return
	}
	deadline := frames[0].Deadline
	whole := bs.whole.allow(now, deadline)
	passed := false
	for i, f := range frames {
		err := whole
		if b := bs.of(f.Partition, false); err == nil && b != nil {
			err = b.allow(now, f.Deadline)
		}
		if err != nil {
			refused(i, err)
		} else {
			passed = true
		}
	}
	if whole == nil && !passed {
		bs.whole.onUnknown(now, deadline)
	}
}

// maxPartitions bounds the partitions about which something is remembered: names
// of tenants may come from names of files, or from what senders say. Those above it
// share a breaker.
const maxPartitions = 1024

// otherPartitions is the name of that breaker. No partition has it.
const otherPartitions = "\x00other"

// of returns the breaker of a partition. Without add it returns nil when nothing
// is known of the partition.
func (bs *breakers) of(partition string, add bool) *breaker {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if !bs.begun {
		bs.begun, bs.first, bs.partitions = true, partition, map[string]*breaker{}
	}
	bs.several = bs.several || partition != bs.first
	if _, known := bs.partitions[partition]; !known && len(bs.partitions) >= maxPartitions {
		partition = otherPartitions
	}
	b := bs.partitions[partition]
	if b == nil && add {
		b = new(breaker)
		bs.partitions[partition] = b
	}
	return b
}

// Trouble is a partition that is down.
type Trouble struct {
	Partition string
	Since     time.Time
	Err       error // the last answer, or what came instead of one
}

// troubles returns the partitions that are down.
func (bs *breakers) troubles() (all []Trouble) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for partition, b := range bs.partitions {
		if since, err := b.trouble(); err != nil {
			all = append(all, Trouble{partition, since, err})
		}
	}
	return all
}

// onSuccess closes the circuits: the backend has answered on that partition with
// a yes or a no.
func (bs *breakers) onSuccess(partition string, now time.Time) {
	bs.whole.onSuccess()
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.success = now
	if b := bs.partitions[partition]; b != nil {
		if b.onSuccess(); b.isIdle(now) {
			delete(bs.partitions, partition)
		}
	}
}

// onFailure opens the circuit of a partition on which a frame, tried since a
// time, has failed until its deadline. The backend as a whole is down when it
// has answered nothing since, and another partition is down as well.
func (bs *breakers) onFailure(partition string, why error, since, now time.Time, pause time.Duration) {
	bs.of(partition, true).onFailure(why, now, pause)
	if bs.allDown(partition, since) {
		bs.whole.onFailure(why, now, pause)
	}
}

func (bs *breakers) allDown(partition string, since time.Time) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.success.After(since) {
		return false
	}
	for other, b := range bs.partitions {
		if other != partition && b.isDown() {
			return true
		}
	}
	return false
}

// onDetached takes note of so many more frames of a partition whose request goes
// on.
func (bs *breakers) onDetached(partition string, n int) {
	bs.whole.onDetached(n)
	bs.of(partition, true).onDetached(n)
}

// onCutShort takes note of a frame that came back without an answer early, and
// says whether there have been too many.
func (bs *breakers) onCutShort(partition string) bool { return bs.of(partition, true).onCutShort() }

// onUnknown says that the frame with that deadline came back without an answer
// about the backend.
func (bs *breakers) onUnknown(partition string, now, deadline time.Time) {
	bs.whole.onUnknown(now, deadline)
	if b := bs.of(partition, false); b != nil {
		b.onUnknown(now, deadline)
	}
}

// throttle keeps the requests of a partition back until a time: limits are those
// of a tenant.
func (bs *breakers) throttle(partition string, until time.Time) {
	bs.of(partition, true).throttle(until)
}

// notBefore returns the time before which no request of a partition may go.
func (bs *breakers) notBefore(partition string) time.Time {
	if b := bs.of(partition, false); b != nil {
		return b.notBefore()
	}
	return time.Time{}
}
