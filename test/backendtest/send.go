package backendtest

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/trace"
	"github.com/k8slog/k8slog/plugin/backend"
)

// Send sends records of one source, as a batch of a frame each.
func Send(t testing.TB, b backend.Backend, source *filters.Source, records ...filters.Record) error {
	t.Helper()
	source.Rendered, source.Partition = b.Render(source), b.Partition(source)
	var frames [][]byte
	for i := range records {
		e := b.NewEncoder()
		records[i].Source = source
		records[i].Position.Index = i
		trace.Filter{}.Apply(&records[i])
		e.Append(&records[i])
		frames = append(frames, e.Frame())
	}
	body, err := b.Pack(frames)
	if err != nil {
		t.Fatal(err)
	}
	if body.Release != nil {
		defer body.Release()
	}
	body.Items, body.Partition = len(records), source.Partition
	return b.Send(t.Context(), body)
}
