package chunk

import "testing"

func BenchmarkReader(b *testing.B) {
	data := sample(1000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	var ev Event
	for b.Loop() {
		for r := NewReader(data); r.Next(&ev); {
		}
	}
}

func BenchmarkFields(b *testing.B) {
	v := Value(map32(str("log"), str("text"), str("stream"), str("stderr"), str("n"), int64s(-1), str("m"), maps(str("a"), array(str("b")))))
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
		{"text", Value(sized(formatStr16, 2, sample(1)))},
		{"nested", maps(str("a"), array(maps(), float(1.5), str("text"), int64s(-7)), str("b"), maps(str("c"), bin(1, 2), str("d"), []byte{1}))},
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
