// Package backendtest makes backends in their tests.
package backendtest

import (
	"testing"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
)

// New makes a backend by its New, with options given as name, value, …, of
// which later ones replace earlier ones. It is closed when the test ends.
func New[C any, G interface {
	*C
	options.Group
}, B backend.Backend](t testing.TB, makes func(G, *options.Config) (B, error), set ...string) B {
	t.Helper()
	own, common, err := Parse[C, G](set...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := makes(own, common)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// Parse reads the options of a backend, whose name is that of its package under
// backend, and those of all outputs.
func Parse[C any, G interface {
	*C
	options.Group
}](set ...string) (G, *options.Config, error) {
	values := map[string]string{}
	for i := 0; i < len(set); i += 2 {
		values[set[i]] = set[i+1]
	}
	schema := options.Schema{{Name: values["backend"], New: func() options.Group { return G(new(C)) }}}
	common, own, err := schema.Parse(func(name string) string { return values[name] })
	if err != nil {
		return nil, nil, err
	}
	return own.(G), common, nil
}
