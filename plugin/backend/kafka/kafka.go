// Package kafka delivers to Apache Kafka, and to what speaks its protocol
// (https://kafka.apache.org/protocol): one record of Kafka for each record, with acks=all and
// an idempotent producer.
//
// The client (franz-go) repeats a request whose answer was lost with the same sequence
// numbers, by which the broker knows what it has. So the client is never told to give up what
// may be stored, and Send waits for it. What was not sent yet, or was refused, it gives up
// after a few tries, and the plugin's delivery tries it again.
package kafka

import (
	"cmp"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/trace"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend and backend.Filtered. It is made by New.
type Backend struct {
	backend.OnePartition
	topic, key options.Template
	idKey      string
	otlp       bool // values are LogsData, and JSON else
	traceIDs   bool
	idHeader   string
	headers    []kgo.RecordHeader // of every record
	texts      backend.TextLimit
	log        *clientLog
	waiting    waiting

	// shared sends the records of all requests, and the client puts them into common
	// batches. alone sends one record at a time: see sendAlone.
	shared, alone *producer
}

// fieldsReserve is how many bytes of a record are kept for what stands beside the text.
const fieldsReserve = 64 << 10

// New returns the backend with these options. It connects to nothing, and fails when a file of
// the credentials cannot be read.
func New(c *Config, common *options.Config) (*Backend, error) {
	b := &Backend{
		topic: c.Topic, key: c.Key, idKey: c.IDKey, idHeader: c.IDHeader, headers: c.Headers,
		otlp: c.OTLP, traceIDs: c.OTLP && c.TraceIDs,
		texts: backend.TextLimit{Bytes: max(c.MaxMessage-fieldsReserve, c.MaxMessage/2), Escaped: !c.OTLP},
		log:   &clientLog{},
	}
	b.texts.Bytes = cmp.Or(common.TextBytes, b.texts.Bytes)
	opts, err := clientOptions(c, common, b.log)
	if err != nil {
		return nil, err
	}
	if b.shared, err = newProducer(opts); err != nil {
		return nil, &options.Error{Option: "brokers", Value: c.brokers(), Problem: "is not usable: " + err.Error() + "; allowed: host:port, several separated by commas"}
	}
	b.alone = &producer{opts: opts, lock: make(chan struct{}, 1)}
	return b, nil
}

// SetLog implements backend.Logging.
func (b *Backend) SetLog(log *hostlog.Throttled) { b.log.to.Store(log) }

// TextLimit implements backend.Limited.
func (b *Backend) TextLimit() backend.TextLimit { return b.texts }

// Filters implements backend.Filtered. JSON has no place for a trace of its own.
func (b *Backend) Filters() []filters.Filter {
	return filters.Chain{}.With(b.traceIDs, trace.Filter{})
}

// Pack implements backend.Backend. The client compresses what it puts into a batch.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return backend.Body{Parts: frames}, nil
}

// Close implements backend.Backend.
func (b *Backend) Close() error {
	b.shared.close()
	b.alone.close()
	return nil
}
