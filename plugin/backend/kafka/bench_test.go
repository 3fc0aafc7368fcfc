package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// BenchmarkSend is from the frame to the answer of a broker in the same process.
func BenchmarkSend(b *testing.B) {
	for _, compression := range []string{"none", "lz4", "zstd"} {
		b.Run(compression, func(b *testing.B) {
			c := cluster(b, kfake.SeedTopics(3, "k8slog"))
			k := newBackend(b, c, "compression", compression)
			records, _ := numbered(k, "shop", 4000)
			made := body(b, k, records...)
			b.SetBytes(int64(made.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := k.Send(b.Context(), made); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	c := cluster(b)
	for _, format := range []string{"json", "otlp"} {
		b.Run(format, func(b *testing.B) {
			k := newBackend(b, c, "kafka_format", format)
			r := record(k, "shop", "an ordinary line of some length, as programs write them all day")
			e := k.NewEncoder()
			b.ReportAllocs()
			for b.Loop() {
				if e.Append(r); e.Size() > 1<<20 {
					e.Reset()
				}
			}
		})
	}
}
