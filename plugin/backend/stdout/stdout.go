// Package stdout prints records as lines of JSON: to try things out, and for
// those who collect Fluent Bit's own output.
package stdout

import (
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	mu  sync.Mutex // keeps the lines of a batch together
	out *os.File
}

// New writes to the process's standard output, through a descriptor of its
// own: on the first one Go ends the process when nobody reads it any more.
func New() (*Backend, error) {
	fd, err := syscall.Dup(syscall.Stdout)
	if err != nil {
		return nil, fmt.Errorf("cannot open the standard output: %w", err)
	}
	return &Backend{out: os.NewFile(uintptr(fd), "/dev/stdout")}, nil
}

// Form implements backend.Backend.
func (b *Backend) Form(s *filters.Source) any { return ndjson.Form(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return new(ndjson.Encoder) }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return backend.Body{Parts: frames}, nil
}

// Send implements backend.Backend.
func (b *Backend) Send(_ context.Context, body backend.Body) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, part := range body.Parts {
		if _, err := b.out.Write(part); err != nil {
			return fmt.Errorf("cannot write to the standard output: %w", err)
		}
	}
	return nil
}

// Close implements backend.Backend.
func (b *Backend) Close() error { return b.out.Close() }
