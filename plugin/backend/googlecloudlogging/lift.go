package googlecloudlogging

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
)

// special is a member of a text that becomes a part of the entry
// (https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields).
type special uint8

const (
	httpRequest special = iota
	operation
	sourceLocation
	labels
	specials // their number
)

// lifted are the special members of one text.
type lifted struct {
	// values are the members that become a part of the entry, as they are in the text; nil
	// for none.
	values [specials][]byte
	// skip has the bit of each member, by its number, that is no part of the payload.
	skip [maxKeys / 64]uint64
	// left is the number of the other members.
	left int
}

// find reads the special members of an object; nil has none. A member that the API would
// not take, or that would change who a record is of, stays in the payload. So does
// logging.googleapis.com/insertId: by that of another record, a writer could suppress it.
func (l *lifted) find(object []byte, r *filters.Record, project []byte, labelRoom int) {
	*l = lifted{}
	if object == nil {
		return
	}
	n := 0
	jsonlog.Each(object, func(key, value []byte) {
		skip := false
		switch string(key) {
		case "severity":
			inside, ok := jsonlog.String(value)
			skip = ok && r.Severity != 0 && filters.ParseSeverity(inside) == r.Severity
		case "httpRequest":
			skip = l.lift(httpRequest, value, httpRequestFields)
		case "logging.googleapis.com/operation":
			skip = l.lift(operation, value, operationFields)
		case "logging.googleapis.com/sourceLocation":
			skip = l.lift(sourceLocation, value, sourceLocationFields)
		case "logging.googleapis.com/labels":
			if skip = areLabels(value, labelRoom); skip {
				l.values[labels] = value
			}
		case "logging.googleapis.com/trace":
			skip = isTrace(value, &r.Span, project)
		case "logging.googleapis.com/spanId":
			skip = isSpan(value, &r.Span)
		case "logging.googleapis.com/trace_sampled":
			skip = r.Span.HasTraceID() && (string(value) == "true" && r.Span.Flags&1 != 0 || string(value) == "false" && r.Span.Flags&1 == 0)
		}
		if skip {
			l.skip[n/64] |= 1 << (n % 64)
		} else {
			l.left++
		}
		n++
	})
	if len(l.values[labels]) > 0 && bytes.IndexByte(l.values[labels], '"') < 0 {
		l.values[labels] = nil // it has no members
	}
}

// skips reports whether member n of the text is no part of the payload.
func (l *lifted) skips(n int) bool { return l.skip[n/64]&(1<<(n%64)) != 0 }

// lift takes a member when it is an object with these fields.
func (l *lifted) lift(as special, value []byte, fields fields) bool {
	if !fields.fit(value) {
		return false
	}
	l.values[as] = value
	return true
}

// specialNames are the names of the parts of an entry.
var specialNames = [...]string{httpRequest: `,"httpRequest":`, operation: `,"operation":`, sourceLocation: `,"sourceLocation":`}

// append appends the parts of the entry but for the labels.
func (l *lifted) append(dst []byte) []byte {
	for i, name := range specialNames {
		if l.values[i] != nil {
			dst = append(dst, name...)
			dst = append(dst, l.values[i]...)
		}
	}
	return dst
}

// isTrace reports whether a value says no more than the trace of a record: its ID alone, or
// with the name of the plugin's project.
func isTrace(value []byte, span *filters.SpanContext, project []byte) bool {
	inside, ok := jsonlog.String(value)
	if !ok || !span.HasTraceID() {
		return false
	}
	if rest, found := bytes.CutPrefix(inside, []byte("projects/")); found {
		if rest, found = bytes.CutPrefix(rest, project); !found {
			return false
		}
		if inside, found = bytes.CutPrefix(rest, []byte("/traces/")); !found {
			return false
		}
	}
	var said filters.SpanContext
	return said.SetField([]byte("trace_id"), inside) && said.TraceID == span.TraceID
}

func isSpan(value []byte, span *filters.SpanContext) bool {
	inside, ok := jsonlog.String(value)
	var said filters.SpanContext
	return ok && span.HasTraceID() && said.SetField([]byte("span_id"), inside) && said.SpanID == span.SpanID
}

// areLabels reports whether a value is an object of texts that can be labels beside those of
// the plugin. The text of a key counts as it is, so it may have no escapes.
func areLabels(value []byte, room int) bool {
	if value[0] != '{' || len(value) > maxLabelBytes {
		return false
	}
	ok, n := true, 0
	jsonlog.Each(value, func(key, value []byte) {
		n++
		ok = ok && n <= room && value[0] == '"' && len(key) > 0 && bytes.IndexByte(key, '\\') < 0 && !isOwnLabel(key)
	})
	return ok
}

func isOwnLabel(key []byte) bool {
	for _, prefix := range ownPrefixes {
		if len(key) >= len(prefix) && string(key[:len(prefix)]) == prefix {
			return true
		}
	}
	return false
}
