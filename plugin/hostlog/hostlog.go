// Package hostlog writes to the log of the host process, which is Fluent Bit, and limits
// repeated lines.
package hostlog

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Level is a level of Fluent Bit's log (include/fluent-bit/flb_log.h).
type Level int

// The levels that the plugin uses.
const (
	LevelError Level = 1
	LevelWarn  Level = 2
	LevelInfo  Level = 3
)

// Logger writes to the host's log. It must be safe for concurrent use.
type Logger interface {
	// Log writes one line.
	Log(level Level, message string)
}

// repeatEvery is the interval in which a repeated line is written once.
const repeatEvery = 30 * time.Second

// Throttled writes a repeated line at most once in 30 seconds, with the number of lines that
// it skipped. Lines with the same format string are repetitions, whatever their arguments. It
// is created by NewThrottled, and is safe for concurrent use.
type Throttled struct {
	to Logger

	mu   sync.Mutex
	seen map[string]*repeats
}

// repeats is the state of a line.
type repeats struct {
	last    time.Time // when it was last written
	skipped int       // since then
	level   Level     // of the last skipped line
	message string    // the last skipped line
}

// NewThrottled creates a Throttled that writes to a Logger.
func NewThrottled(to Logger) *Throttled {
	return &Throttled{to: to, seen: map[string]*repeats{}}
}

// Errorf, Warnf and Infof write a line at their level. The arguments are those of fmt.Sprintf.
func (l *Throttled) Errorf(format string, args ...any) { l.print(LevelError, format, args) }

// Warnf is like Errorf.
func (l *Throttled) Warnf(format string, args ...any) { l.print(LevelWarn, format, args) }

// Infof is like Errorf.
func (l *Throttled) Infof(format string, args ...any) { l.print(LevelInfo, format, args) }

// ErrorText logs a line that is skipped only when it repeats word by word: for losses, each of
// which is about another file.
func (l *Throttled) ErrorText(text string) {
	l.print(LevelError, strings.ReplaceAll(text, "%", "%%"), nil)
}

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

// Flush writes the last one of the skipped lines of each format.
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

// times returns a suffix with the number of skipped lines; empty for 0.
func times(skipped int) string {
	if skipped == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more like it)", skipped)
}
