// Package file appends records to a file as lines of JSON, each batch on the
// disk before it is acknowledged.
package file

import (
	"context"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/rotatefile"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	backend.OnePartition
	file  *rotatefile.File
	idKey string
}

// New refuses a file that it cannot write.
func New(c *Config, _ *options.Config) (*Backend, error) {
	file, err := rotatefile.Open(c.Path, 0o640, rotatefile.Rotation{})
	if err != nil {
		return nil, &options.Error{
			Option: "file_path", Value: c.Path,
			Problem: "is not usable: " + err.Error() + "; allowed: a file that can be written",
		}
	}
	return &Backend{file: file, idKey: c.IDKey}, nil
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return ndjson.Render(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &ndjson.Encoder{IDKey: b.idKey} }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return backend.Body{Parts: frames}, nil
}

// Send implements backend.Backend. Every error of a disk may be temporary.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	return b.file.Append(ctx, body.Parts...)
}

// Close implements backend.Backend.
func (b *Backend) Close() error { return b.file.Close() }
