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

// Mark is a place in a chunk: before the record with that number, from which a
// Reader can go on. It is valid for its own chunk only. The zero Mark is the
// chunk's beginning.
type Mark struct {
	// Index is the number of the record, from 0.
	Index int
	at    uint32 // where the record stands, or the group markers before it
	group uint32 // where the body of its group stands; 0 outside groups
}

// Reader walks the events of a chunk. It is a plain value: a copy goes its own
// way from the same place.
type Reader struct {
	data  []byte
	mark  Mark
	group msgpack.Value
	err   error
}

// NewReader starts at the first event of data. A chunk of 4 GiB or more, which
// Fluent Bit never makes, is corrupt.
func NewReader(data []byte) Reader {
	if uint64(len(data)) > math.MaxUint32 {
		return Reader{data: data, err: ErrCorrupt}
	}
	return Reader{data: data}
}

// Next puts the next record into ev and returns true. It takes in group markers
// without showing them. It returns false at the end of the chunk, and at the
// first byte that is not an event: then Err is set, and Rest is what could not
// be read.
func (r *Reader) Next(ev *Event) bool {
	for r.err == nil && int(r.mark.at) < len(r.data) {
		rest := r.data[r.mark.at:]
		n, kind := parseEvent(rest, ev)
		if n == 0 {
			r.err = ErrCorrupt
			return false
		}
		ev.Raw = rest[:n:n]
		r.mark.at += uint32(n)
		switch kind {
		case opensGroup:
			r.group, r.mark.group = ev.Body, r.mark.at-uint32(len(ev.Body))
		case closesGroup:
			r.group, r.mark.group = nil, 0
		default:
			ev.Group = r.group
			r.mark.Index++
			return true
		}
	}
	return false
}

// Mark returns the place before the record that Next reads.
func (r *Reader) Mark() Mark { return r.mark }

// Index returns the number of the record that Next reads.
func (r *Reader) Index() int { return r.mark.Index }

// Seek goes to a place in the chunk.
func (r *Reader) Seek(m Mark) {
	r.mark, r.group, r.err = m, nil, nil
	if m.group > 0 {
		body := r.data[m.group:]
		n := msgpack.ValueLen(body)
		r.group = body[:n:n]
	}
}

// Err returns ErrCorrupt when the walk ended before the end of the chunk.
func (r *Reader) Err() error { return r.err }

// Rest returns the bytes that have not been read.
func (r *Reader) Rest() []byte { return r.data[r.mark.at:] }

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
