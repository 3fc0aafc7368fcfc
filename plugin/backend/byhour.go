package backend

import (
	"sync/atomic"
	"time"
)

// ByHour keeps what a template with a date makes of a source: one value for each hour. The
// last two are kept, because records of two hours mix around the full hour. The zero ByHour
// is empty. It is safe for concurrent use.
type ByHour[T any] struct {
	slots [2]atomic.Pointer[ofHour[T]]
}

type ofHour[T any] struct {
	hour  int64 // since 1970
	value T
}

// Load returns the value for records of a time, in nanoseconds since 1970; nil when it is not
// kept. It allocates nothing.
func (b *ByHour[T]) Load(ns int64) *T {
	hour := hourOf(ns)
	if kept := b.slots[hour&1].Load(); kept != nil && kept.hour == hour {
		return &kept.value
	}
	return nil
}

// Store keeps the value for records of a time, and returns it.
func (b *ByHour[T]) Store(ns int64, value T) *T {
	hour := hourOf(ns)
	kept := &ofHour[T]{hour, value}
	b.slots[hour&1].Store(kept)
	return &kept.value
}

func hourOf(ns int64) int64 {
	hour := ns / int64(time.Hour)
	if ns < 0 {
		hour-- // which hour a time before 1970 is in does not matter
	}
	return hour
}

// The limits of a date in a name, before and after now.
const (
	oldestDate = 30 * 24 * time.Hour
	newestDate = 24 * time.Hour
)

// DateFor returns the time whose date the name of an index, a topic or an object has, for a
// record of a time, both in nanoseconds since 1970. The writer of a record may choose its
// time, and must not create any number of names by it.
func DateFor(ns int64, now time.Time) int64 {
	return min(max(ns, now.Add(-oldestDate).UnixNano()), now.Add(newestDate).UnixNano())
}
