package otlp

import (
	"hash/maphash"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/protowire"
)

// encoder groups the records of a frame by resource. Append encodes a record
// into one buffer for all resources, and links it to the record before it of its
// resource. Frame copies the records of each resource into the frame.
type encoder struct {
	scope []byte

	records []byte
	links   []link
	groups  map[string]int // index into list, by the rendered resource
	list    []group
	last    int // the group of the last record

	values values
	frame  []byte
}

type link struct {
	start, end int // in records
	next       int // in links; -1 at the end
}

// group is the records of one resource.
type group struct {
	rendered    *rendered
	first, last int // in links
	size        int // of its records
}

func newEncoder(scope []byte) *encoder {
	return &encoder{scope: scope, groups: map[string]int{}, values: values{keys: keySet{seed: maphash.MakeSeed()}}}
}

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*rendered)
	g := &e.list[e.groupAt(source)]

	start := len(e.records)
	e.records = e.appendRecord(e.records, r)
	if g.last >= 0 {
		e.links[g.last].next = len(e.links)
	} else {
		g.first = len(e.links)
	}
	g.last = len(e.links)
	g.size += len(e.records) - start
	e.links = append(e.links, link{start: start, end: len(e.records), next: -1})
}

func (e *encoder) groupAt(source *rendered) int {
	if e.last < len(e.list) && e.list[e.last].rendered == source {
		return e.last
	}
	at, ok := e.groups[source.resource]
	if !ok {
		at = len(e.list)
		e.groups[source.resource] = at
		e.list = append(e.list, group{rendered: source, first: -1, last: -1})
	}
	e.last = at
	return at
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
func (e *encoder) appendRecord(dst []byte, r *filters.Record) []byte {
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
func (e *encoder) appendBody(dst []byte, r *filters.Record) []byte {
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

// Size implements backend.Encoder.
func (e *encoder) Size() int {
	size := len(e.records)
	for i := range e.list {
		size += len(e.list[i].rendered.resource) + len(e.scope) + 10
	}
	return size
}

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte {
	dst := e.frame[:0]
	for i := range e.list {
		g := &e.list[i]
		scopeLogs := len(e.scope) + g.size
		dst = protowire.AppendLen(dst, requestResourceLogs, len(g.rendered.resource)+protowire.LenSize(scopeLogs))
		dst = append(dst, g.rendered.resource...)
		dst = protowire.AppendLen(dst, resourceLogsScopes, scopeLogs)
		dst = append(dst, e.scope...)
		for at := g.first; at >= 0; at = e.links[at].next {
			dst = append(dst, e.records[e.links[at].start:e.links[at].end]...)
		}
	}
	e.frame = dst
	return dst
}

// Reset implements backend.Encoder.
func (e *encoder) Reset() {
	e.records, e.links, e.list, e.last = e.records[:0], e.links[:0], e.list[:0], 0
	clear(e.groups)
}
