// Package hostlog writes to the log of the host, Fluent Bit, and keeps lines that
// repeat out of it.
package hostlog

import (
	"fmt"
	"sync"
	"time"
)

// Level is a level of Fluent Bit's log, in its numbers (flb_log.h).
type Level int

// The levels that the plugin uses.
const (
	LevelError Level = 1
	LevelWarn  Level = 2
	LevelInfo  Level = 3
)

// Logger puts a line into the host's log. It may be called on any thread.
type Logger interface {
	Log(level Level, message string)
}

// repeatEvery is how often a line that keeps coming is let through.
const repeatEvery = 30 * time.Second

// Throttled keeps lines that repeat out of the log, and says how many they
// were. Lines of one format are the same line.
type Throttled struct {
	to Logger

	mu   sync.Mutex
	seen map[string]*repeats
}

type repeats struct {
	last    time.Time
	skipped int
	level   Level
	message string // the last one that was kept out
}

func NewThrottled(to Logger) *Throttled {
	return &Throttled{to: to, seen: map[string]*repeats{}}
}

func (l *Throttled) Errorf(format string, args ...any) { l.print(LevelError, format, args) }
func (l *Throttled) Warnf(format string, args ...any)  { l.print(LevelWarn, format, args) }
func (l *Throttled) Infof(format string, args ...any)  { l.print(LevelInfo, format, args) }

func (l *Throttled) print(level Level, format string, args []any) {
	message := fmt.Sprintf(format, args...)
	l.mu.Lock()
	r, known := l.seen[format]
	if !known {
		r = &repeats{}
		l.seen[format] = r
	}
	now := time.Now()
	if known && now.Sub(r.last) < repeatEvery {
		r.skipped++
		r.level, r.message = level, message
		l.mu.Unlock()
		return
	}
	skipped := r.skipped
	r.last, r.skipped = now, 0
	l.mu.Unlock()
	l.to.Log(level, message+times(skipped))
}

// Flush prints the lines that were kept out, each once.
func (l *Throttled) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.seen {
		if r.skipped > 0 {
			l.to.Log(r.level, r.message+times(r.skipped-1))
			r.skipped = 0
		}
	}
}

func times(skipped int) string {
	if skipped == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more like it)", skipped)
}
