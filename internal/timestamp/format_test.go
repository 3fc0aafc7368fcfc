package timestamp

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

const formatLayout = "2006-01-02T15:04:05.000000000Z"

func TestFormatterAgreesWithPackageTime(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	times := []int64{
		0, 1, -1, 999_999_999, 1_000_000_000, -999_999_999, -1_000_000_000, -1_000_000_001,
		math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1, 951_782_400_000_000_000, 951_868_799_999_999_999, // around 29 February 2000
		-2_203_891_200_000_000_000, 4_107_542_400_000_000_000, // 1 March 1900, 2100
	}
	for range 20_000 {
		times = append(times, int64(r.Uint64()), int64(r.Uint64N(3e18)))
	}
	var used Formatter
	for _, ns := range times {
		want := time.Unix(0, ns).UTC().Format(formatLayout)
		for name, f := range map[string]*Formatter{"fresh": new(Formatter), "used": &used} {
			if got := f.AppendTime([]byte("x"), ns); string(got) != "x"+want {
				t.Fatalf("%s Formatter: %d is %s, want x%s", name, ns, got, want)
			}
		}
	}
	// The zero Formatter has no second cached, not even second 0.
	if got := new(Formatter).AppendTime(nil, 5); string(got) != "1970-01-01T00:00:00.000000005Z" {
		t.Errorf("got %s", got)
	}
}

func BenchmarkAppendTime(b *testing.B) {
	var f Formatter
	var dst []byte
	b.SetBytes(int64(len(formatLayout)))
	b.ReportAllocs()
	ns := int64(1533958925658698744)
	for b.Loop() {
		dst = f.AppendTime(dst[:0], ns)
		ns += 10_000_000 // a hundred records a second
	}
}
