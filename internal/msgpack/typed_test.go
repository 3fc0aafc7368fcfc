package msgpack

import (
	"math"
	"math/rand/v2"
	"testing"

	mp "github.com/k8slog/k8slog/internal/msgpack/msgpacktest"
)

func TestTypedValues(t *testing.T) {
	for _, c := range []struct {
		v        Value
		boolean  any // nil for none
		float    any
		unsigned any
		bytes    any
	}{
		{Value{0xc2}, false, nil, nil, nil},
		{Value{0xc3}, true, nil, nil, nil},
		{Value{0xc0}, nil, nil, nil, nil},
		{Value{5}, nil, nil, uint64(5), nil},
		{Value{0xff}, nil, nil, nil, nil}, // -1
		{Value{0xd0, 7}, nil, nil, uint64(7), nil},
		{Value{0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, nil, nil, uint64(math.MaxUint64), nil},
		{Value{0xca, 0x3f, 0xc0, 0, 0}, nil, 1.5, nil, nil},
		{Value{0xa1, 'a'}, nil, nil, nil, "a"},
		{Value{0xc4, 1, 0xff}, nil, nil, nil, "\xff"},
		{Value{0xd4, 9, 'e'}, nil, nil, nil, "e"},
		{Value{0xc7, 2, 9, 'e', 'f'}, nil, nil, nil, "ef"},
		{Value{0x80}, nil, nil, nil, nil},
		{nil, nil, nil, nil, nil},
	} {
		check := func(what string, got any, ok bool, want any) {
			if ok != (want != nil) || ok && got != want {
				t.Errorf("% x as %s: %v, %t", c.v, what, got, ok)
			}
		}
		b, ok := c.v.Bool()
		check("boolean", b, ok, c.boolean)
		f, ok := c.v.Float()
		check("float", f, ok, c.float)
		u, ok := c.v.Uint()
		check("unsigned", u, ok, c.unsigned)
		s, ok := c.v.Bytes()
		check("bytes", string(s), ok, c.bytes)
	}
}

func TestElements(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := r.IntN(20)
		var want [][]byte
		for range n {
			want = append(want, mp.RandomValue(r, 2))
		}
		v := Value(mp.Counted(FormatArray16, uint32(n), want...))
		e := v.Elements()
		for i := range want {
			if got, ok := e.Next(); !ok || string(got) != string(want[i]) {
				t.Fatalf("element %d of % x is % x", i, v, got)
			}
		}
		if got, ok := e.Next(); ok {
			t.Fatalf("one more: % x", got)
		}
	}
	for _, v := range []Value{nil, {0x81, 1, 2}, {0xa1, 'a'}} {
		if e := v.Elements(); e.left != 0 {
			t.Errorf("% x has elements", v)
		}
	}
}
