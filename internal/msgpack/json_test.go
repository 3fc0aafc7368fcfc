package msgpack

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	mp "github.com/k8slog/k8slog/internal/msgpack/msgpacktest"
)

var jsonCases = []struct {
	name  string
	value []byte
	want  string
}{
	{"nil", []byte{FormatNil}, `null`},
	{"false", []byte{FormatFalse}, `false`},
	{"true", []byte{FormatTrue}, `true`},
	{"fixint", []byte{0x7f}, `127`},
	{"negative fixint", []byte{0xe0}, `-32`},
	{"uint8", []byte{FormatUint8, 255}, `255`},
	{"uint16", []byte{FormatUint16, 255, 255}, `65535`},
	{"uint32", mp.Uint32(math.MaxUint32), `4294967295`},
	{"uint64", mp.Uint64(math.MaxUint64), `18446744073709551615`},
	{"int8", []byte{FormatInt8, 0x80}, `-128`},
	{"int16", []byte{FormatInt16, 0x80, 0}, `-32768`},
	{"int32", []byte{FormatInt32, 0x80, 0, 0, 0}, `-2147483648`},
	{"int64", mp.Int64(math.MinInt64), `-9223372036854775808`},
	{"positive int64", mp.Int64(math.MaxInt64), `9223372036854775807`},
	{"float", mp.Float(1.5), `1.5`},
	{"whole float", mp.Float(1533958925), `1533958925`},
	{"negative zero", mp.Float(math.Copysign(0, -1)), `-0`},
	{"float32", []byte{FormatFloat32, 0x3e, 0x80, 0, 0}, `0.25`},
	{"large float", mp.Float(1e300), `1e+300`},
	{"small float", mp.Float(1e-300), `1e-300`},
	{"smallest float", mp.Float(math.SmallestNonzeroFloat64), `5e-324`},
	{"NaN", mp.Float(math.NaN()), `"NaN"`},
	{"infinity", mp.Float(math.Inf(1)), `"+Inf"`},
	{"negative infinity", mp.Float(math.Inf(-1)), `"-Inf"`},
	{"string", mp.Str("a\"\\\n\x01\x7fä"), `"a\"\\\n\u0001` + "\x7f" + `ä"`},
	{"invalid UTF-8", mp.Str("a\xff\xc3"), `"a` + "\ufffd\ufffd" + `"`},
	{"empty string", mp.Str(""), `""`},
	{"bin", mp.Bin('a', 0, 0xff), `"a\u0000` + "\ufffd" + `"`},
	{"ext", []byte{FormatExt8, 2, 5, 0xab, 0x01}, `"ab01"`},
	{"empty ext", []byte{FormatExt8, 0, 5}, `""`},
	{"EventTime", []byte{FormatFixext8, 0, 0, 0, 0, 1, 0, 0, 0, 2}, `"0000000100000002"`},
	{"empty map", mp.Map(), `{}`},
	{"empty map32", mp.Map32(), `{}`},
	{"empty array", mp.Array(), `[]`},
	{"array", mp.Array([]byte{1}, mp.Str("b"), []byte{FormatNil}), `[1,"b",null]`},
	{"map", mp.Map(mp.Str("a"), []byte{1}, mp.Str("b"), []byte{2}), `{"a":1,"b":2}`},
	{"nested", mp.Map(mp.Str("a"), mp.Array(mp.Map(), mp.Array(), mp.Map(mp.Str("b"), mp.Array(mp.Array()))), mp.Str("c"), mp.Map(mp.Str("d"), mp.Map()), mp.Str("e"), []byte{3}),
		`{"a":[{},[],{"b":[[]]}],"c":{"d":{}},"e":3}`},
	{"key of invalid UTF-8", mp.Map(mp.Str("\xff\""), []byte{1}), `{"` + "\ufffd" + `\"":1}`},
	{"keys that are no strings", mp.Map([]byte{5}, []byte{1}, []byte{FormatNil}, []byte{2}, mp.Float(0.5), []byte{3}, mp.Bin('b'), []byte{4}, mp.Map(), []byte{5}),
		`{"5":1,"null":2,"0.5":3,"b":4,"{}":5}`},
	{"a key that is an extension", mp.Map([]byte{FormatFixext1, 1, 0xcd}, []byte{1}), `{"\"cd\"":1}`},
	{"a key that is an array", mp.Map(mp.Array([]byte{1}), []byte{2}), `{"9101":2}`},
}

