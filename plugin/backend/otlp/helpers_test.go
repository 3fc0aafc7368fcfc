package otlp

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
)

var (
	_ backend.Backend  = (*Backend)(nil)
	_ backend.Filtered = (*Backend)(nil)
)

const when = int64(1533958925658698744)

func newBackend(t testing.TB, set ...string) *Backend {
	t.Helper()
	return backendtest.New(t, New, append([]string{"backend", "otlp", "endpoint", "http://localhost:4318/base"}, set...)...)
}

func pod(name string) *filters.Source {
	s := &filters.Source{Kind: filters.Container, Namespace: "default", Pod: name, Container: "blog", Node: "node-1"}
	s.Rendered = (*Backend)(nil).Render(s)
	return s
}

// encode is the frame of records.
func encode(b *Backend, records ...*filters.Record) []byte {
	e := b.NewEncoder()
	for _, r := range records {
		e.Append(r)
	}
	return e.Frame()
}
