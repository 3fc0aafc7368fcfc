// Package chunk reads the chunks that Fluent Bit passes to an output: a sequence of events in
// MessagePack. It reads in place, without copying or allocating.
//
// An event is [time, record], or since Fluent Bit 2.1 [[time, metadata], record]
// (https://docs.fluentbit.io/manual/development/msgpack-format, and
// src/flb_log_event_decoder.c). All values that the package returns are a part of the chunk,
// and are valid as long as the chunk is: until the flush callback returns.
package chunk

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/k8slog/k8slog/internal/msgpack"
)

// The seconds of group markers, the events that begin and end a group: -1 and -2 in 32 bits
// (flb_log_event.h).
const (
	groupStart = 0xffffffff
	groupEnd   = 0xfffffffe
)

// Event is one record of a chunk.
type Event struct {
	// Time is in nanoseconds since 1970, UTC.
	Time int64
	// Metadata is the metadata of the event, a map; nil for none and for an empty map.
	Metadata msgpack.Value
	// Group is the body of the group that the event belongs to, a map with the resource and
	// the scope of an OTLP record; nil outside groups.
	Group msgpack.Value
	// Body is the record, a map.
	Body msgpack.Value
	// Raw is the whole event in MessagePack.
	Raw []byte
}

// ErrCorrupt is the error of Reader.Err for a chunk that is not a sequence of events.
var ErrCorrupt = errors.New("not an event of Fluent Bit")

// Mark is a position in a chunk, before a record, to which a Reader can seek. It is valid only
// for the chunk that it was taken from. The zero Mark is the beginning of every chunk.
type Mark struct {
	// Index is the number of the record, from 0.
	Index  int
	offset uint32 // of the record, or of the group markers before it
	group  uint32 // offset of the body of the record's group; 0 outside groups
}

// Reader iterates over the records of a chunk. A copy of a Reader is an independent iteration
// from the same position.
type Reader struct {
	data  []byte
	mark  Mark
	group msgpack.Value
	err   error
}

// NewReader returns a Reader of the chunk data, at its first event. A chunk of 4 GiB or more
// is corrupt: Fluent Bit does not produce such chunks.
func NewReader(data []byte) Reader {
	if uint64(len(data)) > math.MaxUint32 {
		return Reader{data: data, err: ErrCorrupt}
	}
	return Reader{data: data}
}

// Next reads the next record into ev and returns true. It skips group markers, and applies
// their group to ev. It returns false at the end of the chunk, and at the first bytes that are
// not an event. In that case, Err returns ErrCorrupt, and Rest returns those bytes and all
// that follow.
func (r *Reader) Next(ev *Event) bool {
	for r.err == nil && int(r.mark.offset) < len(r.data) {
		rest := r.data[r.mark.offset:]
		n, kind := parseEvent(rest, ev)
		if n == 0 {
			r.err = ErrCorrupt
			return false
		}
		ev.Raw = rest[:n:n]
		r.mark.offset += uint32(n)
		switch kind {
		case groupBegins:
			r.group, r.mark.group = ev.Body, r.mark.offset-uint32(len(ev.Body))
		case groupEnds:
			r.group, r.mark.group = nil, 0
		default:
			ev.Group = r.group
			r.mark.Index++
			return true
		}
	}
	return false
}

// Mark returns the position of the record that Next reads next.
func (r *Reader) Mark() Mark { return r.mark }

// Index returns the number of the record that Next reads next, from 0.
func (r *Reader) Index() int { return r.mark.Index }

// Seek moves to a position in the chunk, and clears Err.
func (r *Reader) Seek(m Mark) {
	r.mark, r.group, r.err = m, nil, nil
	if m.group > 0 {
		body := r.data[m.group:]
		n := msgpack.ValueLen(body)
		r.group = body[:n:n]
	}
}

// Err returns ErrCorrupt when Next returned false before the end of the chunk, and nil
// otherwise.
func (r *Reader) Err() error { return r.err }

// Rest returns the bytes that Next has not read.
func (r *Reader) Rest() []byte { return r.data[r.mark.offset:] }

// kind is the kind of an event: a record or a group marker.
type kind uint8

const (
	record kind = iota
	groupBegins
	groupEnds
)

// parseEvent reads the event at the start of b into ev. It returns the length of the event; 0
// for bytes that are not an event.
func parseEvent(b []byte, ev *Event) (n int, k kind) {
	if n, k := parseUsual(b, ev); n > 0 {
		return n, k
	}
	outer := msgpack.ReadHeader(b)
	if outer.Type != msgpack.Array || outer.Children != 2 {
		return 0, record
	}
	off := outer.Size
	ev.Metadata = nil

	h := msgpack.ReadHeader(b[off:])
	withMetadata := h.Type == msgpack.Array
	if withMetadata {
		if h.Children != 2 {
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

// parseUsual reads an event in the exact encoding of Fluent Bit, without metadata: 92 92 d7 00
// <8 bytes of time> <empty map> <map>. The empty map is df 00 00 00 00 from tail, and 80 from
// what packs events itself. It returns 0 for any other bytes.
func parseUsual(b []byte, ev *Event) (n int, k kind) {
	const metadata = 12
	if len(b) < metadata+6 || binary.BigEndian.Uint32(b) != 0x9292d700 {
		return 0, record
	}
	body := metadata + 1
	if b[metadata] == msgpack.FormatMap32 && binary.BigEndian.Uint32(b[metadata+1:]) == 0 {
		body = metadata + 5
	} else if b[metadata] != 0x80 {
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

// mapAt returns the map at the start of b; nil for any other bytes.
func mapAt(b []byte) msgpack.Value {
	if msgpack.ReadHeader(b).Type != msgpack.Map {
		return nil
	}
	n := msgpack.ValueLen(b)
	if n == 0 {
		return nil
	}
	return b[:n:n]
}

// eventTimeOf returns the nanoseconds of an EventTime, and the kind of its event.
func eventTimeOf(seconds, nanos uint32) (ns int64, k kind) {
	switch {
	case seconds == groupStart && nanos == 0:
		k = groupBegins
	case seconds == groupEnd && nanos == 0:
		k = groupEnds
	}
	return int64(seconds)*1_000_000_000 + int64(nanos), k
}

// eventTime reads the time of an event: an integer or a float of seconds, or an EventTime
// (extension type 0 with 32 bits of seconds and 32 bits of nanoseconds, big-endian). ok is
// false for other values, and for times that an int64 of nanoseconds cannot hold.
func eventTime(b []byte) (ns int64, k kind, ok bool) {
	const maxSeconds = math.MaxInt64/1_000_000_000 - 1
	h := msgpack.ReadHeader(b)
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
		if !(math.Abs(f) < maxSeconds) { // also refuses NaN
			return 0, record, false
		}
		whole, fraction := math.Modf(f)
		return int64(whole)*1_000_000_000 + int64(fraction*1e9), record, true
	}
	return 0, record, false
}
