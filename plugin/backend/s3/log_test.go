package s3

import (
	"slices"
	"testing"

	"github.com/k8slog/k8slog/plugin/hostlog"
)

type lines []string

func (l *lines) Log(_ hostlog.Level, message string) { *l = append(*l, message) }

// Each file that cannot be read is in the log at once, also before the host's log is known.
func TestEachErrorIsLogged(t *testing.T) {
	var l log
	var got lines
	l.errorf("cannot read %s", "1")
	l.errorf("cannot read %s", "2%d")
	l.set(hostlog.NewThrottled(&got))
	l.errorf("cannot read %s", "3")
	l.errorf("cannot read %s", "3")
	if want := (lines{"cannot read 1", "cannot read 2%d", "cannot read 3"}); !slices.Equal(got, want) {
		t.Errorf("%q, wanted %q", got, want)
	}
}
