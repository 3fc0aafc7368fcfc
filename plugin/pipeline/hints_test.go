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
			if got := h.near(hint, chunk[at:], len(chunk), nil); got != want {
				t.Fatalf("at %d hint %d is near: %v (exception at %d, place at %d)", at, hint, got, exception, place)
			}
		}
	}
	if !h.near(multiline.Exception, nil, len(chunk), nil) {
		t.Error("behind the chunk nothing is near")
	}
}

// Beside a busy file, the exception of a quiet one is found behind the window, also when
// other files have exceptions before it; and where a file has no more lines, the exception
// may be in the next chunk.
func TestHintsOfAFile(t *testing.T) {
	filler := strings.Repeat("/var/log/busy 2026-11-22 10:00:00 INFO x ", multiline.HintWindow/8)
	other := "/var/log/other java.lang.IllegalStateException: boom "
	for _, c := range []struct {
		rest, file string
		want       bool
	}{
		{filler + "/var/log/quiet java.lang.IllegalStateException: boom", "/var/log/quiet", true},
		{filler + other + filler + "/var/log/quiet java.lang.IllegalStateException: boom", "/var/log/quiet", true},
		{filler + strings.Repeat(other, maxHints) + "/var/log/quiet java.lang.IllegalStateException: boom", "/var/log/quiet", false},
		{filler + other + filler + "/var/log/quiet done", "/var/log/quiet", false},
		{filler + other + filler, "/var/log/busy", false},
		{filler, "/var/log/quiet", true},
		{filler, "/var/log/busy", false},
		{filler, "", false},
		{strings.Repeat(filler, 1+lastWindow/len(filler)), "/var/log/quiet", false}, // too far from the end
	} {
		var h hints
		h.begin()
		for range 2 { // what is known of a hint stays
			if got := h.near(multiline.Exception, []byte(c.rest), len(c.rest), []byte(c.file)); got != c.want {
				t.Errorf("%s in %.60q… of %d: %v", c.file, c.rest, len(c.rest), got)
			}
		}
	}
}
