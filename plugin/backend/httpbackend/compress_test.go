package httpbackend

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

var decoders = map[string]func([]byte) ([]byte, error){
	"none": func(b []byte) ([]byte, error) { return b, nil },
	"gzip": func(b []byte) ([]byte, error) {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	},
	"zstd": func(b []byte) ([]byte, error) {
		r, err := zstd.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	},
	"snappy": func(b []byte) ([]byte, error) { return snappy.Decode(nil, b) },
}

func TestPack(t *testing.T) {
	large := strings.Repeat("a line of text that repeats itself\n", 100_000)
	for name, decode := range decoders {
		c, err := NewCompressor(name)
		if err != nil || c.Encoding != strings.TrimPrefix(name, "none") {
			t.Fatal(name, c, err)
		}
		for _, parts := range [][]string{{""}, {"a"}, {"one", "", "two"}, {large}, {"x", large, "y"}} {
			frames, want := framesOf(parts...), strings.Join(parts, "")
			packed, err := c.Pack(frames)
			if err != nil {
				t.Fatal(name, err)
			}
			got, err := decode(bytes.Join(packed.Parts, nil))
			if err != nil || string(got) != want {
				t.Errorf("%s: %d bytes came back of %d, %v", name, len(got), len(want), err)
			}
			if name != "none" && len(want) > 1000 && packed.Len() > len(want)/5 {
				t.Errorf("%s: %d bytes became %d", name, len(want), packed.Len())
			}
			if packed.Release != nil {
				packed.Release()
			}
			if strings.Join(parts, "") != string(bytes.Join(frames, nil)) {
				t.Errorf("%s changed the frames", name)
			}
		}
	}
	if c, err := NewCompressor("lz4"); err == nil || !strings.Contains(err.Error(), `"lz4"`) {
		t.Error(c, err)
	}
}

// Bodies keep their bytes until they are released, however many there are.
func TestPackedBodiesDoNotMeet(t *testing.T) {
	for name, decode := range decoders {
		c, err := NewCompressor(name)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for worker := range 4 {
			all.Go(func() {
				for i := range 50 {
					want := strings.Repeat(fmt.Sprint(worker, i, " "), 1000)
					packed, err := c.Pack(framesOf(want[:500], want[500:]))
					if err != nil {
						t.Error(err)
						return
					}
					if got, err := decode(bytes.Join(packed.Parts, nil)); err != nil || string(got) != want {
						t.Errorf("%s: another body's bytes, %v", name, err)
					}
					if packed.Release != nil {
						packed.Release()
					}
				}
			})
		}
		all.Wait()
	}
}

func BenchmarkPack(b *testing.B) {
	frame := []byte(strings.Repeat(`{"time":"2018-08-11T03:42:05.658698744Z","log":"I0811 03:42:05.658378       1 main.go:83] ready","stream":"stderr"}`+"\n", 1000))
	for _, name := range []string{"gzip", "zstd", "snappy"} {
		b.Run(name, func(b *testing.B) {
			c, err := NewCompressor(name)
			if err != nil {
				b.Fatal(err)
			}
			frames := [][]byte{frame, frame}
			b.SetBytes(int64(2 * len(frame)))
			b.ReportAllocs()
			for b.Loop() {
				packed, err := c.Pack(frames)
				if err != nil {
					b.Fatal(err)
				}
				packed.Release()
			}
		})
	}
}

func framesOf(parts ...string) (frames [][]byte) {
	for _, p := range parts {
		frames = append(frames, []byte(p))
	}
	return frames
}
