package pipeline

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters/multiline"
)

// A hint is near up to the window, and each place of a chunk is asked for in order.
func TestHints(t *testing.T) {
	filler := strings.Repeat("x", multiline.HintWindow)
	chunk := []byte("a" + filler + "java.lang.IllegalStateException: boom" + filler + filler + "main.go:12 " + filler + "b")
	exception := strings.Index(string(chunk), "Exception") + 1 // of the byte that is searched for
	place := strings.Index(string(chunk), ".go:")
	var h hints
	h.begin()
	for at := range chunk {
		for _, hint := range []multiline.Hint{multiline.Exception, multiline.GoPlace} {
			want := at < exception && exception-at <= multiline.HintWindow
			if hint == multiline.GoPlace {
				want = want || at <= place && place+1-at <= multiline.HintWindow
			}
			if got := h.near(hint, chunk[at:], len(chunk)); got != want {
				t.Fatalf("at %d hint %d is near: %v (exception at %d, place at %d)", at, hint, got, exception, place)
			}
		}
	}
	if !h.near(multiline.Exception, nil, len(chunk)) {
		t.Error("behind the chunk nothing is near")
	}
}
