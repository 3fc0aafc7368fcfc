package httpbackend

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/k8slog/k8slog/plugin/backend"
)

// Compressor makes a body of the frames of a batch. NewCompressor makes it.
type Compressor struct {
	// Encoding is the value of Content-Encoding; empty for none.
	Encoding string
	pack     func(dst *bytes.Buffer, frames [][]byte) error
}

// zstdWindow is how far back the compression looks. A request has about a megabyte, and a
// larger window than that makes no difference but in memory: a compressor has it twice. There
// is no checksum, like in what the zstd library writes by default: TCP and TLS have their own.
const zstdWindow = 1 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// NewCompressor returns the compressor of a name: none, gzip, zstd or snappy
// (the block format, as Prometheus, Loki and VictoriaMetrics take it).
func NewCompressor(name string) (*Compressor, error) {
	switch name {
	case "none":
		return &Compressor{}, nil
	case "gzip":
		return &Compressor{Encoding: name, pack: stream(func() resetter {
			w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
			return w
		})}, nil
	case "zstd":
		return &Compressor{Encoding: name, pack: stream(func() resetter {
			w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
				zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(zstdWindow), zstd.WithEncoderCRC(false))
			return w
		})}, nil
	case "snappy":
		return &Compressor{Encoding: name, pack: snappyBlock}, nil
	}
	return nil, fmt.Errorf("unknown compression %q", name)
}

// Pack compresses the frames, joined, into memory that the body's Release
// returns to a pool. Without compression the frames themselves are the body.
func (c *Compressor) Pack(frames [][]byte) (backend.Body, error) {
	if c.pack == nil {
		return backend.Body{Parts: frames}, nil
	}
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	if err := c.pack(buf, frames); err != nil {
		return backend.Body{}, fmt.Errorf("cannot compress a request: %w", err)
	}
	if packed := buf.Bytes(); cap(packed) > 2*len(packed) {
		// snappy takes memory for the largest result. The body may wait long for an answer.
		packed = bytes.Clone(packed)
		buffers.Put(buf)
		return backend.Body{Parts: [][]byte{packed}, Release: func() {}}, nil
	}
	return backend.Body{
		Parts:   [][]byte{buf.Bytes()},
		Release: func() { buffers.Put(buf) },
	}, nil
}

type resetter interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// stream compresses with writers from a pool.
func stream(newWriter func() resetter) func(*bytes.Buffer, [][]byte) error {
	pool := sync.Pool{New: func() any { return newWriter() }}
	return func(dst *bytes.Buffer, frames [][]byte) error {
		w := pool.Get().(resetter)
		defer pool.Put(w)
		w.Reset(dst)
		for _, f := range frames {
			if _, err := w.Write(f); err != nil {
				return err
			}
		}
		return w.Close()
	}
}

// snappyBlock writes the block format, which needs the whole input in one piece.
func snappyBlock(dst *bytes.Buffer, frames [][]byte) error {
	whole := frames[0]
	if len(frames) > 1 {
		joined := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(joined)
		joined.Reset()
		for _, f := range frames {
			joined.Write(f)
		}
		whole = joined.Bytes()
	}
	most := s2.MaxEncodedLen(len(whole))
	if most < 0 {
		return fmt.Errorf("%d bytes are too many for snappy", len(whole))
	}
	dst.Grow(most)
	dst.Write(s2.EncodeSnappy(dst.AvailableBuffer()[:most], whole))
	return nil
}
