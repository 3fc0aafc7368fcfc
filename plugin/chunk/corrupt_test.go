package chunk

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestReaderStopsAtCorruption(t *testing.T) {
	good := sample(2)
	now, body := stamp(1, 2), maps(str("log"), str("text"))
	for _, c := range []struct {
		name string
		bad  []byte
	}{
		{"the byte that is never used", []byte{formatNever}},
		{"a number", []byte{1}},
		{"a map", maps(now, body)},
		{"an empty array", array()},
		{"an array of one", array(now)},
		{"an array of three", array(now, body, body)},
		{"a body that is no map", array(now, str("text"))},
		{"metadata that is no map", event(now, array(), body)},
		{"a head of three", array(array(now, maps(), maps()), body)},
		{"a time of text", array(str("now"), body)},
		{"a time of nil", array([]byte{formatNil}, body)},
		{"a time of another extension", array([]byte{formatFixext8, 1, 0, 0, 0, 1, 0, 0, 0, 2}, body)},
		{"a time of four bytes", array([]byte{formatFixext4, 0, 0, 0, 0, 1}, body)},
		{"a time that is not a number", array(float(math.NaN()), body)},
		{"a time that is infinite", array(float(math.Inf(-1)), body)},
		{"a time beyond int64", array(uint64s(math.MaxInt64), body)},
		{"a time beyond int64 below zero", array(int64s(math.MinInt64), body)},
		{"a time that is negative as int64", array(uint64s(math.MaxUint64), body)},
		{"2^32-1 entries", array(now, counted(formatMap32, math.MaxUint32))},
		{"2^32-1 entries of metadata", array(array(now, counted(formatMap32, math.MaxUint32, body)), body)},
		{"2^32-1 events", counted(formatArray32, math.MaxUint32, now, body)},
		{"a text of 4 GiB", array(now, maps(str("a"), []byte{formatStr32, 255, 255, 255, 255, 'x'}))},
		{"an extension of 4 GiB", array(now, maps(str("a"), []byte{formatExt32, 255, 255, 255, 255, 0}))},
		{"never inside a body", array(now, maps(str("a"), []byte{formatNever}))},
		{"a short text past the end", array(now, maps(str("a"), []byte{0xbf, 'x'}))},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, r := read(concat(good, c.bad))
			if len(events) != 2 || !errors.Is(r.Err(), ErrCorrupt) || !bytes.Equal(r.Rest(), c.bad) {
				t.Errorf("%d events, %v, rest % x, want 2 events and rest % x", len(events), r.Err(), r.Rest(), c.bad)
			}
			// What follows cannot be trusted any more.
			events, r = read(concat(good, c.bad, good))
			if len(events) < 2 || r.Err() == nil {
				t.Errorf("%d events, %v", len(events), r.Err())
			}
		})
	}
}

func TestReaderStopsWhereTheChunkIsCut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := concat(sample(1), event(stamp(groupStart, 0), maps(str("a"), str("b")), maps()))
	for range 5 {
		whole = append(whole, array(stamp(1, 0), randomMap(r, 3))...)
	}
	var ends []int // of the events, group markers among them
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

// A chunk can be as deep as it is long.
func TestDepthDoesNotExhaustTheStack(t *testing.T) {
	const depth = 1_000_000
	nested := func(open ...byte) []byte {
		return append(bytes.Repeat(open, depth), formatNil)
	}
	for name, value := range map[string][]byte{
		"arrays": nested(0x91), "maps": nested(0x81, 0xa0), "array32": nested(formatArray32, 0, 0, 0, 1),
	} {
		t.Run(name, func(t *testing.T) {
			data := array(stamp(1, 0), maps(str("a"), value))
			events, r := read(data)
			if len(events) != 1 || r.Err() != nil {
				t.Fatal(len(events), r.Err())
			}
			out := AppendJSON(nil, events[0].Body)
			if n := bytes.Count(out, []byte("[")) + bytes.Count(out, []byte("{")); n != depth+1 {
				t.Errorf("depth of the JSON is %d", n)
			}
			if _, r := read(data[:len(data)-1]); r.Err() == nil {
				t.Error("a cut chunk was read")
			}
		})
	}
}

// Quoting a key inside a key doubles its backslashes each time.
func TestNestedKeysStaySmall(t *testing.T) {
	const depth = 20
	key := append(bytes.Repeat([]byte{0x81}, depth), bytes.Repeat([]byte{formatNil}, depth+1)...)
	if n := len(AppendJSON(nil, maps(Value(key), str("v")))); n > 40*depth {
		t.Errorf("a record of %d bytes became %d bytes of JSON", len(key), n)
	}
}
