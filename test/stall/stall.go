// Package stall notes when this process did not run, because the machine was busy. What a
// test then finds late, repeated or out of order is not the fault of what is tested: the
// agent did not run either, and took an answer for lost or slow.
package stall

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stall is a time in which this process did not run.
type stall struct{ from, to time.Time }

const (
	// pause is how often it is looked whether the process runs, and shortest how long a
	// pause must be to be noted.
	pause    = 10 * time.Millisecond
	shortest = 50 * time.Millisecond
	// crowd is how many processes for each CPU want to run on a machine that is busy: each
	// step of an exchange waits for its turn, without a pause that is noted.
	crowd = 1.5
)

var stalls struct {
	once sync.Once
	mu   sync.Mutex
	all  []stall
}

// Watch begins to note stalls. It goes on until the process ends.
func Watch() {
	stalls.once.Do(func() {
		go func() {
			for last := time.Now(); ; {
				time.Sleep(pause)
				now := time.Now()
				if now.Sub(last) > shortest {
					stalls.mu.Lock()
					stalls.all = append(stalls.all, stall{last, now})
					stalls.mu.Unlock()
				}
				last = now
			}
		}()
	})
}

// IsCrowded reports whether more processes than the machine has CPUs want to run, by the load
// of the last minute.
func IsCrowded() bool {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return false
	}
	load, _, _ := strings.Cut(string(text), " ")
	n, err := strconv.ParseFloat(load, 64)
	return err == nil && n > crowd*float64(runtime.NumCPU())
}

// Between returns for how long the process did not run between two times, counting stalls
// of at least some length.
func Between(from, to time.Time, length time.Duration) (sum time.Duration) {
	stalls.mu.Lock()
	defer stalls.mu.Unlock()
	for _, s := range stalls.all {
		if s.from.Before(to) && s.to.After(from) && s.to.Sub(s.from) >= length {
			sum += s.to.Sub(s.from)
		}
	}
	return sum
}
