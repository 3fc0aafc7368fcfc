package faults

import (
	"fmt"
	"time"
)

// step is the resolution of Delays.
const step = 10 * time.Millisecond

// Delays counts how long records took from the writing of their line until they
// were stored. The zero Delays is empty.
type Delays struct {
	counts  [6001]int // by steps; the last is a minute and more
	n       int
	Longest time.Duration
}

func (d *Delays) add(delay time.Duration) {
	d.n++
	d.Longest = max(d.Longest, delay)
	d.counts[min(max(int(delay/step), 0), len(d.counts)-1)]++
}

// Percentile returns the delay that so many of a hundred records did not exceed.
func (d *Delays) Percentile(p float64) time.Duration {
	want := int(p / 100 * float64(d.n))
	for i, sum := 0, 0; i < len(d.counts); i++ {
		if sum += d.counts[i]; sum >= want {
			return time.Duration(i+1) * step
		}
	}
	return d.Longest
}

// Add counts other delays with these.
func (d *Delays) Add(other *Delays) {
	d.n += other.n
	d.Longest = max(d.Longest, other.Longest)
	for i, n := range other.counts {
		d.counts[i] += n
	}
}

// String is the delays on one line.
func (d *Delays) String() string {
	return fmt.Sprintf("half of %d lines within %v, 99%% within %v, 99.9%% within %v, the last within %v",
		d.n, d.Percentile(50), d.Percentile(99), d.Percentile(99.9), d.Longest.Round(step))
}
