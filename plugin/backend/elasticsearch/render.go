package elasticsearch

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// rendered is a source as it is written: what all of its documents share, and
// the action line up to the id.
type rendered struct {
	shared []byte
	source filters.Source
	// action is that of an index without a date. An index with a date has one
	// for each hour. The last two are kept, because records of two hours mix
	// around midnight.
	action *action
	hours  [2]atomic.Pointer[action]
}

// action is the index of a document, and the action line up to the id.
type action struct {
	index string
	line  []byte
	hour  int64 // since 1970
}

// The limits of a date in the name of an index, before and after now. The writer
// of a record may choose its time, and must not create any number of indices by
// it.
const (
	oldest = 30 * 24 * time.Hour
	newest = 24 * time.Hour
)

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	source := &rendered{source: *s}
	if b.ecs {
		source.shared = appendSharedECS(nil, s)
	} else {
		source.shared, _ = ndjson.RenderKeys(s, tagKey).([]byte)
	}
	if !b.index.Or(s.Index).Timed() {
		source.action = b.renderAction(s, 0)
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
	hour := ns / int64(time.Hour)
	if ns < 0 {
		hour-- // which hour a time before 1970 is in does not matter
	}
	slot := &source.hours[hour&1]
	if a := slot.Load(); a != nil && a.hour == hour {
		return a
	}
	now := b.now()
	at := min(max(ns, now.Add(-oldest).UnixNano()), now.Add(newest).UnixNano())
	a := b.renderAction(&source.source, at)
	a.hour = hour
	slot.Store(a)
	return a
}

func (b *Backend) renderAction(s *filters.Source, ns int64) *action {
	index := indexName(b.index.Or(s.Index).Text(s, ns, nil))
	return &action{index: index, line: jsontext.AppendString([]byte(`{"create":{"_index":`), index)}
}
