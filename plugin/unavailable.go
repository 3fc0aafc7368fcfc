package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/internal/regular"
	"github.com/k8slog/k8slog/plugin/backend"
)

// Guest is implemented by a Host that may run while another process has an output with the
// same options, as that of k8slog replay does. A backend whose folder the other process uses
// takes nothing then, and keeps the others from nothing.
type Guest interface {
	// IsGuest reports whether another process may have the output.
	IsGuest() bool
}

// makeBackend calls newBackend. For a guest it returns a backend that is unavailable in place
// of one whose folder another process uses.
func (in *Instance) makeBackend(newBackend func() (backend.Backend, error)) (backend.Backend, error) {
	made, err := newBackend()
	var used *regular.InUseError
	if in.isGuest && errors.As(err, &used) {
		return &unavailable{err: err}, nil
	}
	return made, err
}

// unavailable is a backend whose folder another process uses. It takes nothing.
type unavailable struct {
	backend.OnePartition
	err error
}

func (u *unavailable) Render(*filters.Source) any               { return nil }
func (u *unavailable) NewEncoder() backend.Encoder              { return new(size) }
func (u *unavailable) Pack([][]byte) (backend.Body, error)      { return backend.Body{}, nil }
func (u *unavailable) Send(context.Context, backend.Body) error { return u.err }
func (u *unavailable) Close() error                             { return nil }

// size is an encoder that writes a byte for each record.
type size struct{ frame []byte }

func (s *size) Append(*filters.Record) { s.frame = append(s.frame, '\n') }
func (s *size) Size() int              { return len(s.frame) }
func (s *size) Frame() []byte          { return s.frame }
func (s *size) Reset()                 { s.frame = s.frame[:0] }

// DestinationError returns why the destination with a name can take no records; nil when
// nothing is known against it. Without a name it is any of the destinations, because the
// routes may select all of them.
func (in *Instance) DestinationError(name string) error {
	if u, is := in.own.backend.(*unavailable); is && (name == "" || name == rules.OwnDestination) {
		return u.err
	}
	for _, d := range in.destinations {
		if u, is := d.backend.(*unavailable); is && (name == "" || name == d.Name) {
			return fmt.Errorf("destination %s: %w", d.Name, u.err)
		}
	}
	return nil
}
