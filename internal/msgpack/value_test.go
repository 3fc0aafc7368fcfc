package msgpack

import (
	"math"
	"testing"

	mp "github.com/k8slog/k8slog/internal/msgpack/msgpacktest"
)

func TestValueReadsItself(t *testing.T) {
	v := Value(mp.Map(mp.Str("s"), mp.Str("text"), mp.Str("b"), mp.Bin('x'), mp.Str("i"), mp.Int64(-3), mp.Str("u"), mp.Uint64(math.MaxUint64), mp.Str("a"), mp.Array(mp.Str("1"), mp.Str("2"))))
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
