package disk

import (
	"math/rand/v2"
	"testing"
)

// TestRanges compares random operations with a set of single bytes.
func TestRanges(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		const size = 64
		var r ranges
		var model [size]bool
		for range 30 {
			begin := random.Int64N(size)
			s := span{begin, begin + random.Int64N(size-begin+1)}
			adding := random.IntN(3) > 0
			if adding {
				r.add(s, 0)
			} else {
				r.remove(s)
			}
			for i := s.begin; i < s.end; i++ {
				model[i] = adding
			}
			var want int64
			for i, in := range model {
				if in {
					want++
				}
				if got := r.covers(span{int64(i), int64(i + 1)}); got != in {
					t.Fatalf("seed %d: byte %d of %v: %v", seed, i, r, got)
				}
			}
			if r.bytes() != want {
				t.Fatalf("seed %d: %v has %d bytes, want %d", seed, r, r.bytes(), want)
			}
			if missing := r.gaps(0, size, 0); missing.bytes() != size-want {
				t.Fatalf("seed %d: the gaps of %v are %v", seed, r, missing)
			}
			for i := 1; i < len(r); i++ {
				if r[i-1].end >= r[i].begin {
					t.Fatalf("seed %d: %v is not in order", seed, r)
				}
			}
		}
	}
}

func TestRangesMergeAcrossLineFeeds(t *testing.T) {
	var r ranges
	for _, s := range []span{{0, 10}, {11, 20}, {40, 50}, {22, 39}} {
		r.add(s, lineEnd)
	}
	if len(r) != 1 || !r.covers(span{0, 50}) {
		t.Fatal(r)
	}
	if gaps := (ranges{{0, 10}, {12, 20}}).gaps(0, 22, lineEnd); len(gaps) != 0 {
		t.Fatal(gaps)
	}
}
