// Package backendtest makes backends in their tests.
package backendtest

import (
	"testing"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
)

// New makes a backend by its New, with options given as name, value, …, of
// which later ones replace earlier ones. It is closed when the test ends.
func New[B backend.Backend](t testing.TB, makes func(*options.Config) (B, error), set ...string) B {
	t.Helper()
	values := map[string]string{}
	for i := 0; i < len(set); i += 2 {
		values[set[i]] = set[i+1]
	}
	c, err := options.Parse(func(name string) string { return values[name] })
	if err != nil {
		t.Fatal(err)
	}
	b, err := makes(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}
