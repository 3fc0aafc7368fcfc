// Package chunk reads the chunks that Fluent Bit hands to an output: MessagePack
// events one after the other, in place, without copying or allocating.
//
// An event is [time, record], or since Fluent Bit 2.1 [[time, metadata], record]
// (https://docs.fluentbit.io/manual/development/msgpack-format, and
// src/flb_log_event_decoder.c). Everything that the package returns lies inside
// the chunk and is valid as long as the chunk is: until the flush returns.
package chunk

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/k8slog/k8slog/internal/msgpack"
)

// The seconds of an event that opens or closes a group (group markers of
// flb_log_event.h: -1 and -2 as 32 bits).
const (
	groupStart = 0xffffffff
	groupEnd   = 0xfffffffe
)

// Event is one record of a chunk.
type Event struct {
	// Time is in nanoseconds since 1970, UTC.
	Time int64
	// Metadata is the event's own metadata, a map; nil when it has none.
	Metadata msgpack.Value
	// Group is the body of the group that the event belongs to, a map: the
	// resource and the scope of an OTLP record. Nil outside groups.
	Group msgpack.Value
	// Body is the record itself, a map.
	Body msgpack.Value
	// Raw is the whole event, as it stands in the chunk.
	Raw []byte
}

// ErrCorrupt is what Reader.Err returns for bytes that are not an event.
var ErrCorrupt = errors.New("not an event of Fluent Bit")

// Reader walks the events of a chunk. It is a plain value: a copy is a
// bookmark, from which the walk can be repeated.
type Reader struct {
	rest  []byte
	group msgpack.Value
	err   error
}

// NewReader starts at the first event of data.
func NewReader(data []byte) Reader { return Reader{rest: data} }

// Next puts the next record into ev and returns true; group markers it takes
// in without showing them. It returns false at the end of the chunk, and at
// the first byte that is not an event: then Err is set, and Rest is what
// could not be read.
func (r *Reader) Next(ev *Event) bool {
	for r.err == nil && len(r.rest) > 0 {
		n, kind := parseEvent(r.rest, ev)
		if n == 0 {
			r.err = ErrCorrupt
			return false
		}
		ev.Raw, r.rest = r.rest[:n:n], r.rest[n:]
		switch kind {
		case opensGroup:
			r.group = ev.Body
		case closesGroup:
			r.group = nil
		default:
			ev.Group = r.group
			return true
		}
	}
	return false
}

// Err returns ErrCorrupt when the walk ended before the end of the chunk.
func (r *Reader) Err() error { return r.err }

// Rest returns the bytes that have not been read.
func (r *Reader) Rest() []byte { return r.rest }

// kind tells a record from the markers around a group.
type kind uint8

const (
	record kind = iota
	opensGroup
	closesGroup
)

// parseEvent reads the event at the start of b and returns its length, 0 when
// there is none.
func parseEvent(b []byte, ev *Event) (n int, k kind) {
	if n, k := parseUsual(b, ev); n > 0 {
		return n, k
	}
	outer := msgpack.ReadHead(b)
	if outer.Type != msgpack.Array || outer.Kids != 2 {
		return 0, record
	}
	off := outer.Size
	ev.Metadata = nil

	h := msgpack.ReadHead(b[off:])
	withMetadata := h.Type == msgpack.Array
	if withMetadata {
		if h.Kids != 2 {
			return 0, record
		}
		off += h.Size
	}
	timeLen := msgpack.ValueLen(b[off:])
	if timeLen == 0 {
		return 0, record
	}
	ns, k, ok := eventTime(b[off : off+timeLen])
	if !ok {
		return 0, record
	}
	ev.Time = ns
	off += timeLen
	if withMetadata {
		metadata := mapAt(b[off:])
		if metadata == nil {
			return 0, record
		}
		if metadata.Len() > 0 {
			ev.Metadata = metadata
		}
		off += len(metadata)
	}
	if ev.Body = mapAt(b[off:]); ev.Body == nil {
		return 0, record
	}
	return off + len(ev.Body), k
}

// parseUsual reads an event byte for byte as Fluent Bit writes it, without
// metadata: 92 92 d7 00 <8 bytes of time> 80 <map>. It returns 0 for any other.
func parseUsual(b []byte, ev *Event) (n int, k kind) {
	const body = 13
	if len(b) < body+1 || binary.BigEndian.Uint32(b) != 0x9292d700 || b[12] != 0x80 {
		return 0, record
	}
	if c := b[body]; c != msgpack.FormatMap32 && c&0xf0 != 0x80 && c != msgpack.FormatMap16 {
		return 0, record
	}
	size := msgpack.ValueLen(b[body:])
	if size == 0 {
		return 0, record
	}
	seconds, nanos := binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	ev.Time, k = eventTimeOf(seconds, nanos)
	ev.Metadata = nil
	ev.Body = b[body : body+size : body+size]
	return body + size, k
}

// mapAt returns the map at the start of b, nil when there is none.
func mapAt(b []byte) msgpack.Value {
	if msgpack.ReadHead(b).Type != msgpack.Map {
		return nil
	}
	n := msgpack.ValueLen(b)
	if n == 0 {
		return nil
	}
	return b[:n:n]
}

// eventTimeOf puts the parts of an EventTime together. Group markers are
// EventTimes of -1 and -2 seconds.
func eventTimeOf(seconds, nanos uint32) (ns int64, k kind) {
	switch {
	case seconds == groupStart && nanos == 0:
		k = opensGroup
	case seconds == groupEnd && nanos == 0:
		k = closesGroup
	}
	return int64(seconds)*1_000_000_000 + int64(nanos), k
}

// eventTime reads an event's time: an integer or a float of seconds, or an
// EventTime (extension type 0: 32 bits of seconds and 32 of nanoseconds,
// big-endian).
func eventTime(b []byte) (ns int64, k kind, ok bool) {
	const maxSeconds = math.MaxInt64/1_000_000_000 - 1
	h := msgpack.ReadHead(b)
	switch h.Type {
	case msgpack.Ext:
		if h.Num != 0 || h.Body != 8 {
			return 0, record, false
		}
		ns, k = eventTimeOf(binary.BigEndian.Uint32(b[h.Size:]), binary.BigEndian.Uint32(b[h.Size+4:]))
		return ns, k, true
	case msgpack.Uint, msgpack.Int:
		s := int64(h.Num)
		if s > maxSeconds || s < -maxSeconds || h.Type == msgpack.Uint && s < 0 {
			return 0, record, false
		}
		return s * 1_000_000_000, record, true
	case msgpack.Float:
		f := math.Float64frombits(h.Num)
		if !(math.Abs(f) < maxSeconds) { // refuses NaN as well
			return 0, record, false
		}
		whole, fraction := math.Modf(f)
		return int64(whole)*1_000_000_000 + int64(fraction*1e9), record, true
	}
	return 0, record, false
}
