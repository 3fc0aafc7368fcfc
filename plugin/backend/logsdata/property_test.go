package logsdata

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	logs "go.opentelemetry.io/proto/slim/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	"google.golang.org/protobuf/proto"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
)

func str(s string) *common.AnyValue {
	return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: strings.ToValidUTF8(s, "")}}
}

func pair(key string, v *common.AnyValue) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: v}
}

var alphabet = []rune("abcxyz0189 _.-\"\\\n\t/äß日😇\u2028\x00\x7f")

func randomText(r *rand.Rand) string {
	n := r.IntN(12)
	if r.IntN(10) == 0 {
		n = r.IntN(300)
	}
	text := make([]rune, n)
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(text)
}

// randomValue makes a value: as MessagePack, as JSON, and as the official types
// have it.
func randomValue(r *rand.Rand, depth int) (pack, text []byte, want *common.AnyValue) {
	kinds := 8
	if depth == 0 {
		kinds = 5
	}
	switch r.IntN(kinds) {
	case 0:
		return []byte{0xc0}, []byte("null"), &common.AnyValue{}
	case 1:
		b := r.IntN(2) == 1
		return []byte{0xc2 + map[bool]byte{true: 1}[b]}, fmt.Append(nil, b), &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: b}}
	case 2:
		n := int64(r.Uint64()) >> r.IntN(64)
		return chunktest.AppendValue(nil, int(n)), fmt.Append(nil, n), &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: n}}
	case 3:
		f := math.Ldexp(r.Float64()-0.5, r.IntN(100)-50)
		text := []byte(fmt.Sprintf("%g", f))
		if !strings.ContainsAny(string(text), ".e") {
			text = append(text, ".0"...)
		}
		return binary.BigEndian.AppendUint64([]byte{0xcb}, math.Float64bits(f)), text, &common.AnyValue{Value: &common.AnyValue_DoubleValue{DoubleValue: f}}
	case 4, 5:
		s := randomText(r)
		return chunktest.AppendValue(nil, s), quoted(r, s), str(s)
	case 6:
		list := &common.ArrayValue{}
		n := r.IntN(5)
		pack = binary.BigEndian.AppendUint32([]byte{0xdd}, uint32(n))
		text = []byte("[")
		for i := range n {
			p, j, v := randomValue(r, depth-1)
			pack, list.Values = append(pack, p...), append(list.Values, v)
			text = append(comma(text, i, r), j...)
		}
		return pack, append(text, "]"...), &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: list}}
	}
	m := &common.KeyValueList{}
	n := r.IntN(40) / (1 + r.IntN(10))
	pack = binary.BigEndian.AppendUint32([]byte{0xdf}, uint32(n))
	text = []byte("{")
	seen := map[string]bool{}
	for i := range n {
		key := randomText(r)
		p, j, v := randomValue(r, depth-1)
		pack = append(chunktest.AppendValue(pack, key), p...)
		text = append(append(append(comma(text, i, r), quoted(r, key)...), " : "[r.IntN(2):2]...), j...)
		if !seen[key] { // the first counts
			m.Values = append(m.Values, pair(key, v))
		}
		seen[key] = true
	}
	return pack, append(text, "}"...), &common.AnyValue{Value: &common.AnyValue_KvlistValue{KvlistValue: m}}
}

func comma(text []byte, i int, r *rand.Rand) []byte {
	if i > 0 {
		text = append(text, ',')
	}
	return append(text, " \n\t"[:r.IntN(4)]...)
}

// quoted is a string of JSON, with escapes where there need not be any.
func quoted(r *rand.Rand, s string) []byte {
	b, _ := json.Marshal(s)
	if r.IntN(3) == 0 {
		return []byte(strings.ReplaceAll(strings.ReplaceAll(string(b), "a", `\u0061`), "😇", `\ud83d\ude07`))
	}
	return b
}

// Random records come out as the official types hold them.
func TestRandomRecords(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	e := NewEncoder()
	for range 300 {
		e.Reset()
		var names []string
		want := map[string][]*logs.LogRecord{}
		for range 1 + r.IntN(20) {
			pod := fmt.Sprint("p", r.IntN(4))
			if want[pod] == nil {
				names = append(names, pod)
			}
			record, l := randomRecord(r)
			record.Source = source(filters.Source{Pod: pod})
			e.Append(record)
			want[pod] = append(want[pod], l)
		}
		got := decode(t, e.Frame())
		if len(got) != len(names) {
			t.Fatalf("%d resources of %d", len(got), len(names))
		}
		for i, name := range names {
			wanted := &logs.ResourceLogs{
				Resource:  &resource.Resource{Attributes: []*common.KeyValue{pair("service.name", str(name)), pair("k8s.pod.name", str(name))}},
				ScopeLogs: []*logs.ScopeLogs{{Scope: got[i].ScopeLogs[0].Scope, LogRecords: want[name]}},
			}
			if !proto.Equal(got[i], wanted) {
				t.Fatalf("got\n%v\nwant\n%v", got[i], wanted)
			}
		}
	}
}

