package msgpack

import (
	"bytes"
	"testing"

	mp "github.com/k8slog/k8slog/internal/msgpack/msgpacktest"
)

func BenchmarkFields(b *testing.B) {
	v := Value(mp.Map32(mp.Str("log"), mp.Str("text"), mp.Str("stream"), mp.Str("stderr"), mp.Str("n"), mp.Int64(-1), mp.Str("m"), mp.Map(mp.Str("a"), mp.Array(mp.Str("b")))))
	b.SetBytes(int64(len(v)))
	b.ReportAllocs()
	for b.Loop() {
		for f := v.Fields(); ; {
			if _, _, ok := f.Next(); !ok {
				break
			}
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	for _, c := range []struct {
		name  string
		value []byte
	}{
		{"text", Value(mp.Sized(FormatStr16, 2, bytes.Repeat([]byte("text "), 40)))},
		{"nested", mp.Map(mp.Str("a"), mp.Array(mp.Map(), mp.Float(1.5), mp.Str("text"), mp.Int64(-7)), mp.Str("b"), mp.Map(mp.Str("c"), mp.Bin(1, 2), mp.Str("d"), []byte{1}))},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.value)))
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = AppendJSON(dst[:0], c.value)
			}
		})
	}
}
