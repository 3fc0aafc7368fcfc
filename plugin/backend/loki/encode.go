package loki

import (
	"bytes"
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/protowire"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// The tags of the fields, from pkg/push/push.proto in Loki.
const (
	requestStreams = 1<<3 | protowire.Bytes

	streamLabels  = 1<<3 | protowire.Bytes
	streamEntries = 2<<3 | protowire.Bytes

	entryTimestamp = 1<<3 | protowire.Bytes
	entryLine      = 2<<3 | protowire.Bytes
	entryMetadata  = 3<<3 | protowire.Bytes

	timestampSeconds = 1<<3 | protowire.Varint
	timestampNanos   = 2<<3 | protowire.Varint

	pairName  = 1<<3 | protowire.Bytes
	pairValue = 2<<3 | protowire.Bytes
)

// streamKey tells the streams of a frame apart.
type streamKey struct {
	rendered *rendered
	stream   filters.Stream
	severity filters.Severity
}

// encoder groups the records of a frame by stream. Append encodes an entry into
// one buffer for all streams, and links it to the entry before it in its stream.
// Frame copies the entries of each stream into the frame.
type encoder struct {
	backend *Backend

	entries []byte
	links   []link
	streams map[streamKey]int // index into list
	list    []stream
	last    int // the stream of the last record

	frame []byte
	text  []byte // a line, or a value
	line  []byte
	found metadata
}

type link struct {
	start, end int // in entries
	next       int // in links; -1 at the end
}

type stream struct {
	key         streamKey
	first, last int // in links
	size        int // of its entries
}

// streamOverhead is about the size of a stream in a frame without its entries.
const streamOverhead = 200

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	key := e.backend.keyOf(r)
	at := e.streamAt(key)

	start := len(e.entries)
	dst, entry := protowire.Open(e.entries, streamEntries)
	e.entries = protowire.Seal(e.appendEntry(dst, r, key.rendered), entry)

	s := &e.list[at]
	if s.last >= 0 {
		e.links[s.last].next = len(e.links)
	} else {
		s.first = len(e.links)
	}
	s.last = len(e.links)
	s.size += len(e.entries) - start
	e.links = append(e.links, link{start: start, end: len(e.entries), next: -1})
}

func (e *encoder) streamAt(key streamKey) int {
	if e.last < len(e.list) && e.list[e.last].key == key {
		return e.last
	}
	at, ok := e.streams[key]
	if !ok {
		at = len(e.list)
		e.streams[key] = at
		e.list = append(e.list, stream{key: key, first: -1, last: -1})
	}
	e.last = at
	return at
}

// appendEntry appends the inside of an entry.
func (e *encoder) appendEntry(dst []byte, r *filters.Record, source *rendered) []byte {
	b := e.backend
	dst = appendTimestamp(dst, r.Time)
	if b.inLine {
		e.line = e.appendLine(e.line[:0], r, source)
		return protowire.AppendText(dst, entryLine, e.line)
	}

	if line, ok := r.Log.Plain(); ok && r.Log.Exists() {
		dst = protowire.AppendText(dst, entryLine, line)
	} else {
		if e.text = e.text[:0]; r.Log.Exists() {
			e.text = r.Log.AppendPlain(e.text)
		} else {
			e.text = ndjson.AppendFields(e.text, r.Fields)
		}
		dst = protowire.AppendText(dst, entryLine, e.text)
	}

	dst = append(dst, source.metadata...)
	if r.Stream != filters.NoStream && !e.backend.byStream {
		dst = appendPair(dst, "stream", []byte(r.Stream.String()))
	}
	if r.Severity != 0 {
		if !e.backend.bySeverity {
			dst = appendPair(dst, "severity", []byte(r.Severity.String()))
		}
		e.text = strconv.AppendUint(e.text[:0], uint64(r.Severity), 10)
		dst = appendPair(dst, "severity_number", e.text)
	}
	if r.Flags&filters.Partial != 0 {
		dst = appendPair(dst, "partial", []byte("true"))
	}
	if r.Flags&filters.Undecoded != 0 {
		dst = appendPair(dst, "undecoded", []byte("true"))
	}
	if r.Flags&filters.Late != 0 {
		dst = appendPair(dst, "late", []byte("true"))
	}
	if b.idKey != "" {
		dst = appendPair(dst, b.idKey, r.AppendID(e.text[:0]))
	}
	if r.Log.Exists() {
		dst = e.appendFields(dst, r, source)
	}
	return dst
}

// reserved reports whether only the plugin writes a name, or Loki keeps it for
// itself.
func (b *Backend) reserved(key []byte) bool {
	return bytes.HasPrefix(key, []byte("__")) || isTag(key) || b.reservedNames.Has(key)
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.entries) + streamOverhead*len(e.list) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte {
	dst := e.frame[:0]
	for i := range e.list {
		s := &e.list[i]
		labels := e.backend.labelsOf(s.key)
		dst = protowire.AppendLen(dst, requestStreams, protowire.LenSize(len(labels))+s.size)
		dst = protowire.AppendBytes(dst, streamLabels, labels)
		for at := s.first; at >= 0; at = e.links[at].next {
			dst = append(dst, e.entries[e.links[at].start:e.links[at].end]...)
		}
	}
	e.frame = dst
	return dst
}

// Reset implements backend.Encoder.
func (e *encoder) Reset() {
	e.entries, e.links, e.list, e.last = e.entries[:0], e.links[:0], e.list[:0], 0
	clear(e.streams)
}

// appendTimestamp appends a google.protobuf.Timestamp.
func appendTimestamp(dst []byte, ns int64) []byte {
	seconds, nanos := ns/1_000_000_000, ns%1_000_000_000
	if nanos < 0 {
		seconds, nanos = seconds-1, nanos+1_000_000_000
	}
	dst, start := protowire.Open(dst, entryTimestamp)
	dst = protowire.AppendVarint(dst, timestampSeconds, uint64(seconds))
	dst = protowire.AppendVarint(dst, timestampNanos, uint64(nanos))
	return protowire.Seal(dst, start)
}

// appendPair appends one entry of the structured metadata.
func appendPair[T string | []byte](dst []byte, name T, value []byte) []byte {
	dst, start := protowire.Open(dst, entryMetadata)
	dst = protowire.AppendBytes(dst, pairName, name)
	dst = protowire.AppendText(dst, pairValue, value)
	return protowire.Seal(dst, start)
}
