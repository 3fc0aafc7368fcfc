package logsdata

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	fromotlp "github.com/k8slog/k8slog/filters/otlp"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/internal/protowire"
)

// maxFound is the greatest size of the parsed fields that become attributes. The
// text has all of them, and Loki refuses a record with 64 KB of attributes.
const maxFound = 16 << 10

// metadata is the members of a log record that came by OTLP itself. They become
// the same members again.
type metadata struct {
	severityText, eventName []byte
	observed                int64
	dropped                 int
}

// metadataKey returns the key of a field of the metadata. It takes off the prefix
// that tells it from a field of the record with the same name.
func metadataKey(f *filters.Field) string {
	return string(bytes.TrimPrefix(f.Key, []byte(fromotlp.Prefix)))
}

func metadataOf(r *filters.Record) metadata {
	m := metadata{observed: r.Observed}
	for i := range r.Fields {
		f := &r.Fields[i]
		if !f.Metadata {
			continue
		}
		text, _ := f.Value.Text()
		n, _ := f.Value.Int()
		switch metadataKey(f) {
		case "severity_text":
			m.severityText = text
		case "event_name":
			m.eventName = text
		case "observed_timestamp":
			if n > 0 {
				m.observed = n
			}
		case "dropped_attributes_count":
			m.dropped = int(min(max(n, 0), 1<<31))
		}
	}
	return m
}

// appendAttributes appends the attributes of a record. dropped is the number of
// attributes that are left out.
func (e *recordEncoder) appendAttributes(dst []byte, r *filters.Record) (out []byte, dropped int) {
	switch r.Stream {
	case filters.Stdout:
		dst = append(dst, stdout...)
	case filters.Stderr:
		dst = append(dst, stderr...)
	}
	dst = r.AppendID(append(dst, uid...))
	if r.Flags&filters.Partial != 0 {
		dst = append(dst, partial...)
	}
	if r.Flags&filters.Undecoded != 0 {
		dst = append(dst, undecoded...)
	}
	if r.Flags&filters.Late != 0 {
		dst = append(dst, late...)
	}
	if len(r.Fields) == 0 {
		return dst, 0
	}
	w := &e.values
	w.keys.reset()
	l := w.keys.begin()
	room := maxFound
	for i := range r.Fields {
		f := &r.Fields[i]
		var ok bool
		switch {
		case f.Metadata:
			var n int
			dst, n = w.appendMetadata(dst, &l, f)
			dropped += n
			continue
		case !f.Own && !r.Log.Exists():
			continue // it is in the body
		case f.Own && f.Value == nil:
			if size := len(f.JSON) + f.Text.Len(); size > room {
				dropped++
				continue
			} else {
				room -= size
			}
		}
		prefix, name := nameOf(f)
		if dst, ok = w.appendField(dst, recordAttributes, &l, prefix, name, f); !ok {
			dropped++
		}
	}
	w.keys.end(l)
	return dst, dropped
}

// appendMetadata appends a field of the metadata that is no member of a log
// record. The attributes of the record that came become attributes again.
func (w *values) appendMetadata(dst []byte, l *level, f *filters.Field) (out []byte, dropped int) {
	switch metadataKey(f) {
	case "severity_text", "event_name", "observed_timestamp", "dropped_attributes_count":
		return dst, 0
	case "trace_flags":
		if n, ok := f.Value.Int(); ok && n == 0 {
			return dst, 0
		}
	case "attributes":
		fields := f.Value.Fields()
		for f.Value.Type() == msgpack.Map {
			key, value, ok := fields.Next()
			if !ok {
				return dst, dropped
			}
			one := filters.Field{Value: value}
			if one.Key, ok = key.Text(); !ok {
				w.text = msgpack.AppendJSON(w.text[:0], key)
				one.Key = w.text
			}
			prefix, name := nameOf(&one)
			if dst, ok = w.appendField(dst, recordAttributes, l, prefix, name, &one); !ok {
				dropped++
			}
		}
	}
	prefix, name := nameOf(f)
	dst, ok := w.appendField(dst, recordAttributes, l, prefix, name, f)
	if !ok {
		dropped = 1
	}
	return dst, dropped
}

// appendField appends a field as a KeyValue. It returns false, and appends
// nothing, where the map has the name already.
func (w *values) appendField(dst []byte, tag byte, l *level, prefix string, name []byte, f *filters.Field) (out []byte, ok bool) {
	before := len(dst)
	dst, pair := protowire.Open(dst, tag)
	keyAt := len(dst)
	if prefix == "" {
		dst = appendKey(dst, name)
	} else {
		var key int
		dst, key = protowire.Open(dst, pairKey)
		dst = append(dst, prefix...)
		dst = protowire.Seal(jsontext.AppendValidUTF8(dst, name), key)
	}
	if !w.keys.add(l, dst[keyAt:]) {
		return dst[:before], false
	}
	dst, value := protowire.Open(dst, pairValue)
	switch {
	case f.Value != nil:
		dst = w.appendMsgpack(dst, f.Value, 0)
	case f.Text.Exists():
		w.text = f.Text.AppendPlain(w.text[:0])
		dst = protowire.AppendText(dst, valueString, w.text)
	default:
		dst = w.appendJSON(dst, f.JSON)
	}
	return protowire.Seal(protowire.Seal(dst, value), pair), true
}
