// Package header reads what the text of a record says of itself, in whatever
// format its program writes.
package header

import (
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/etcd"
	"github.com/k8slog/k8slog/filters/golog"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/filters/klog"
	"github.com/k8slog/k8slog/filters/logfmt"
	"github.com/k8slog/k8slog/filters/logrus"
	"github.com/k8slog/k8slog/filters/salt"
	"github.com/k8slog/k8slog/filters/source/component"
	"github.com/k8slog/k8slog/filters/syslog"
)

// Filter takes the severity from the text; and of the node's own components,
// whose files hold nothing but the text, the time, the source line, the thread,
// the message and the other keys and values as well. The text itself stays what
// it was.
//
// A text's first bytes tell which one format it can have, so that a plain line
// costs next to nothing.
type Filter struct {
	// Zone is the time zone of the node, for formats that name none.
	Zone *time.Location
	// Key is the field for the keys and values of a component's line, as one
	// object; empty when they are not wanted.
	Key []byte
	// Programs are the sources of those programs that are components
	// themselves, wherever in the host's syslog their lines stand.
	Programs map[string]*filters.Source
}

// Apply implements filters.Filter.
func (f Filter) Apply(r *filters.Record) bool {
	if !r.Log.Exists() {
		return true
	}
	if r.Source.Kind == filters.Component {
		f.component(r)
	} else if r.Severity == 0 {
		r.Severity = severity(r)
	}
	if r.Severity == 0 {
		r.Severity = r.Fallback
	}
	return true
}

// severity reads no more than the severity.
func severity(r *filters.Record) filters.Severity {
	start := r.Log.Start()
	if len(start) == 0 {
		return 0
	}
	switch c := start[0]; c {
	case 'I', 'W', 'E', 'F':
		if s := klog.Severity(start); s != 0 {
			return s
		}
		if s := golog.Severity(start); s != 0 {
			return s
		}
		return logrus.Severity(start)
	case 'D', 'T', 'P':
		return logrus.Severity(start)
	case 'r':
		return golog.Severity(start)
	case '{':
		return jsonlog.Severity(r.Plain())
	case 't', 'l', 's', 'm', 'c':
		if logfmt.Begins(start) {
			return logfmt.Severity(r.Plain())
		}
	default:
		if c-'0' <= 9 {
			return etcd.Severity(start)
		}
	}
	return 0
}

func (f Filter) component(r *filters.Record) {
	h, ok := f.parse(r.Plain(), r.Time, &r.Scratch, true)
	if !ok {
		return
	}
	if r.Severity == 0 {
		r.Severity = h.Severity
	}
	if h.HasTime && r.Flags&filters.Timed == 0 {
		r.Time = h.Time
		r.Flags |= filters.Timed
	}
	// A journal entry says itself who wrote it.
	if len(h.Program) > 0 && r.Flags&filters.Decoded == 0 && component.Shared(r.Source.Component) {
		if source := f.Programs[string(h.Program)]; source != nil {
			r.Source = source
		}
	}
	add(r, keyProgram, filters.PlainText(h.Program))
	add(r, keyCaller, h.Caller)
	add(r, keyThread, filters.PlainText(h.Thread))
	add(r, keyMessage, h.Message)
	if len(f.Key) > 0 && h.Members != nil {
		r.AddOwn(filters.Field{Key: f.Key, JSON: h.Members})
	}
}

var (
	keyProgram = []byte("program")
	keyCaller  = []byte("caller")
	keyThread  = []byte("thread")
	keyMessage = []byte("message")
)

func add(r *filters.Record, key []byte, text filters.Text) {
	if text.Len() > 0 {
		r.AddOwn(filters.Field{Key: key, Text: text})
	}
}

// parse reads a whole line. Syslog puts its own header before that of the
// program; both are read, but no second one of syslog's.
func (f Filter) parse(text []byte, near int64, scratch *[]byte, outer bool) (h filters.Header, ok bool) {
	if len(text) == 0 {
		return h, false
	}
	switch c := text[0]; {
	case c == '{':
		return jsonlog.Parse(text, scratch)
	case c >= '0' && c <= '9':
		if h, ok = salt.Parse(text, f.Zone, scratch); ok {
			return h, true
		}
		if h, ok = etcd.Parse(text, f.Zone); ok {
			return h, true
		}
	case c == 't' || c == 'l' || c == 's' || c == 'm' || c == 'c':
		return logfmt.Parse(text, scratch)
	case c == 'I' || c == 'W' || c == 'E' || c == 'F':
		if h, ok = klog.Parse(text, near, f.Zone, scratch); ok {
			return h, true
		}
		if h, ok = golog.Parse(text, f.Zone); ok {
			return h, true
		}
		if h, ok = logrus.Parse(text); ok {
			return h, true
		}
	case c == 'D' || c == 'T' || c == 'P':
		if h, ok = logrus.Parse(text); ok {
			return h, true
		}
	case c == 'r' || c == '[':
		if h, ok = golog.Parse(text, f.Zone); ok {
			return h, true
		}
		if h, ok = salt.Console(text); ok {
			return h, true
		}
	}
	if !outer {
		return filters.Header{}, false
	}
	if h, ok = syslog.Parse(text, near, f.Zone); !ok {
		return h, false
	}
	if h.HasTime {
		near = h.Time
	}
	message, _ := h.Message.Plain()
	if inner, ok := f.parse(message, near, scratch, false); ok && (inner.Severity != 0 || slashed(message)) {
		inner.Program = h.Program
		if len(inner.Thread) == 0 {
			inner.Thread = h.Thread
		}
		if !inner.HasTime {
			inner.Time, inner.HasTime = h.Time, h.HasTime
		}
		return inner, true
	}
	return h, true
}

// slashed says whether a text begins with the date of Go's standard logger,
// which is in the zone of the node. What other programs write with hyphens may
// be in any.
func slashed(text []byte) bool { return len(text) > 4 && text[4] == '/' }
