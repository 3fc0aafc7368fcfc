// Package merge makes fields of the texts of applications: of a JSON object, of
// logfmt, and of klog's structured lines.
package merge

import (
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/filters/klog"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// Filter adds what a text says as one object, beside the text. Whatever an
// application writes, it stays below that one key. Of the node's own
// components header does this.
type Filter struct {
	// Members says whether the object is wanted, and Key is the field for it.
	Members bool
	Key     []byte
	// TimeKeys are the members that can hold the record's time, best first.
	TimeKeys []string
}

// Apply implements filters.Filter. A piece of a text is left alone.
func (f Filter) Apply(r *filters.Record) bool {
	if r.Source.Kind == filters.Component || r.Flags&filters.Partial != 0 {
		return true
	}
	start := r.Log.Start()
	switch {
	case len(start) == 0:
	case start[0] == '{':
		f.json(r)
	case logfmt.Begins(start):
		f.logfmt(r)
	case f.Members && klog.Severity(start) != 0:
		text := r.Plain()
		var object []byte
		r.Scratch, object = klog.AppendMembers(r.Scratch, text)
		f.add(r, object)
	}
	return true
}

func (f Filter) json(r *filters.Record) {
	object, broken, ok := jsonlog.Object(r.Plain())
	if !ok {
		return
	}
	if len(f.TimeKeys) > 0 {
		f.setTime(r, jsonlog.Time, object)
	}
	if !f.Members {
		return
	}
	if broken {
		start := len(r.Scratch)
		r.Scratch = jsonlog.AppendOneLine(r.Scratch, object)
		object = r.Scratch[start:]
	}
	f.add(r, object)
}

func (f Filter) logfmt(r *filters.Record) {
	text := r.Plain()
	if len(f.TimeKeys) > 0 {
		f.setTime(r, logfmt.Time, text)
	}
	if f.Members {
		var object []byte
		r.Scratch, object = logfmt.AppendMembers(r.Scratch, text)
		f.add(r, object)
	}
}

func (f Filter) add(r *filters.Record, object []byte) {
	if object != nil {
		r.AddOwn(filters.Field{Key: f.Key, JSON: object})
	}
}

// The times that are believed: a clock that was never set says 1970, and one
// that is ahead hides a record from whoever looks at now.
const (
	earliest = 946684800 * int64(time.Second) // 2000
	ahead    = int64(24 * time.Hour)
)

// setTime makes the time that a text says the record's.
func (f Filter) setTime(r *filters.Record, read func([]byte, []string) (int64, bool), text []byte) {
	if ns, ok := read(text, f.TimeKeys); ok && ns >= earliest && ns-ahead <= r.Time {
		r.Time = ns
	}
}
