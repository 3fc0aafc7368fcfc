package chunk

import (
	"testing"
)

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
