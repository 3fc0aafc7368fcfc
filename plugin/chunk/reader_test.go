package chunk

import (
	"bytes"
	"math"
	"testing"

	"github.com/k8slog/k8slog/internal/msgpack"
	mp "github.com/k8slog/k8slog/internal/msgpack/msgpacktest"
)

// read returns the events of data, and the reader at its end.
func read(data []byte) (events []Event, r Reader) {
	r = NewReader(data)
	for ev := (Event{}); r.Next(&ev); {
		events = append(events, ev)
	}
	return events, r
}

func TestReaderReadsTimes(t *testing.T) {
	const second = 1_000_000_000
	body := mp.Map32(mp.Str("log"), mp.Str("text"))
	for _, c := range []struct {
		name string
		time []byte
		want int64
	}{
		{"EventTime as fixext8", stamp(1533958925, 658698744), 1533958925*second + 658698744},
		{"EventTime as ext8", stampExt8(1533958925, 999999999), 1533958925*second + 999999999},
		{"EventTime after 2038", stamp(0x80000000, 1), 0x80000000*second + 1},
		{"fixint", []byte{0x7f}, 127 * second},
		{"uint32", mp.Uint32(math.MaxUint32), math.MaxUint32 * second},
		{"uint64", mp.Uint64(1533958925), 1533958925 * second},
		{"before 1970", mp.Int64(-5), -5 * second},
		{"last second that fits", mp.Uint64(math.MaxInt64/second - 1), (math.MaxInt64/second - 1) * second},
		{"float", mp.Float(1533958925.5), 1533958925*second + second/2},
		{"float before 1970", mp.Float(-1.5), -second * 3 / 2},
		{"float32", []byte{msgpack.FormatFloat32, 0x3f, 0xc0, 0, 0}, second * 3 / 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			for layout, data := range map[string][]byte{"old": mp.Array(c.time, body), "new": event(c.time, mp.Map(), body)} {
				events, r := read(data)
				if len(events) != 1 || r.Err() != nil || events[0].Time != c.want {
					t.Errorf("%s layout: %d events, %v: %+v, want time %d", layout, len(events), r.Err(), events, c.want)
				}
			}
		})
	}
}

func TestReaderReadsLayouts(t *testing.T) {
	now, body, meta := stamp(7, 8), mp.Map32(mp.Str("log"), mp.Str("text")), mp.Map(mp.Str("k"), mp.Str("v"))
	for _, c := range []struct {
		name       string
		data, meta []byte
	}{
		{"without metadata", mp.Array(now, body), nil},
		{"empty metadata", event(now, mp.Map(), body), nil},
		{"metadata", event(now, meta, body), meta},
		{"metadata as map32", event(now, mp.Map32(mp.Str("k"), mp.Str("v")), body), mp.Map32(mp.Str("k"), mp.Str("v"))},
		{"array16 around", mp.Counted(msgpack.FormatArray16, 2, now, body), nil},
		{"array32 around", mp.Counted(msgpack.FormatArray32, 2, now, body), nil},
		{"array16 in array32", mp.Counted(msgpack.FormatArray32, 2, mp.Counted(msgpack.FormatArray16, 2, now, meta), body), meta},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, r := read(mp.Concat(c.data, c.data))
			if len(events) != 2 || r.Err() != nil || len(r.Rest()) != 0 {
				t.Fatalf("%d events, %v, %d bytes left", len(events), r.Err(), len(r.Rest()))
			}
			for _, ev := range events {
				if !bytes.Equal(ev.Body, body) || !bytes.Equal(ev.Raw, c.data) || !bytes.Equal(ev.Metadata, c.meta) ||
					(ev.Metadata == nil) != (c.meta == nil) || ev.Group != nil || ev.Time != 7_000_000_008 {
					t.Errorf("got %+v", ev)
				}
			}
		})
	}
}

