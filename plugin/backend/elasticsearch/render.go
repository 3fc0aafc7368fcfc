package elasticsearch

import (
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// rendered is a source as it is written: what all of its documents share, and
// the action line up to the id.
type rendered struct {
	shared  []byte
	source  filters.Source
	action  *action                // of an index without a date
	actions backend.ByHour[action] // of one with a date
}

// action is the index of a document, and the action line up to the id.
type action struct {
	index string
	line  []byte
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	source := &rendered{source: *s}
	if b.ecs {
		source.shared = appendSharedECS(nil, s)
	} else {
		source.shared, _ = ndjson.RenderKeys(s, tagKey).([]byte)
	}
	if !b.index.Or(s.Index).Timed() {
		a := b.renderAction(s, 0)
		source.action = &a
	}
	return source
}

// tagKey returns the key of a label or an annotation. A dot would begin an object, and the
// labels app and app.kubernetes.io/name a text and an object with the same name, which a
// mapping refuses. _ is what Fluent Bit's es output (Replace_Dots) and Elastic Agent write.
func tagKey(key string) string {
	key = strings.ReplaceAll(key[:min(len(key), maxKey)], ".", "_")
	if strings.TrimSpace(key) == "" || strings.ContainsRune(key, 0) {
		return ""
	}
	return key
}

// Scope implements backend.Scoped: the index, on which the server decides by
// itself.
func (b *Backend) Scope(r *filters.Record) string {
	source, _ := r.Source.Rendered.(*rendered)
	return b.actionAt(source, r.Time).index
}

// actionAt returns the action of a record of that time.
func (b *Backend) actionAt(source *rendered, ns int64) *action {
	if source.action != nil {
		return source.action
	}
	if a := source.actions.Load(ns); a != nil {
		return a
	}
	return source.actions.Store(ns, b.renderAction(&source.source, backend.DateFor(ns, b.now())))
}

func (b *Backend) renderAction(s *filters.Source, ns int64) action {
	index := indexName(b.index.Or(s.Index).Text(s, ns, nil))
	return action{index: index, line: jsontext.AppendString([]byte(`{"create":{"_index":`), index)}
}
