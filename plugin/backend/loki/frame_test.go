package loki

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
)

func TestEntriesKeepTheirOrderInTheirStream(t *testing.T) {
	b := newBackend(t, "pod,stream")
	one, two := source(b, filters.Source{Pod: "one"}), source(b, filters.Source{Pod: "two"})
	e := b.NewEncoder()
	for range 2 { // the second frame is built in the memory of the first
		e.Reset()
		for i := range 6 {
			r := filters.Record{Time: int64(i), Source: one, Log: filters.PlainText(fmt.Append(nil, i))}
			if i%2 == 1 {
				r.Source = two
			}
			if i == 4 {
				r.Stream = filters.Stderr
			}
			e.Append(&r)
		}
		check(t, decode(t, e.Frame()),
			`{pod="one"}`, `  1970-01-01T00:00:00Z "0"`, `  1970-01-01T00:00:00.000000002Z "2"`,
			`{pod="one", stream="stderr"}`, `  1970-01-01T00:00:00.000000004Z "4"`,
			`{pod="two"}`, `  1970-01-01T00:00:00.000000001Z "1"`, `  1970-01-01T00:00:00.000000003Z "3"`, `  1970-01-01T00:00:00.000000005Z "5"`)
	}
}

func TestFramesAreJoined(t *testing.T) {
	b := newBackend(t, "pod")
	var frames [][]byte
	var want []string
	for i := range 3 {
		e := b.NewEncoder()
		e.Append(&filters.Record{Source: source(b, filters.Source{Pod: fmt.Sprint("p", i)}), Log: filters.PlainText([]byte("x"))})
		frames = append(frames, e.Frame())
		want = append(want, fmt.Sprintf(`{pod="p%d"}`, i), `  1970-01-01T00:00:00Z "x"`)
	}
	check(t, decode(t, frames...), want...)
}

func TestTimesOfAllKinds(t *testing.T) {
	b := newBackend(t, "pod")
	s := source(b, filters.Source{Pod: "p"})
	for _, ns := range []int64{0, 1, -1, 999_999_999, -999_999_999, -1_000_000_000, when, math.MaxInt64, math.MinInt64, 127e9, 128e9, 16_383e9, 16_384e9} {
		e := b.NewEncoder()
		e.Append(&filters.Record{Time: ns, Source: s, Log: filters.PlainText([]byte("x"))})
		if got := decode(t, e.Frame())[0].Entries[0].Timestamp; !got.Equal(time.Unix(0, ns)) {
			t.Errorf("%d became %v", ns, got)
		}
	}
}

func TestLengthsOfAllWidths(t *testing.T) {
	b := newBackend(t, "pod")
	s := source(b, filters.Source{Pod: "p"})
	for _, n := range []int{0, 1, 100, 126, 127, 128, 129, 16_370, 16_383, 16_384, 2_097_151, 2_097_152} {
		e := b.NewEncoder()
		r := filters.Record{Source: s, Log: filters.PlainText(make([]byte, n)), Fields: []filters.Field{field("k", "v")}}
		e.Append(&r)
		e.Append(&r)
		streams := decode(t, e.Frame())
		if len(streams) != 1 || len(streams[0].Entries) != 2 || len(streams[0].Entries[1].Line) != n || len(streams[0].Entries[1].StructuredMetadata) != 1 {
			t.Errorf("a line of %d bytes came out wrong", n)
		}
	}
}

func TestSizeIsAboutTheFrames(t *testing.T) {
	b := newBackend(t, "")
	s := pod(b, "p")
	e := b.NewEncoder()
	if e.Size() != 0 || len(e.Frame()) != 0 {
		t.Error("an empty frame has a size")
	}
	for range 100 {
		e.Append(&filters.Record{Time: when, Source: s, Log: filters.PlainText([]byte("a line of text"))})
	}
	if size, frame := e.Size(), len(e.Frame()); size < frame || size > frame+streamOverhead {
		t.Errorf("size %d, the frame has %d", size, frame)
	}
	if e.Reset(); e.Size() != 0 {
		t.Error("size after Reset:", e.Size())
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	b := newBackend(t, "")
	one, two := pod(b, "one"), pod(b, "two")
	e := b.NewEncoder()
	records := []filters.Record{
		{Time: when, Source: one, Log: filters.EscapedText([]byte(`a \"b\"\n`)), Stream: filters.Stderr, Severity: filters.Info},
		{Time: when, Source: two, Log: filters.PlainText([]byte("text")), Stream: filters.Stdout, Fields: []filters.Field{field("user.name", "u")}},
		{Time: when, Source: one, Fields: []filters.Field{field("msg", "a"), field("time", "b")}},
	}
	fill := func() {
		e.Reset()
		for range 10 {
			for i := range records {
				e.Append(&records[i])
			}
		}
		e.Frame()
	}
	fill()
	if n := testing.AllocsPerRun(100, fill); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add(when, []byte("text\n"), []byte("log"), []byte("value"), uint8(1), "node")
	f.Add(int64(-1), []byte("\xff\x00\"\\"), []byte("pod-uid"), []byte{0xff}, uint8(6), "a\"\n")
	b := newBackend(f, "cluster,stream,severity,x=$container")
	f.Fuzz(func(t *testing.T, at int64, log, key, value []byte, bits uint8, name string) {
		if !utf8.ValidString(name) {
			return // sources are made of names, which are checked before
		}
		value = value[:min(len(value), 255)]
		r := filters.Record{
			Time: at, Stream: filters.Stream(bits % 3), Severity: filters.Severity(bits % 22), Flags: filters.Flags(bits % 8),
			Source: source(b, filters.Source{Cluster: name, Node: name, Container: name}),
			Fields: []filters.Field{field(string(key), string(value))},
		}
		if bits&1 == 0 {
			r.Log = filters.PlainText(log)
		}
		e := b.NewEncoder()
		e.Append(&r)
		r.Stream = filters.Stderr
		e.Append(&r)
		n := 0
		for _, s := range decode(t, e.Frame()) {
			n += len(s.Entries)
			for _, entry := range s.Entries {
				if !entry.Timestamp.Equal(time.Unix(0, at)) {
					t.Fatalf("time %v", entry.Timestamp)
				}
				for _, l := range entry.StructuredMetadata {
					if l.Name == "" || l.Value != name && l.Value != "true" && b.reserved([]byte(l.Name)) && l.Name != "stream" && !strings.HasPrefix(l.Name, "severity") {
						t.Fatalf("%s=%q", l.Name, l.Value)
					}
				}
			}
		}
		if n != 2 {
			t.Fatalf("%d entries", n)
		}
	})
}

func BenchmarkFrame(b *testing.B) {
	const records = 100
	to := newBackend(b, "")
	sources := []*filters.Source{pod(to, "one"), pod(to, "two")}
	e := to.NewEncoder()
	r := filters.Record{Time: when, Stream: filters.Stderr, Severity: filters.Info,
		Log: filters.EscapedText([]byte(`I0811 03:42:05.658378       1 main.go:83] GCE config: \u0026{Project:\"blog\"}`))}
	fill := func() {
		e.Reset()
		for i := range records {
			r.Source = sources[i%2]
			e.Append(&r)
		}
	}
	fill()
	b.SetBytes(int64(len(e.Frame())))
	b.ReportAllocs()
	for b.Loop() {
		fill()
		e.Frame()
	}
}
