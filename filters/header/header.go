// Package header parses the header that a program's logger puts into the text: severity,
// time, caller and more. It selects the parser of the format.
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
	"github.com/k8slog/k8slog/filters/syslog"
)

// Filter sets the severity of a record from its text. For the node's components, whose log
// files have no other metadata, it also sets the time, and adds the caller, the thread, the
// message and the other keys and values as fields. It does not change the text.
//
// The source and the first bytes of the text select the parser, so that lines without a
// header cost almost nothing. For texts of no format that has a parser, textlog finds the
// level where loggers put it.
type Filter struct {
	// Zone is the time zone of the node, for formats without one. It must not be nil.
	Zone *time.Location
	// Key is the key of the field that holds the other keys and values of a component's
	// line as one object; empty for no such field.
	Key []byte
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
		r.Severity = r.FallbackSeverity
	}
	return true
}

// component parses the line of a component.
func (f Filter) component(r *filters.Record) {
	h, ok := f.parse(r.Plain(), r.Time, &r.Scratch, true)
	if r.Severity == 0 {
		if r.Severity = h.Severity; r.Severity == 0 {
			r.Severity = unparsed(r, &h)
		}
	}
	if !ok {
		return
	}
	if h.HasTime && r.Flags&filters.Timed == 0 {
		r.Time = h.Time
		r.Flags |= filters.Timed
	}
	// The program of a syslog line is no source: any process can choose it (logger -t).
	addField(r, keyProgram, filters.PlainText(h.Program))
	addField(r, keyCaller, h.Caller)
	addField(r, keyThread, filters.PlainText(h.Thread))
	addField(r, keyMessage, h.Message)
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

// addField adds a field unless its text is empty.
func addField(r *filters.Record, key []byte, text filters.Text) {
	if text.Len() > 0 {
		r.AddOwn(filters.Field{Key: key, Text: text})
	}
}

// parse parses a whole line. near is the time at which the line was read. A syslog header
// can precede that of the program; with allowSyslog, parse reads both.
func (f Filter) parse(text []byte, near int64, scratch *[]byte, allowSyslog bool) (h filters.Header, ok bool) {
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
	if !allowSyslog {
		return filters.Header{}, false
	}
	if h, ok = syslog.Parse(text, near, f.Zone); !ok {
		return h, false
	}
	if h.HasTime {
		near = h.Time
	}
	message, _ := h.Message.Plain()
	if inner, ok := f.parse(message, near, scratch, false); ok && (inner.Severity != 0 || hasGoDate(message) || message[0] == '{') {
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

// hasGoDate returns whether a text begins with the date of Go's standard logger, which has
// slashes and is in the time zone of the node. Dates with hyphens can be in any time zone.
func hasGoDate(text []byte) bool { return len(text) > 4 && text[4] == '/' }
