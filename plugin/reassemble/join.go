// Package reassemble finds out which records are one: the pieces of a line that the
// container runtime cut, and the lines of one text (filters/multiline).
//
// A Plan does so for a chunk, before anything of it is sent. What is still open
// at its end is offered to the chunk that begins where this one ended: the
// place is a seam, known by the file's name and the offset in it. The chunk
// with the beginning waits, and is told what became of the whole. How long a
// chunk waits is bounded, and so is how many wait: see Config.Wait and patience.
package reassemble

import (
	"time"

	"github.com/k8slog/k8slog/filters/multiline"
)

// Config is what an instance joins. The zero Config joins the pieces inside a
// chunk, of any size.
type Config struct {
	// Bytes is the most that is joined; zero for any number.
	Bytes int
	// Lines is the most lines of a text; zero for any number.
	Lines int
	// Wait is how long a chunk waits for the one behind it, and half of how
	// long for the one before it; and the most time between two lines of a text.
	Wait time.Duration
	// Multiline is which texts of several lines are joined.
	Multiline multiline.Set
}

// Joiner joins for one instance. It is made by New.
type Joiner struct {
	config   Config
	since    int64 // when it was made, in nanoseconds since 1970
	seams    seams
	patience patience
}

// New makes a Joiner for no workers; see SetWorkers.
func New(config Config) *Joiner {
	return &Joiner{config: config, since: time.Now().UnixNano(), seams: newSeams()}
}

// Waiting returns how many chunks wait for another one.
func (j *Joiner) Waiting() int { return j.patience.count() }

// Unread says that chunks came, or come again, of which it is not known what
// they hold: count counts those that are away.
func (j *Joiner) Unread(count func() int) { j.seams.miss(count) }

// SetWorkers says how many chunks may wait for another at a time: one less
// than can be worked on.
func (j *Joiner) SetWorkers(n int) { j.patience.setLimit(n - 1) }