func randomRecord(r *rand.Rand) (*filters.Record, *logs.LogRecord) {
	record := &filters.Record{
		Time: r.Int64(), Observed: r.Int64(), Stream: filters.Stream(r.IntN(3)), Severity: []filters.Severity{0, filters.Info, filters.Fatal}[r.IntN(3)],
		Position: filters.Position{Offset: r.Int64(), Raw: []byte("raw")},
	}
	l := &logs.LogRecord{
		TimeUnixNano: uint64(record.Time), ObservedTimeUnixNano: uint64(record.Observed),
		SeverityNumber: logs.SeverityNumber(record.Severity), SeverityText: record.Severity.String(),
	}
	text := randomText(r)
	switch r.IntN(3) {
	case 0:
		record.Log = filters.PlainText([]byte(text))
		l.Body = str(text)
	case 1:
		q := quoted(r, text)
		record.Log = filters.EscapedText(q[1 : len(q)-1])
		l.Body = str(text)
	}
	if r.IntN(3) == 0 {
		record.Span = filters.SpanContext{TraceID: [16]byte{byte(r.IntN(256)), 1}, Flags: byte(r.IntN(2))}
		l.TraceId, l.Flags = record.Span.TraceID[:], uint32(record.Span.Flags)
		if r.IntN(2) == 0 {
			record.Span.SpanID = [8]byte{7: 9}
			l.SpanId = record.Span.SpanID[:]
		}
	}
	if record.Stream != filters.NoStream {
		l.Attributes = append(l.Attributes, pair("log.iostream", str(record.Stream.String())))
	}
	l.Attributes = append(l.Attributes, pair("log.record.uid", str(string(record.AppendID(nil)))))
	if r.IntN(4) == 0 {
		record.Flags = filters.Partial
		l.Attributes = append(l.Attributes, pair("k8slog.partial", &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: true}}))
	}
	var body []*common.KeyValue
	room := maxFound // for fields that a filter found in the text
	for i := range r.IntN(50) / (1 + r.IntN(10)) {
		p, j, v := randomValue(r, 3)
		f := filters.Field{Key: fmt.Append(nil, "key ", i), Value: p, Own: r.IntN(3) == 0}
		if r.IntN(2) == 0 {
			f.Value, f.JSON = nil, j
		}
		record.Fields = append(record.Fields, f)
		if f.Own && f.Value == nil {
			if len(f.JSON) > room {
				l.DroppedAttributesCount++
				continue
			}
			room -= len(f.JSON)
		}
		if !f.Own && !record.Log.Exists() {
			body = append(body, pair(string(f.Key), v))
		} else {
			l.Attributes = append(l.Attributes, pair(string(f.Key), v))
		}
	}
	if body != nil {
		l.Body = &common.AnyValue{Value: &common.AnyValue_KvlistValue{KvlistValue: &common.KeyValueList{Values: body}}}
	}
	return record, l
}

// However deep a value is, a server that limits the depth takes the record, and
// nothing of it is lost.
func TestDeepValues(t *testing.T) {
	const depth = 10_000
	deep := strings.Repeat("[", depth) + `"x"` + strings.Repeat("]", depth)
	pack := append(append([]byte(strings.Repeat("\x91", depth)), 0xa1), 'x')
	for name, f := range map[string]filters.Field{
		"MessagePack": {Key: []byte("a"), Value: pack}, "JSON": {Key: []byte("a"), JSON: []byte(deep)},
		"JSON, objects": {Key: []byte("a"), JSON: []byte(strings.Repeat(`{"a":`, depth) + `"x"` + strings.Repeat("}", depth))},
	} {
		r := filters.Record{Time: when, Source: pod("p"), Fields: []filters.Field{f}}
		frame := encode(&r)
		if err := (proto.UnmarshalOptions{RecursionLimit: 100}).Unmarshal(frame, &logs.LogsData{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		v := decode(t, frame)[0].ScopeLogs[0].LogRecords[0].Body.GetKvlistValue().Values[0].Value
		levels := 0
		for {
			if next := v.GetArrayValue().GetValues(); len(next) == 1 {
				v = next[0]
			} else if next := v.GetKvlistValue().GetValues(); len(next) == 1 {
				v = next[0].Value
			} else {
				break
			}
			levels++
		}
		if rest := v.GetStringValue(); levels != maxDepth || strings.Count(rest, "[")+strings.Count(rest, "{") != depth-maxDepth || !json.Valid([]byte(rest)) {
			t.Errorf("%s: %d levels, %.100s", name, levels, rest)
		}
	}
}

func FuzzAppend(f *testing.F) {
	f.Add(when, []byte("text\n"), []byte("log"), []byte("value"), []byte(`{"a":[1,2.5,null],"b":{"c":"\u00e4"}}`), uint8(1), "node")
	f.Add(int64(-1), []byte("\xff\x00\"\\"), []byte("k8s.pod.name"), []byte{0xff}, []byte(`[[`), uint8(6), "a\"\n")
	f.Fuzz(func(t *testing.T, at int64, log, key, value, text []byte, bits uint8, name string) {
		value = value[:min(len(value), 255)]
		r := filters.Record{
			Time: at, Observed: at, Stream: filters.Stream(bits % 3), Severity: filters.Severity(bits % 22), Flags: filters.Flags(bits % 8),
			Source: source(filters.Source{Cluster: name, Node: name, Container: name}),
			Fields: []filters.Field{field(string(key), string(value)), {Key: key, JSON: text, Metadata: bits&4 == 0}, {Key: value, Value: pack(value), Own: bits&2 == 0}},
		}
		if bits&1 == 0 {
			r.Log = filters.PlainText(log)
		}
		n := 0
		for _, l := range decode(t, encode(&r, &r))[0].ScopeLogs[0].LogRecords {
			n++
			for _, a := range l.Attributes {
				if strings.HasPrefix(a.Key, "k8s.") {
					t.Fatalf("%s=%v", a.Key, a.Value)
				}
			}
		}
		if n != 2 {
			t.Fatalf("%d records", n)
		}
	})
}
