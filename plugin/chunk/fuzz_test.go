package chunk

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/k8slog/k8slog/internal/msgpack"
	mp "github.com/k8slog/k8slog/internal/msgpack/msgpacktest"
)

func FuzzReader(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	body := mp.Map32(mp.Str("log"), mp.Str("text"))
	f.Add(sample(2))
	f.Add(mp.Concat(event(stamp(groupStart, 0), mp.Map(), body), sample(1), event(stamp(groupEnd, 0), mp.Map(), mp.Map()), mp.Array(mp.Uint32(1), body)))
	f.Add(mp.Array(stampExt8(1, 2), mp.Counted(msgpack.FormatMap32, math.MaxUint32)))
	f.Add(mp.Array(mp.Float(1.5), mp.Counted(msgpack.FormatMap16, 1, mp.Str("a"), bytes.Repeat([]byte{0x91}, 100))))
	for range 5 {
		f.Add(randomChunk(r))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkWalk(t, data) })
}

// checkWalk reads arbitrary bytes. The records and the group markers must be all bytes that
// were read, in order, and all values must be a part of data.
func checkWalk(t *testing.T, data []byte) {
	t.Helper()
	var ev Event
	r := NewReader(data)
	off := 0
	markers := func(to int) {
		for off < to {
			n, kind := parseEvent(data[off:to], new(Event))
			if n == 0 || kind == record {
				t.Fatalf("bytes %d to %d were skipped and are not a group marker", off, to)
			}
			off += n
		}
	}
	for r.Next(&ev) {
		markers(offset(t, data, ev.Raw))
		off += len(ev.Raw)
		for _, v := range []msgpack.Value{ev.Body, ev.Metadata, ev.Group} {
			if v == nil {
				continue
			}
			offset(t, data, v)
			if v.Type() != msgpack.Map || msgpack.ValueLen(v) != len(v) {
				t.Fatalf("not one whole map: % x", []byte(v))
			}
			checkFields(t, v)
			if out := msgpack.AppendJSON(nil, v); !json.Valid(out) {
				t.Fatalf("% x became %q", []byte(v), out)
			}
		}
	}
	markers(len(data) - len(r.Rest()))
	if (r.Err() == nil) != (len(r.Rest()) == 0) || r.Next(&ev) {
		t.Fatalf("%v, with %d bytes left", r.Err(), len(r.Rest()))
	}
	if r.Err() != nil && offset(t, data, r.Rest()) != off {
		t.Fatal("Rest does not follow the last record")
	}
}

// checkFields fails unless the entries of a map are all of its bytes.
func checkFields(t *testing.T, v msgpack.Value) {
	size, n := msgpack.ReadHeader(v).Size, 0
	for f := v.Fields(); ; n++ {
		key, value, ok := f.Next()
		if !ok {
			break
		}
		size += len(key) + len(value)
	}
	if n != v.Len() || size != len(v) {
		t.Fatalf("%d entries of %d in %d bytes of %d", n, v.Len(), size, len(v))
	}
}

// offset returns the offset of part in data.
func offset(t *testing.T, data, part []byte) int {
	t.Helper()
	at := int(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(data))))
	if at < 0 || at+len(part) > len(data) {
		t.Fatalf("%d bytes at %d are not a part of the chunk of %d bytes", len(part), at, len(data))
	}
	return at
}

func TestReaderReadsMutatedChunks(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 150 {
		data := randomChunk(r)
		for range r.IntN(4) {
			if len(data) > 0 {
				data[r.IntN(len(data))] = byte(r.Uint32())
			}
		}
		checkWalk(t, data)
	}
}
