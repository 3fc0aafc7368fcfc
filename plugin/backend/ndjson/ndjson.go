// Package ndjson encodes records as lines of JSON, the project's own shape:
//
//	{"time":…,"log":…,"stream":…,"severity":…,"severity_number":…,"component":…,
//	 "kubernetes":{"namespace_name":…,"pod_name":…,"container_name":…,
//	 "docker_id":…,"pod_id":…,"restart_count":…,"labels":{…},"annotations":{…},…},
//	 "kubernetes_namespace":{"name":…,"labels":{…},"annotations":{…}},
//	 "node":…,"cluster":…, other fields}
//
// The keys inside kubernetes are those of Fluent Bit's kubernetes filter; see
// appendMetadata for those that the API server tells. An
// unknown value is absent. A field of the incoming record that has the name of
// one of these gets FieldPrefix before its name.
package ndjson

import (
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Encoder writes lines. It implements backend.Encoder.
type Encoder struct {
	// IDKey is the key of the record's ID; empty for none. It needs no escapes.
	IDKey string
	// Comma puts a comma between records, as between the elements of an array.
	Comma bool
	// Keys are other names for what a line has; nil for the project's own.
	Keys *Keys

	buf   []byte
	clock timestamp.Formatter
}

// Render encodes the part of a line that all records of a source share.
func Render(s *filters.Source) any { return RenderKeys(s, func(key string) string { return key }) }

// RenderKeys is Render with other keys for labels and annotations. rename returns the key that
// one gets; empty to leave it out. Of two with the same key, the first counts.
func RenderKeys(s *filters.Source, rename func(key string) string) any {
	var dst []byte
	str := func(key, value string) {
		if value != "" {
			dst = appendKey(dst, key)
			dst = jsontext.AppendString(dst, value)
		}
	}
	str("component", s.Component)
	if s.Kind == filters.Container {
		outer := dst
		dst = nil
		str("namespace_name", s.Namespace)
		str("pod_name", s.Pod)
		str("container_name", s.Container)
		str("docker_id", s.ContainerID)
		str("pod_id", s.PodUID)
		if s.Restart != nil {
			dst = appendKey(dst, "restart_count")
			dst = strconv.AppendInt(dst, int64(*s.Restart), 10)
		}
		dst = appendMetadata(dst, s, rename)
		inner := dst
		dst = outer
		if len(inner) > 0 {
			dst = appendKey(dst, "kubernetes")
			dst = append(dst, '{')
			dst = append(dst, inner[1:]...) // without the comma
			dst = append(dst, '}')
		}
		dst = appendNamespace(dst, s, rename)
	}
	str("node", s.Node)
	str("cluster", s.Cluster)
	return dst
}

// appendKey appends a comma, and a key that needs no escapes.
func appendKey(dst []byte, key string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

// Append implements backend.Encoder.
func (e *Encoder) Append(r *filters.Record) {
	rendered, _ := r.Source.Rendered.([]byte)
	if e.Comma && len(e.buf) > 0 {
		e.buf = append(e.buf, ',')
	}
	if e.Keys != nil {
		e.buf = e.Keys.appendRecord(e.buf, r, rendered, &e.clock, e.IDKey)
		return
	}
	e.buf = appendRecord(e.buf, r, rendered, &e.clock, e.IDKey)
}

// AppendRecord appends one record as a line with its line feed.
func AppendRecord(dst []byte, r *filters.Record) []byte {
	rendered, _ := Render(r.Source).([]byte)
	return appendRecord(dst, r, rendered, new(timestamp.Formatter), "")
}

// AppendObject appends one record as an object without a line feed, for backends whose
// records have no separator. rendered is the result of Render, and idKey is that of Encoder.
func AppendObject(dst []byte, r *filters.Record, rendered []byte, clock *timestamp.Formatter, idKey string) []byte {
	dst = appendRecord(dst, r, rendered, clock, idKey)
	return dst[:len(dst)-1]
}

func appendRecord(dst []byte, r *filters.Record, rendered []byte, clock *timestamp.Formatter, idKey string) []byte {
	dst = AppendOwn(dst, Begin, r, rendered, clock)
	if idKey != "" {
		dst = append(appendKey(dst, idKey), '"')
		dst = append(r.AppendID(dst), '"')
	}
	for i := range r.Fields {
		dst = append(dst, ',')
		dst = appendField(dst, &r.Fields[i], idKey)
	}
	return append(dst, '}', '\n')
}

// Begin is the beginning of a line, up to its time.
const Begin = `{"time":"`

// AppendOwn appends all of r but its other fields, and leaves the object open.
// begin is the beginning of the object up to the time: brace, key and quote.
// rendered is the result of Render.
func AppendOwn(dst []byte, begin string, r *filters.Record, rendered []byte, clock *timestamp.Formatter) []byte {
	dst = append(dst, begin...)
	dst = clock.AppendTime(dst, r.Time)
	dst = append(dst, '"')
	if r.Log.Exists() {
		dst = append(dst, `,"log":"`...)
		dst = r.Log.AppendJSON(dst)
		dst = append(dst, '"')
	}
	return appendRest(dst, `,"severity":"`, r, rendered)
}

// appendRest appends what stands behind the text. severity is the beginning of that member.
func appendRest(dst []byte, severity string, r *filters.Record, rendered []byte) []byte {
	switch r.Stream {
	case filters.Stdout:
		dst = append(dst, `,"stream":"stdout"`...)
	case filters.Stderr:
		dst = append(dst, `,"stream":"stderr"`...)
	}
	if r.Severity != 0 {
		dst = append(dst, severity...)
		dst = append(dst, r.Severity.String()...)
		dst = append(dst, `","severity_number":`...)
		dst = strconv.AppendUint(dst, uint64(r.Severity), 10)
	}
	if r.Flags&filters.Partial != 0 {
		dst = append(dst, `,"partial":true`...)
	}
	if r.Flags&filters.Undecoded != 0 {
		dst = append(dst, `,"undecoded":true`...)
	}
	if r.Flags&filters.Late != 0 {
		dst = append(dst, `,"late":true`...)
	}
	return append(dst, rendered...)
}

// AppendFields appends the other fields of a record as an object of their own.
func AppendFields(dst []byte, fields []filters.Field) []byte {
	dst = append(dst, '{')
	for i := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendField(dst, &fields[i])
	}
	return append(dst, '}')
}

// AppendField appends a field of a record as a member of an object, under a
// name that the plugin does not use itself.
func AppendField(dst []byte, f *filters.Field) []byte { return appendField(dst, f, "") }

func appendField(dst []byte, f *filters.Field, idKey string) []byte {
	dst = append(dst, '"')
	if !f.Own && (Reserved(f.Key) || idKey != "" && isKey(f.Key, idKey)) {
		dst = append(dst, FieldPrefix...)
	}
	dst = jsontext.AppendBody(dst, f.Key)
	return AppendValue(append(dst, '"', ':'), f)
}

// AppendValue appends the value of a field.
func AppendValue(dst []byte, f *filters.Field) []byte {
	switch {
	case f.Value != nil:
		return msgpack.AppendJSON(dst, f.Value)
	case f.Text.Exists():
		dst = append(dst, '"')
		dst = f.Text.AppendJSON(dst)
		return append(dst, '"')
	}
	return append(dst, f.JSON...)
}

// Size implements backend.Encoder.
func (e *Encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *Encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *Encoder) Reset() { e.buf = e.buf[:0] }
