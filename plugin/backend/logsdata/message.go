package logsdata

import "github.com/k8slog/k8slog/filters"

// MessageEncoder makes a LogsData of each record alone, for protocols whose messages are
// records. It serves one goroutine, and is made by NewMessageEncoder.
type MessageEncoder struct {
	one    recordEncoder
	record []byte // memory of one record
}

// NewMessageEncoder returns an encoder of single records.
func NewMessageEncoder() *MessageEncoder {
	return &MessageEncoder{one: newRecordEncoder()}
}

// Append appends a LogsData with one resource, one scope and the record. It keeps no
// reference to the record.
func (e *MessageEncoder) Append(dst []byte, r *filters.Record, resource *Resource) []byte {
	e.record = e.one.appendRecord(e.record[:0], r)
	return append(appendHead(dst, resource, len(e.record)), e.record...)
}
