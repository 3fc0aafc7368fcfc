// Package http delivers to any server that takes lines of JSON, or arrays.
package http

import (
	"context"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	*httpbackend.Backend
	method  string
	array   bool // the body is an array of JSON, and not lines
	idKey   string
	keys    *ndjson.Keys // nil for the project's own
	preset  *preset
	answers Answers
}

// New returns the backend with these options.
func New(c *Config, common *options.Config) (*Backend, error) {
	p := protocol
	p.ContentType = contentTypes[c.Format]
	base, err := httpbackend.New(&c.Config, common, p)
	if err != nil {
		return nil, err
	}
	return &Backend{
		Backend: base, method: c.Method, array: c.Format == "json", idKey: c.IDKey, keys: c.keys(), preset: presetOf(c.Vendor), answers: c.Answers,
	}, nil
}

// contentTypes are those of the choices of http_format.
var contentTypes = map[string]string{"ndjson": "application/x-ndjson", "json": "application/json"}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	rendered, _ := ndjson.Render(s).([]byte)
	if b.preset.render != nil {
		rendered = b.preset.render(rendered, s)
	}
	return rendered
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder {
	return &ndjson.Encoder{IDKey: b.idKey, Comma: b.array, Keys: b.keys}
}

var arrayBegin, arrayEnd = []byte("["), []byte("]")

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	if !b.array {
		return b.Backend.Pack(frames)
	}
	return b.PackList(arrayBegin, frames, arrayEnd)
}

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	if err := b.preset.tooMany(body.Items); err != nil {
		return err
	}
	answer, err := b.Client.Do(ctx, b.method, body, b.Headers(body.Partition)...)
	if err != nil {
		return err
	}
	if err := b.answers.classify(answer); err != nil || b.preset.partial == nil {
		return err
	}
	err = b.preset.partial(answer, body.Items)
	if partial, ok := err.(*backend.PartialError); ok {
		for _, verdict := range partial.Items {
			if rejected, ok := verdict.(*backend.Rejected); ok {
				rejected.Answer = b.Client.Clean(rejected.Answer)
			}
		}
	}
	return err
}
