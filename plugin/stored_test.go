package plugin

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

type storing struct {
	backend.Backend
	stored backend.Stored
}

func (s storing) Stored() backend.Stored { return s.stored }

// The health tells of uploads that fail whichever destination they are of.
func TestUploadsOfAnyDestinationAreStuck(t *testing.T) {
	now := time.Now()
	in := &Instance{own: destination{backend: storing{}}}
	for _, name := range []string{"a", "b", "c"} {
		in.destinations = append(in.destinations, &destination{Destination: Destination{Name: name}, backend: storing{}})
	}
	if s := in.uploadsStuck(); s != nil {
		t.Errorf("%v", s.err)
	}
	in.destinations[1].backend = storing{stored: backend.Stored{Records: 7, FailingSince: now, Err: errors.New("denied")}}
	in.destinations[2].backend = storing{stored: backend.Stored{Records: 8, FailingSince: now.Add(time.Hour), Err: errors.New("later")}}
	if s := in.uploadsStuck(); s == nil || !s.since.Equal(now) || !strings.Contains(s.err.Error(), "uploads of destination b fail") {
		t.Errorf("%+v", s)
	}
}
