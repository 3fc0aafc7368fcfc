package chunk

import (
	"bytes"
	"math"
	"testing"
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
	body := map32(str("log"), str("text"))
	for _, c := range []struct {
		name string
		time []byte
		want int64
	}{
		{"EventTime as fixext8", stamp(1533958925, 658698744), 1533958925*second + 658698744},
		{"EventTime as ext8", stampExt8(1533958925, 999999999), 1533958925*second + 999999999},
		{"EventTime after 2038", stamp(0x80000000, 1), 0x80000000*second + 1},
		{"fixint", []byte{0x7f}, 127 * second},
		{"uint32", uint32s(math.MaxUint32), math.MaxUint32 * second},
		{"uint64", uint64s(1533958925), 1533958925 * second},
		{"before 1970", int64s(-5), -5 * second},
		{"last second that fits", uint64s(math.MaxInt64/second - 1), (math.MaxInt64/second - 1) * second},
		{"float", float(1533958925.5), 1533958925*second + second/2},
		{"float before 1970", float(-1.5), -second * 3 / 2},
		{"float32", []byte{formatFloat32, 0x3f, 0xc0, 0, 0}, second * 3 / 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			for layout, data := range map[string][]byte{"old": array(c.time, body), "new": event(c.time, maps(), body)} {
				events, r := read(data)
				if len(events) != 1 || r.Err() != nil || events[0].Time != c.want {
					t.Errorf("%s layout: %d events, %v: %+v, want time %d", layout, len(events), r.Err(), events, c.want)
				}
			}
		})
	}
}

func TestReaderReadsLayouts(t *testing.T) {
	now, body, meta := stamp(7, 8), map32(str("log"), str("text")), maps(str("k"), str("v"))
	for _, c := range []struct {
		name       string
		data, meta []byte
	}{
		{"without metadata", array(now, body), nil},
		{"empty metadata", event(now, maps(), body), nil},
		{"metadata", event(now, meta, body), meta},
		{"metadata as map32", event(now, map32(str("k"), str("v")), body), map32(str("k"), str("v"))},
		{"array16 around", counted(formatArray16, 2, now, body), nil},
		{"array32 around", counted(formatArray32, 2, now, body), nil},
		{"array16 in array32", counted(formatArray32, 2, counted(formatArray16, 2, now, meta), body), meta},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, r := read(concat(c.data, c.data))
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

func TestReaderGivesRecordsTheirGroup(t *testing.T) {
	one, two := maps(str("resource"), maps()), maps(str("scope"), maps())
	mark := func(seconds uint32, body []byte) []byte { return event(stamp(seconds, 0), maps(), body) }
	rec := func(name string) []byte { return event(stamp(1, 0), maps(), maps(str("n"), str(name))) }
	end := mark(groupEnd, maps())
	data := concat(rec("a"), mark(groupStart, one), rec("b"), rec("c"), end, rec("d"),
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
		if !bytes.Equal(events[i].Body, maps(str("n"), str(w.name))) || !bytes.Equal(events[i].Group, w.group) {
			t.Errorf("event %s: %+v", w.name, events[i])
		}
	}
	// Only the exact times of the markers are markers.
	for _, time := range [][]byte{stamp(groupStart, 1), stamp(groupEnd-1, 0)} {
		if events, _ := read(event(time, maps(), maps())); len(events) != 1 {
			t.Errorf("% x is taken for a group marker", time)
		}
	}
}

func TestReaderIsABookmark(t *testing.T) {
	data := concat(event(stamp(groupStart, 0), maps(), maps(str("g"), str("1"))), sample(3))
	var ev Event
	r := NewReader(data)
	r.Next(&ev)
	mark := r
	r.Next(&ev)
	second := ev
	r.Next(&ev)
	if !mark.Next(&ev) || !bytes.Equal(ev.Raw, second.Raw) || !bytes.Equal(ev.Group, second.Group) || ev.Group == nil {
		t.Error("the copy of a reader does not repeat the walk")
	}
}

func TestValueReadsItself(t *testing.T) {
	v := Value(maps(str("s"), str("text"), str("b"), bin('x'), str("i"), int64s(-3), str("u"), uint64s(math.MaxUint64), str("a"), array(str("1"), str("2"))))
	if v.Type() != Map || v.Len() != 5 {
		t.Fatal(v.Type(), v.Len())
	}
	got := map[string]Value{}
	for f := v.Fields(); ; {
		key, value, ok := f.Next()
		if !ok {
			break
		}
		name, _ := key.Text()
		got[string(name)] = value
	}
	text := func(name string) string { b, _ := got[name].Text(); return string(b) }
	if text("s") != "text" || text("b") != "x" || text("i") != "" {
		t.Errorf("texts: %q %q %q", text("s"), text("b"), text("i"))
	}
	if n, ok := got["i"].Int(); !ok || n != -3 {
		t.Error(n, ok)
	}
	if n, ok := got["u"].Int(); ok {
		t.Error("an integer above int64 was read as", n)
	}
	if got["a"].Len() != 2 || got["a"].Type() != Array || got["s"].Len() != 0 {
		t.Error("wrong lengths")
	}
	var zero Value
	fields := zero.Fields()
	if text, ok := zero.Text(); ok || text != nil || zero.Type() != Invalid || zero.Len() != 0 {
		t.Error("the zero Value says something")
	}
	if _, _, ok := fields.Next(); ok {
		t.Error("the zero Value has fields")
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	data := concat(event(stamp(groupStart, 0), maps(), maps()), sample(20), array(float(1.5), maps()))
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
