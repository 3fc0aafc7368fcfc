package kafka

import (
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend/logsdata"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// rendered is a source as it is written: what all values of it share, its key, and its topic.
type rendered struct {
	shared   []byte             // with kafka_format json
	resource *logsdata.Resource // with kafka_format otlp
	key      string
	source   filters.Source
	// topic is that of a template without a date. A topic with a date has one for each hour.
	// The last two are kept, because records of two hours mix around midnight.
	topic string
	hours [2]atomic.Pointer[dated]
}

type dated struct {
	topic string
	hour  int64 // since 1970
}

// The limits of a date in the name of a topic, before and after now. The writer of a record may
// choose its time, and must not create any number of topics by it.
const (
	oldest = 30 * 24 * time.Hour
	newest = 24 * time.Hour
)

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	source := &rendered{source: *s, key: b.key.Text(s, 0, nil)}
	if b.otlp {
		source.resource = logsdata.Render(s)
	} else {
		source.shared, _ = ndjson.Render(s).([]byte)
	}
	if template := b.topic.Or(s.Index); !template.Timed() {
		source.topic = topicName(template.Text(s, 0, nil))
	}
	return source
}

// Scope implements backend.Scoped: the topic, on which the brokers decide by itself.
func (b *Backend) Scope(r *filters.Record) string {
	source, _ := r.Source.Rendered.(*rendered)
	return b.topicAt(source, r.Time)
}

// topicAt returns the topic of a record of that time.
func (b *Backend) topicAt(source *rendered, ns int64) string {
	if source.topic != "" {
		return source.topic
	}
	hour := ns / int64(time.Hour)
	if ns < 0 {
		hour-- // which hour a time before 1970 is in does not matter
	}
	slot := &source.hours[hour&1]
	if d := slot.Load(); d != nil && d.hour == hour {
		return d.topic
	}
	now := time.Now()
	at := min(max(ns, now.Add(-oldest).UnixNano()), now.Add(newest).UnixNano())
	d := &dated{topic: topicName(b.topic.Or(source.source.Index).Text(&source.source, at, nil)), hour: hour}
	slot.Store(d)
	return d.topic
}