func TestReaderSetsTheGroup(t *testing.T) {
	one, two := mp.Map(mp.Str("resource"), mp.Map()), mp.Map(mp.Str("scope"), mp.Map())
	mark := func(seconds uint32, body []byte) []byte { return event(stamp(seconds, 0), mp.Map(), body) }
	rec := func(name string) []byte { return event(stamp(1, 0), mp.Map(), mp.Map(mp.Str("n"), mp.Str(name))) }
	end := mark(groupEnd, mp.Map())
	data := mp.Concat(rec("a"), mark(groupStart, one), rec("b"), rec("c"), end, rec("d"),
		mark(groupStart, one), mark(groupStart, two), rec("e"), end, end, mark(groupStart, one))
	events, r := read(data)
	if r.Err() != nil || len(r.Rest()) != 0 {
		t.Fatal(r.Err(), len(r.Rest()))
	}
	want := []struct {
		name  string
		group []byte
	}{{"a", nil}, {"b", one}, {"c", one}, {"d", nil}, {"e", two}}
	if len(events) != len(want) {
		t.Fatalf("%d events, want %d", len(events), len(want))
	}
	for i, w := range want {
		if !bytes.Equal(events[i].Body, mp.Map(mp.Str("n"), mp.Str(w.name))) || !bytes.Equal(events[i].Group, w.group) {
			t.Errorf("event %s: %+v", w.name, events[i])
		}
	}
	// Only events with the exact times of markers are markers.
	for _, time := range [][]byte{stamp(groupStart, 1), stamp(groupEnd-1, 0)} {
		if events, _ := read(event(time, mp.Map(), mp.Map())); len(events) != 1 {
			t.Errorf("% x is taken for a group marker", time)
		}
	}
}

func TestReaderCopyAndSeek(t *testing.T) {
	data := mp.Concat(event(stamp(groupStart, 0), mp.Map(), mp.Map(mp.Str("g"), mp.Str("1"))), sample(3))
	var ev Event
	r := NewReader(data)
	r.Next(&ev)
	mark := r
	r.Next(&ev)
	second := ev
	r.Next(&ev)
	if !mark.Next(&ev) || !bytes.Equal(ev.Raw, second.Raw) || !bytes.Equal(ev.Group, second.Group) || ev.Group == nil {
		t.Error("a copy of a Reader does not read the same records")
	}
	mark = r
	for _, want := range []int{2, 0, 1} {
		var at Mark
		walk := NewReader(data)
		for at = walk.Mark(); at.Index < want; at = walk.Mark() {
			walk.Next(&ev)
		}
		walk.Next(&ev)
		expected := ev
		mark.Seek(at)
		if !mark.Next(&ev) || !bytes.Equal(ev.Raw, expected.Raw) || !bytes.Equal(ev.Group, expected.Group) || mark.Index() != want+1 {
			t.Errorf("Seek does not go to record %d", want)
		}
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	data := mp.Concat(event(stamp(groupStart, 0), mp.Map(), mp.Map()), sample(20), mp.Array(mp.Float(1.5), mp.Map()))
	var ev Event
	if n := testing.AllocsPerRun(20, func() {
		r := NewReader(data)
		for r.Next(&ev) {
			for f := ev.Body.Fields(); ; {
				if _, _, ok := f.Next(); !ok {
					break
				}
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations a chunk", n)
	}
}

// TestUsualEvents checks that what Fluent Bit writes for each line takes the fast path.
func TestUsualEvents(t *testing.T) {
	body := mp.Map32(mp.Str("path"), mp.Str("/var/log/a.log"), mp.Str("offset"), mp.Uint32(7), mp.Str("log"), mp.Str("text"))
	for name, metadata := range map[string][]byte{"tail": mp.Map32(), "fixmap": mp.Map()} {
		raw := event(stamp(7, 8), metadata, body)
		var ev Event
		n, k := parseUsual(append(raw, "the next event"...), &ev)
		if n != len(raw) || k != record || ev.Time != 7_000_000_008 || string(ev.Body) != string(body) || ev.Metadata != nil {
			t.Errorf("%s: %d bytes of %d, kind %d, %+v", name, n, len(raw), k, ev)
		}
	}
}
