// Package merge makes a field of the keys and values in the texts of applications: JSON
// objects, logfmt, and structured lines of klog.
package merge

import (
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/filters/klog"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// Filter adds the keys and values of a text as one field, which holds an object, so that an
// application cannot replace other fields. It can also set the time of the record. The text
// is not changed. For the node's components the filter header does the same.
type Filter struct {
	// Members is true when the field is to be added. Key is its key.
	Members bool
	Key     []byte
	// TimeKeys are the keys in the text that can hold the record's time. The first one with
	// a valid time counts.
	TimeKeys []string
}

// Apply implements filters.Filter. It ignores partial lines.
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

// json handles a text that can be a JSON object.
func (f Filter) json(r *filters.Record) {
	object, multiline, ok := jsonlog.Object(r.Plain())
	if !ok {
		return
	}
	if len(f.TimeKeys) > 0 {
		f.setTime(r, jsonlog.Time, object)
	}
	if !f.Members {
		return
	}
	if multiline {
		start := len(r.Scratch)
		r.Scratch = jsonlog.AppendOneLine(r.Scratch, object)
		object = r.Scratch[start:]
	}
	f.add(r, object)
}

// logfmt handles a text that can be logfmt.
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

// add adds the field, unless object is nil.
func (f Filter) add(r *filters.Record, object []byte) {
	if object != nil {
		r.AddOwn(filters.Field{Key: f.Key, JSON: object})
	}
}

// Times in a text are ignored unless they are plausible. A clock that was never set is in
// 1970. A clock that is ahead would hide its records from queries for the present.
const (
	earliest = 946684800 * int64(time.Second) // 2000-01-01
	maxAhead = int64(24 * time.Hour)          // after the record's time
)

// setTime sets the time of r to the time in text, when it has a plausible one.
func (f Filter) setTime(r *filters.Record, read func([]byte, []string) (int64, bool), text []byte) {
	if r.Flags&filters.TimeByRule != 0 {
		return
	}
	if ns, ok := read(text, f.TimeKeys); ok && ns >= earliest && ns-maxAhead <= r.Time {
		r.Time = ns
	}
}
