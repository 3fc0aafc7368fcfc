package elasticsearch

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

// newBackend makes one with the options given as name, value, …
func newBackend(t testing.TB, set ...string) *Backend {
	t.Helper()
	return backendtest.New(t, New, append([]string{"backend", "elasticsearch", "endpoint", "http://localhost"}, set...)...)
}

// parse reads options given as name, value.
func parse(set ...string) (*Config, *options.Config, error) {
	return backendtest.Parse[Config](append([]string{"backend", "elasticsearch", "endpoint", "http://localhost"}, set...)...)
}

// serve starts a server.
func serve(t testing.TB, s *fake.Elasticsearch) (url string) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

func source(b *Backend, s filters.Source) *filters.Source {
	s.Rendered = b.Render(&s)
	return &s
}

func text(s string) msgpack.Value {
	return append([]byte{0xda, byte(len(s) >> 8), byte(len(s))}, s...)
}

func field(key string, value msgpack.Value) filters.Field {
	return filters.Field{Key: []byte(key), Value: value}
}

// lines are the frame of records.
func lines(b *Backend, records ...*filters.Record) []string {
	return strings.Split(strings.TrimSuffix(string(frame(b, records...)), "\n"), "\n")
}

func frame(b *Backend, records ...*filters.Record) []byte {
	e := b.NewEncoder()
	for _, r := range records {
		e.Append(r)
	}
	return e.Frame()
}

// send sends frames, and gives the memory back.
func send(t testing.TB, b *Backend, items int, frames ...[]byte) error {
	t.Helper()
	body, err := b.Pack(frames)
	if err != nil {
		t.Fatal(err)
	}
	if body.Release != nil {
		defer body.Release()
	}
	body.Items = items
	return b.Send(t.Context(), body)
}

var _ backend.Backend = (*Backend)(nil)