func TestAppendJSON(t *testing.T) {
	for _, c := range jsonCases {
		t.Run(c.name, func(t *testing.T) {
			if n := ValueLen(c.value); n != len(c.value) {
				t.Fatalf("the test's value has %d bytes, read are %d", len(c.value), n)
			}
			if got := AppendJSON([]byte("x"), c.value); string(got) != "x"+c.want {
				t.Errorf("got  %s\nwant x%s", got, c.want)
			}
			// The same inside a map and an array, with neighbours.
			got := AppendJSON(nil, mp.Map(mp.Str("k"), mp.Array(c.value, c.value), mp.Str("l"), c.value))
			if want := `{"k":[` + c.want + "," + c.want + `],"l":` + c.want + `}`; string(got) != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	if got := AppendJSON(nil, nil); string(got) != "null" {
		t.Errorf("the zero Value is %s", got)
	}
}

func TestAppendText(t *testing.T) {
	for _, c := range []struct {
		value []byte
		want  string
	}{
		{mp.Str("a\"\n\xff"), "a\"\n\xff"}, {mp.Bin('b', 0), "b\x00"}, {mp.Str(""), ""},
		{[]byte{7}, "7"}, {mp.Map(mp.Str("a"), mp.Str("\n")), `{"a":"\n"}`}, {[]byte{FormatNil}, "null"},
	} {
		if got := AppendText(nil, c.value); string(got) != c.want {
			t.Errorf("AppendText(% x) = %q, want %q", c.value, got, c.want)
		}
	}
}

// checkJSON fails unless v is written as JSON that reads back without loss of
// its shape.
func checkJSON(t *testing.T, v Value) {
	t.Helper()
	out := AppendJSON(nil, v)
	if !json.Valid(out) || !utf8.Valid(out) {
		t.Fatalf("% x became %q", []byte(v), out)
	}
	if v.Type() == Map {
		d := json.NewDecoder(bytes.NewReader(out))
		d.UseNumber()
		var m map[string]json.RawMessage
		if err := d.Decode(&m); err != nil || len(m) > v.Len() {
			t.Fatalf("% x became %q: %d entries, %v", []byte(v), out, len(m), err)
		}
	}
}

func TestAppendJSONOfRandomValues(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		checkJSON(t, mp.RandomValue(r, 5))
	}
}

func FuzzAppendJSON(f *testing.F) {
	for _, c := range jsonCases {
		f.Add(c.value)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if n := ValueLen(data); n > 0 {
			checkJSON(t, data[:n])
			Value(data[:n]).Text()
			AppendText(nil, data[:n])
		}
	})
}

func TestAppendJSONAllocatesNothing(t *testing.T) {
	v := Value(mp.Map(mp.Str("a"), mp.Array(mp.Map(), mp.Float(1.5), mp.Str("t\"\xff"), mp.Int64(-7)), mp.Str("b"), mp.Map(mp.Str("c"), mp.Bin(1, 2), mp.Str("d"), []byte{FormatFixext8, 0, 0, 0, 0, 1, 0, 0, 0, 2})))
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { dst = AppendJSON(dst[:0], v) }); n != 0 {
		t.Errorf("%v allocations a value", n)
	}
}

// Quoting a key inside a key doubles its backslashes each time.
func TestNestedKeysStaySmall(t *testing.T) {
	const depth = 20
	key := append(bytes.Repeat([]byte{0x81}, depth), bytes.Repeat([]byte{FormatNil}, depth+1)...)
	if n := len(AppendJSON(nil, mp.Map(Value(key), mp.Str("v")))); n > 40*depth {
		t.Errorf("a record of %d bytes became %d bytes of JSON", len(key), n)
	}
}
