package elasticsearch

import (
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
	action []byte
	hours  [2]atomic.Pointer[hourly]
}

type hourly struct {
	hour   int64 // since 1970
	action []byte
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
		source.shared, _ = ndjson.Render(s).([]byte)
	}
	if !b.index.Timed() {
		source.action = b.renderAction(s, 0)
	}
	return source
}

// actionAt returns the action line, up to the id, of a record of that time.
func (b *Backend) actionAt(source *rendered, ns int64) []byte {
	if source.action != nil {
		return source.action
	}
	hour := ns / int64(time.Hour)
	if ns < 0 {
		hour-- // which hour a time before 1970 is in does not matter
	}
	slot := &source.hours[hour&1]
	if h := slot.Load(); h != nil && h.hour == hour {
		return h.action
	}
	now := b.now()
	at := min(max(ns, now.Add(-oldest).UnixNano()), now.Add(newest).UnixNano())
	h := &hourly{hour, b.renderAction(&source.source, at)}
	slot.Store(h)
	return h.action
}

func (b *Backend) renderAction(s *filters.Source, ns int64) []byte {
	action := append([]byte(nil), `{"create":{"_index":`...)
	return jsontext.AppendString(action, indexName(b.index.Text(s, ns, nil)))
}
