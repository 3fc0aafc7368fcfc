package pipeline

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/otlp"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// The names of the fields for what an event has besides its body.
var (
	keyMetadata = []byte("metadata")
	keyResource = []byte("resource")
	keyScope    = []byte("scope")
)

// addContext adds the metadata of an event, and the resource and the scope of its group.
// Metadata of OTLP is decoded. Everything else becomes fields.
func addContext(r *filters.Record, ev *chunk.Event) {
	metadata := ev.Metadata
	if members := metadata.Fields(); metadata.Len() == 1 {
		key, value, _ := members.Next()
		if name, _ := key.Text(); string(name) == otlp.Key && value.Type() == msgpack.Map {
			otlp.Decode(r, value)
			metadata = nil
		}
	}
	if metadata != nil {
		r.Fields = append(r.Fields, filters.Field{Key: keyMetadata, Value: metadata, Own: true})
	}
	group := ev.Group.Fields()
	for {
		key, value, ok := group.Next()
		if !ok {
			return
		}
		name, _ := key.Text()
		own := bytes.Equal(name, keyResource) || bytes.Equal(name, keyScope)
		r.Fields = append(r.Fields, filters.Field{Key: name, Value: value, Own: own})
	}
}

// group is the last group of events, and the source that its resource names.
type group struct {
	body   msgpack.Value
	source *filters.Source
	key    []byte // reused
	names  bool   // the resource names the source
}

// fromGroup sets the source from the group of an event.
func (d *decoder) fromGroup(r *filters.Record, body msgpack.Value) {
	if len(body) == 0 {
		return
	}
	last := &d.group
	if len(last.body) == 0 || &last.body[0] != &body[0] {
		last.source, last.key, last.names = d.sources.ByResource(body, last.key)
		last.body = body
	}
	if last.names {
		r.Source = last.source
	}
}
