package loki

import (
	"bytes"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// Loki refuses an entry with more than 128 names in its structured metadata, or
// with more than 64 KB of it (max_structured_metadata_entries_count and _size of
// limits_config). Fields above these limits are folded into one field. Fields
// that do not fit there either are left out, so that Loki takes the line.
const (
	maxPairs = 128
	maxBytes = 64 << 10
	// ownPairs and ownBytes are reserved for the plugin's own metadata of a
	// record: stream, severity, its number, partial, undecoded, late, ID, and the two
	// names below.
	ownPairs = 9
	ownBytes = 1 << 10
	// maxFolded is the greatest size of the fields that are folded into one.
	maxFolded = 16 << 10
)

// The names of two of the plugin's own metadata. otherFields is a JSON object of
// the fields that had no room, or whose names were taken. fieldsDropped tells
// that fields were left out.
const (
	otherFields   = "other_fields"
	fieldsDropped = "fields_dropped"
)

// maxFound is the greatest size of the parsed fields in the structured metadata.
// The text has all of them.
const maxFound = 16 << 10

// metadata is the state of appendFields for one record.
type metadata struct {
	names  []byte // one behind the other
	ends   []int  // of the names
	name   []byte
	value  []byte
	folded []byte
}

// has reports whether a field has that name already.
func (m *metadata) has(name []byte) bool {
	start := 0
	for _, end := range m.ends {
		if bytes.Equal(m.names[start:end], name) {
			return true
		}
		start = end
	}
	return false
}

// appendFields appends the fields of a record as structured metadata.
func (e *encoder) appendFields(dst []byte, r *filters.Record, source *rendered) []byte {
	m := &e.found
	m.names, m.ends, m.folded = m.names[:0], m.ends[:0], m.folded[:0]
	pairs, room := maxPairs-ownPairs-source.pairs, maxBytes-ownBytes-source.bytes
	found, dropped := maxFound, false
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Own && f.Value == nil {
			size := len(f.JSON) + f.Text.Len()
			if size > found {
				continue
			}
			found -= size
		}
		name := e.nameOf(f)
		value := e.valueOf(f)
		if size := len(name) + len(value); pairs > 0 && size <= room-maxFolded && !m.has(name) {
			dst = appendPair(dst, name, value)
			m.names = append(m.names, name...)
			m.ends = append(m.ends, len(m.names))
			pairs, room = pairs-1, room-size
			continue
		}
		before := len(m.folded)
		m.value = ndjson.AppendFields(m.value[:0], r.Fields[i:i+1])
		m.folded = append(append(m.folded, ','), m.value[1:len(m.value)-1]...)
		if len(m.folded) > min(maxFolded, room)-2 {
			m.folded, dropped = m.folded[:before], true
		}
	}
	if len(m.folded) > 0 {
		m.folded[0] = '{'
		m.folded = append(m.folded, '}')
		dst = appendPair(dst, otherFields, m.folded)
	}
	if dropped {
		dst = appendPair(dst, fieldsDropped, []byte("true"))
	}
	return dst
}

// nameOf returns the name of a field of the incoming record as Loki's query
// language takes it. The name is never one of the plugin's own.
func (e *encoder) nameOf(f *filters.Field) []byte {
	name := append(e.found.name[:0], ndjson.FieldPrefix...)
	for i, c := range f.Key {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', i > 0 && c >= '0' && c <= '9':
		default:
			c = '_'
		}
		name = append(name, c)
	}
	if len(f.Key) == 0 {
		name = append(name, '_')
	}
	e.found.name = name
	// pod.uid is pod_uid by now, and reserved as well.
	if plain := name[len(ndjson.FieldPrefix):]; f.Own || !e.backend.reserved(plain) {
		return plain
	}
	return name
}

// valueOf returns the value of a field as text, in valid UTF-8.
func (e *encoder) valueOf(f *filters.Field) []byte {
	value := f.JSON
	switch {
	case f.Value != nil:
		e.found.value = msgpack.AppendText(e.found.value[:0], f.Value)
		value = e.found.value
	case f.Text.Exists():
		e.found.value = f.Text.AppendPlain(e.found.value[:0])
		value = e.found.value
	}
	if !utf8.Valid(value) {
		value = jsontext.AppendValidUTF8(nil, value)
	}
	return value
}
