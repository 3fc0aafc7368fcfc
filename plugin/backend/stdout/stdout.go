// Package stdout prints records as lines of JSON: to try things out, and for
// those who collect Fluent Bit's own output.
package stdout

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	backend.OnePartition
	lock  chan struct{} // holds a token while a batch is written
	out   *os.File
	idKey string
}

// New opens the process's standard output through a descriptor of its own. On
// descriptor 1 itself, Go ends the process once nobody reads it any more.
func New(c *Config, _ *options.Config) (*Backend, error) {
	fd, err := syscall.Dup(syscall.Stdout)
	if err != nil {
		return nil, fmt.Errorf("cannot open the standard output: %w", err)
	}
	return &Backend{lock: make(chan struct{}, 1), out: os.NewFile(uintptr(fd), "/dev/stdout"), idKey: c.IDKey}, nil
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return ndjson.Render(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &ndjson.Encoder{IDKey: b.idKey} }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return backend.Body{Parts: frames}, nil
}

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	select {
	case b.lock <- struct{}{}:
		defer func() { <-b.lock }()
	case <-ctx.Done():
		return fmt.Errorf("cannot write to the standard output: nobody reads it: %w", ctx.Err())
	}
	for _, part := range body.Parts {
		if _, err := b.out.Write(part); err != nil {
			return fmt.Errorf("cannot write to the standard output: %w", err)
		}
	}
	return nil
}

// Close implements backend.Backend.
func (b *Backend) Close() error { return b.out.Close() }
