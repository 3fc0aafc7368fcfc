package loki

import (
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// A Loki without structured metadata takes a line that is a JSON object: the text
// under textKey, and everything else that is no label. Its query language takes it
// apart with | json.
const (
	textKey = "log"
	// maxLineText is how long the text may be, escaped as JSON, and maxMembers how
	// long all else: together less than Loki's limit of a line, 256 KiB.
	maxLineText = 192 << 10
	maxMembers  = 56 << 10
)

// appendLine appends the line of a record with all that is no label.
func (e *encoder) appendLine(dst []byte, r *filters.Record, source *rendered) []byte {
	b := e.backend
	start := len(dst)
	if r.Log.Exists() {
		dst = append(dst, `,"`+textKey+`":"`...)
		dst = append(r.Log.AppendJSON(dst), '"')
	}
	dst = append(dst, source.members...)
	if r.Stream != filters.NoStream && !b.byStream {
		dst = appendMember(dst, "stream", []byte(r.Stream.String()))
	}
	if r.Severity != 0 {
		if !b.bySeverity {
			dst = appendMember(dst, "severity", []byte(r.Severity.String()))
		}
		dst = append(dst, `,"severity_number":`...)
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
	if b.idKey != "" {
		e.text = r.AppendID(e.text[:0])
		dst = appendMember(dst, b.idKey, e.text)
	}
	dst = e.appendMembers(dst, r.Fields)
	if len(dst) == start {
		return append(dst, "{}"...)
	}
	dst[start] = '{' // in place of the first comma
	return append(dst, '}')
}

// appendMembers appends the fields of a record. A field whose name has come
// already, or that has no room, is left out.
func (e *encoder) appendMembers(dst []byte, fields []filters.Field) []byte {
	m := &e.found
	m.names, m.ends = m.names[:0], m.ends[:0]
	room, dropped := maxMembers, false
	for i := range fields {
		f := &fields[i]
		name := e.nameOf(f)
		if string(name) == textKey {
			name = append(append(m.value[:0], ndjson.FieldPrefix...), textKey...)
			m.value = name
		}
		before := len(dst)
		dst = append(append(append(dst, ',', '"'), name...), '"', ':')
		dst = ndjson.AppendValue(dst, f)
		if size := len(dst) - before; size > room || m.has(name) {
			dst, dropped = dst[:before], true
			continue
		}
		room -= len(dst) - before
		m.names = append(m.names, name...)
		m.ends = append(m.ends, len(m.names))
	}
	if dropped {
		dst = append(dst, `,"`+fieldsDropped+`":true`...)
	}
	return dst
}

// appendMember appends a comma and a member of a JSON object.
func appendMember(dst []byte, name string, value []byte) []byte {
	dst = append(append(append(dst, ',', '"'), name...), '"', ':', '"')
	return append(jsontext.AppendBody(dst, value), '"')
}
