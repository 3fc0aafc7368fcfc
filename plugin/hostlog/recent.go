package hostlog

import (
	"strings"
	"sync"
	"time"
)

// The bounds of what Recent keeps: 300 lines of 1 KiB.
const (
	maxRecent     = 300
	maxRecentLine = 1 << 10
)

// Line is a line of the log.
type Line struct {
	Time    time.Time `json:"time"`
	Level   string    `json:"level"` // error, warn or info
	Message string    `json:"message"`
}

// Recent passes lines on to another Logger, and keeps the last 300 of them, for those who
// have the process and not its log. It is created by NewRecent, and is safe for concurrent
// use.
type Recent struct {
	to Logger

	mu    sync.Mutex
	lines [maxRecent]Line
	n     int // all lines; the next one comes to n modulo maxRecent
}

// NewRecent creates a Recent that passes lines on to a Logger.
func NewRecent(to Logger) *Recent { return &Recent{to: to} }

// Log implements Logger.
func (r *Recent) Log(level Level, message string) {
	r.to.Log(level, message)
	if len(message) > maxRecentLine {
		message = strings.ToValidUTF8(message[:maxRecentLine], "") + "…"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines[r.n%maxRecent] = Line{Time: time.Now(), Level: level.String(), Message: strings.Clone(message)}
	r.n++
}

// Last returns the last lines, at most so many, the oldest first.
func (r *Recent) Last(most int) []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := make([]Line, 0, min(most, r.n, maxRecent))
	for i := r.n - cap(lines); i < r.n; i++ {
		lines = append(lines, r.lines[i%maxRecent])
	}
	return lines
}

// String returns the name of a level.
func (l Level) String() string {
	switch l {
	case LevelError:
		return "error"
	case LevelWarn:
		return "warn"
	}
	return "info"
}
