package logsdata

import (
	"hash/maphash"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/protowire"
)

// recordEncoder appends single records. It is made by newRecordEncoder.
type recordEncoder struct{ values values }

func newRecordEncoder() recordEncoder {
	return recordEncoder{values{keys: keySet{seed: maphash.MakeSeed()}}}
}

// appendHead appends what stands before the records of a resource, which have size bytes.
func appendHead(dst []byte, resource *Resource, size int) []byte {
	scopeLogs := len(scope) + size
	dst = protowire.AppendLen(dst, requestResourceLogs, len(resource.field)+protowire.LenSize(scopeLogs))
	dst = append(dst, resource.field...)
	dst = protowire.AppendLen(dst, resourceLogsScopes, scopeLogs)
	return append(dst, scope...)
}

// The plugin's own attributes, encoded.
var (
	stdout    = appendStringPair(nil, recordAttributes, "log.iostream", "stdout")
	stderr    = appendStringPair(nil, recordAttributes, "log.iostream", "stderr")
	partial   = appendTrue(nil, "k8slog.partial")
	undecoded = appendTrue(nil, "k8slog.undecoded")
	late      = appendTrue(nil, "k8slog.late")
	// uid is all but the ID itself.
	uid = func() []byte {
		pair := appendStringPair(nil, recordAttributes, "log.record.uid", make([]byte, filters.IDLen))
		return pair[:len(pair)-filters.IDLen]
	}()
)

func appendTrue(dst []byte, key string) []byte {
	dst, pair := protowire.Open(dst, recordAttributes)
	dst = protowire.AppendBytes(dst, pairKey, key)
	dst, value := protowire.Open(dst, pairValue)
	return protowire.Seal(protowire.Seal(appendBool(dst, true), value), pair)
}

// appendRecord appends a record as a field of a ScopeLogs. Its members stand in
// the order of their numbers.
func (e *recordEncoder) appendRecord(dst []byte, r *filters.Record) []byte {
	m := metadataOf(r)
	dst, record := protowire.Open(dst, scopeLogsRecords)
	// Zero is unknown, and there is no time before 1970.
	if r.Time > 0 {
		dst = protowire.AppendFixed64(dst, recordTime, uint64(r.Time))
	}
	if r.Severity != 0 {
		dst = append(dst, recordSeverityNumber, byte(r.Severity))
	}
	if len(m.severityText) > 0 {
		dst = protowire.AppendText(dst, recordSeverityText, m.severityText)
	} else if text := r.Severity.String(); text != "" {
		dst = protowire.AppendBytes(dst, recordSeverityText, text)
	}
	dst = e.appendBody(dst, r)
	dst, dropped := e.appendAttributes(dst, r)
	if dropped += m.dropped; dropped > 0 {
		dst = protowire.AppendVarint(dst, recordDropped, uint64(dropped))
	}
	if r.Span.Flags != 0 {
		dst = protowire.AppendFixed32(dst, recordFlags, uint32(r.Span.Flags))
	}
	if r.Span.HasTraceID() {
		dst = protowire.AppendBytes(dst, recordTraceID, r.Span.TraceID[:])
		if r.Span.SpanID != [8]byte{} {
			dst = protowire.AppendBytes(dst, recordSpanID, r.Span.SpanID[:])
		}
	}
	if m.observed > 0 {
		dst = protowire.AppendFixed64(dst, recordObserved, uint64(m.observed))
	}
	if len(m.eventName) > 0 {
		dst = protowire.AppendText(dst, recordEventName, m.eventName)
	}
	return protowire.Seal(dst, record)
}

// appendBody appends the text. The body of a record without a text is its own
// fields.
func (e *recordEncoder) appendBody(dst []byte, r *filters.Record) []byte {
	if r.Log.Exists() {
		dst, body := protowire.Open(dst, recordBody)
		return protowire.Seal(protowire.AppendText(dst, valueString, r.Plain()), body)
	}
	before := len(dst)
	dst, body := protowire.Open(dst, recordBody)
	dst, list := protowire.Open(dst, valueMap)
	empty := len(dst)
	e.values.keys.reset()
	l := e.values.keys.begin()
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Own || f.Metadata {
			continue
		}
		dst, _ = e.values.appendField(dst, listValues, &l, "", f.Key, f)
	}
	e.values.keys.end(l)
	if len(dst) == empty {
		return dst[:before]
	}
	return protowire.Seal(protowire.Seal(dst, list), body)
}
