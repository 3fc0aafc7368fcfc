package kafka

import (
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/logsdata"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// rendered is a source as it is written: what all values of it share, its key, and its topic.
type rendered struct {
	shared   []byte             // with kafka_format json
	resource *logsdata.Resource // with kafka_format otlp
	key      string
	source   filters.Source
	topic    string                 // of a template without a date
	topics   backend.ByHour[string] // of one with a date
}

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
	if topic := source.topics.Load(ns); topic != nil {
		return *topic
	}
	at := backend.DateFor(ns, time.Now())
	return *source.topics.Store(ns, topicName(b.topic.Or(source.source.Index).Text(&source.source, at, nil)))
}
