package chunk

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/k8slog/k8slog/internal/msgpack"
	mp "github.com/k8slog/k8slog/internal/msgpack/msgpacktest"
)

func TestReaderStopsAtCorruption(t *testing.T) {
	good := sample(2)
	now, body := stamp(1, 2), mp.Map(mp.Str("log"), mp.Str("text"))
	for _, c := range []struct {
		name string
		bad  []byte
	}{
		{"the byte that MessagePack never uses", []byte{msgpack.FormatNever}},
		{"a number", []byte{1}},
		{"a map", mp.Map(now, body)},
		{"an empty array", mp.Array()},
		{"an array of one", mp.Array(now)},
		{"an array of three", mp.Array(now, body, body)},
		{"a body that is no map", mp.Array(now, mp.Str("text"))},
		{"metadata that is no map", event(now, mp.Array(), body)},
		{"a head of three", mp.Array(mp.Array(now, mp.Map(), mp.Map()), body)},
		{"a time of text", mp.Array(mp.Str("now"), body)},
		{"a time of nil", mp.Array([]byte{msgpack.FormatNil}, body)},
		{"a time of another extension", mp.Array([]byte{msgpack.FormatFixext8, 1, 0, 0, 0, 1, 0, 0, 0, 2}, body)},
		{"a time of four bytes", mp.Array([]byte{msgpack.FormatFixext4, 0, 0, 0, 0, 1}, body)},
		{"a time that is not a number", mp.Array(mp.Float(math.NaN()), body)},
		{"a time that is infinite", mp.Array(mp.Float(math.Inf(-1)), body)},
		{"a time beyond int64", mp.Array(mp.Uint64(math.MaxInt64), body)},
		{"a time beyond int64 below zero", mp.Array(mp.Int64(math.MinInt64), body)},
		{"a time that is negative as int64", mp.Array(mp.Uint64(math.MaxUint64), body)},
		{"2^32-1 entries", mp.Array(now, mp.Counted(msgpack.FormatMap32, math.MaxUint32))},
		{"2^32-1 entries of metadata", mp.Array(mp.Array(now, mp.Counted(msgpack.FormatMap32, math.MaxUint32, body)), body)},
		{"2^32-1 events", mp.Counted(msgpack.FormatArray32, math.MaxUint32, now, body)},
		{"a text of 4 GiB", mp.Array(now, mp.Map(mp.Str("a"), []byte{msgpack.FormatStr32, 255, 255, 255, 255, 'x'}))},
		{"an extension of 4 GiB", mp.Array(now, mp.Map(mp.Str("a"), []byte{msgpack.FormatExt32, 255, 255, 255, 255, 0}))},
		{"an invalid byte in a body", mp.Array(now, mp.Map(mp.Str("a"), []byte{msgpack.FormatNever}))},
		{"a short text past the end", mp.Array(now, mp.Map(mp.Str("a"), []byte{0xbf, 'x'}))},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, r := read(mp.Concat(good, c.bad))
			if len(events) != 2 || !errors.Is(r.Err(), ErrCorrupt) || !bytes.Equal(r.Rest(), c.bad) {
				t.Errorf("%d events, %v, rest % x, want 2 events and rest % x", len(events), r.Err(), r.Rest(), c.bad)
			}
			// The Reader does not skip corrupt bytes, even when events follow.
			events, r = read(mp.Concat(good, c.bad, good))
			if len(events) < 2 || r.Err() == nil {
				t.Errorf("%d events, %v", len(events), r.Err())
			}
		})
	}
}

func TestReaderStopsAtTruncation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := mp.Concat(sample(1), event(stamp(groupStart, 0), mp.Map(mp.Str("a"), mp.Str("b")), mp.Map()))
	for range 5 {
		whole = append(whole, mp.Array(stamp(1, 0), mp.RandomMap(r, 3))...)
	}
	var ends []int // of all events, with group markers
	for off := 0; off < len(whole); {
		n, _ := parseEvent(whole[off:], new(Event))
		off += n
		ends = append(ends, off)
	}
	if len(ends) != 7 {
		t.Fatal(ends)
	}
	for cut := range whole {
		last := 0
		for _, end := range ends {
			if end <= cut {
				last = end
			}
		}
		_, reader := read(whole[:cut:cut])
		if !bytes.Equal(reader.Rest(), whole[last:cut]) || (reader.Err() == nil) != (last == cut) {
			t.Fatalf("cut at %d: %v, %d bytes left, want %d", cut, reader.Err(), len(reader.Rest()), cut-last)
		}
	}
}

// Values can nest as deeply as the chunk is long.
func TestDeepNestingDoesNotExhaustTheStack(t *testing.T) {
	const depth = 1_000_000
	nested := func(open ...byte) []byte {
		return append(bytes.Repeat(open, depth), msgpack.FormatNil)
	}
	for name, value := range map[string][]byte{
		"arrays": nested(0x91), "maps": nested(0x81, 0xa0), "array32": nested(msgpack.FormatArray32, 0, 0, 0, 1),
	} {
		t.Run(name, func(t *testing.T) {
			data := mp.Array(stamp(1, 0), mp.Map(mp.Str("a"), value))
			events, r := read(data)
			if len(events) != 1 || r.Err() != nil {
				t.Fatal(len(events), r.Err())
			}
			out := msgpack.AppendJSON(nil, events[0].Body)
			if n := bytes.Count(out, []byte("[")) + bytes.Count(out, []byte("{")); n != depth+1 {
				t.Errorf("depth of the JSON is %d", n)
			}
			if _, r := read(data[:len(data)-1]); r.Err() == nil {
				t.Error("a truncated chunk was read")
			}
		})
	}
}
