package chunk

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

var jsonCases = []struct {
	name  string
	value []byte
	want  string
}{
	{"nil", []byte{formatNil}, `null`},
	{"false", []byte{formatFalse}, `false`},
	{"true", []byte{formatTrue}, `true`},
	{"fixint", []byte{0x7f}, `127`},
	{"negative fixint", []byte{0xe0}, `-32`},
	{"uint8", []byte{formatUint8, 255}, `255`},
	{"uint16", []byte{formatUint16, 255, 255}, `65535`},
	{"uint32", uint32s(math.MaxUint32), `4294967295`},
	{"uint64", uint64s(math.MaxUint64), `18446744073709551615`},
	{"int8", []byte{formatInt8, 0x80}, `-128`},
	{"int16", []byte{formatInt16, 0x80, 0}, `-32768`},
	{"int32", []byte{formatInt32, 0x80, 0, 0, 0}, `-2147483648`},
	{"int64", int64s(math.MinInt64), `-9223372036854775808`},
	{"positive int64", int64s(math.MaxInt64), `9223372036854775807`},
	{"float", float(1.5), `1.5`},
	{"whole float", float(1533958925), `1533958925`},
	{"negative zero", float(math.Copysign(0, -1)), `-0`},
	{"float32", []byte{formatFloat32, 0x3e, 0x80, 0, 0}, `0.25`},
	{"large float", float(1e300), `1e+300`},
	{"small float", float(1e-300), `1e-300`},
	{"smallest float", float(math.SmallestNonzeroFloat64), `5e-324`},
	{"NaN", float(math.NaN()), `"NaN"`},
	{"infinity", float(math.Inf(1)), `"+Inf"`},
	{"negative infinity", float(math.Inf(-1)), `"-Inf"`},
	{"string", str("a\"\\\n\x01\x7fä"), `"a\"\\\n\u0001` + "\x7f" + `ä"`},
	{"invalid UTF-8", str("a\xff\xc3"), `"a` + "\ufffd\ufffd" + `"`},
	{"empty string", str(""), `""`},
	{"bin", bin('a', 0, 0xff), `"a\u0000` + "\ufffd" + `"`},
	{"ext", []byte{formatExt8, 2, 5, 0xab, 0x01}, `"ab01"`},
	{"empty ext", []byte{formatExt8, 0, 5}, `""`},
	{"EventTime", stamp(1, 2), `"0000000100000002"`},
	{"empty map", maps(), `{}`},
	{"empty map32", map32(), `{}`},
	{"empty array", array(), `[]`},
	{"array", array([]byte{1}, str("b"), []byte{formatNil}), `[1,"b",null]`},
	{"map", maps(str("a"), []byte{1}, str("b"), []byte{2}), `{"a":1,"b":2}`},
	{"nested", maps(str("a"), array(maps(), array(), maps(str("b"), array(array()))), str("c"), maps(str("d"), maps()), str("e"), []byte{3}),
		`{"a":[{},[],{"b":[[]]}],"c":{"d":{}},"e":3}`},
	{"key of invalid UTF-8", maps(str("\xff\""), []byte{1}), `{"` + "\ufffd" + `\"":1}`},
	{"keys that are no strings", maps([]byte{5}, []byte{1}, []byte{formatNil}, []byte{2}, float(0.5), []byte{3}, bin('b'), []byte{4}, maps(), []byte{5}),
		`{"5":1,"null":2,"0.5":3,"b":4,"{}":5}`},
	{"a key that is an extension", maps([]byte{formatFixext1, 1, 0xcd}, []byte{1}), `{"\"cd\"":1}`},
	{"a key that is an array", maps(array([]byte{1}), []byte{2}), `{"9101":2}`},
}

func TestAppendJSON(t *testing.T) {
	for _, c := range jsonCases {
		t.Run(c.name, func(t *testing.T) {
			if n := valueLen(c.value); n != len(c.value) {
				t.Fatalf("the test's value has %d bytes, read are %d", len(c.value), n)
			}
			if got := AppendJSON([]byte("x"), c.value); string(got) != "x"+c.want {
				t.Errorf("got  %s\nwant x%s", got, c.want)
			}
			// The same inside a map and an array, with neighbours.
			got := AppendJSON(nil, maps(str("k"), array(c.value, c.value), str("l"), c.value))
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
		{str("a\"\n\xff"), "a\"\n\xff"}, {bin('b', 0), "b\x00"}, {str(""), ""},
		{[]byte{7}, "7"}, {maps(str("a"), str("\n")), `{"a":"\n"}`}, {[]byte{formatNil}, "null"},
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
		checkJSON(t, randomValue(r, 5))
	}
}

func FuzzAppendJSON(f *testing.F) {
	for _, c := range jsonCases {
		f.Add(c.value)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if n := valueLen(data); n > 0 {
			checkJSON(t, data[:n])
			Value(data[:n]).Text()
			AppendText(nil, data[:n])
		}
	})
}

func TestAppendJSONAllocatesNothing(t *testing.T) {
	v := Value(maps(str("a"), array(maps(), float(1.5), str("t\"\xff"), int64s(-7)), str("b"), maps(str("c"), bin(1, 2), str("d"), stamp(1, 2))))
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { dst = AppendJSON(dst[:0], v) }); n != 0 {
		t.Errorf("%v allocations a value", n)
	}
}
