package azure

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsonshape"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/timestamp"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// The limits of a value: a longer one is cut off
// (https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api).
const (
	maxText   = 64_000
	maxFields = 60_000
)

// What is sure to be read of the fields of a record: the depth at which readers of JSON in
// .NET give up is 64, and of two members with the same name they keep one.
const (
	maxNested = 60
	maxKeys   = 1000
	maxKey    = 1000
)

// encoder writes records, with a comma between them. It implements backend.Encoder.
type encoder struct {
	idKey string
	now   func() time.Time
	buf   []byte
	clock timestamp.Formatter
	shape jsonshape.Shape

	// newest and oldest are the bounds of the times that a table keeps, for the records of
	// this frame; zero before its first one.
	newest, oldest int64

	names []uint64 // hashes of the names of the fields that are written
	text  []byte
}

func newEncoder(idKey string) *encoder {
	return &encoder{idKey: idKey, now: time.Now, shape: jsonshape.Shape{Nested: maxNested, Keys: maxKeys, Key: maxKey, Doubles: true}}
}

// Azure Monitor replaces a time that is further from now by the one at which it receives
// the record: two days before, and a day behind
// (https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns#timegenerated).
// A record may be on its way for hours.
const (
	keptBefore = 24 * time.Hour
	keptAfter  = 12 * time.Hour
)

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	dst := e.buf
	if len(dst) > 0 {
		dst = append(dst, ',')
	} else {
		now := e.now()
		e.oldest, e.newest = now.Add(-keptBefore).UnixNano(), now.Add(keptAfter).UnixNano()
	}
	dst = e.appendTime(dst, r.Time)
	if r.Log.Exists() {
		dst = append(dst, `,"LogMessage":"`...)
		dst = append(r.Log.AppendJSON(dst), '"')
	}
	switch r.Stream {
	case filters.Stdout:
		dst = append(dst, `,"LogSource":"stdout"`...)
	case filters.Stderr:
		dst = append(dst, `,"LogSource":"stderr"`...)
	}
	if name := levels[min(int(r.Severity), len(levels)-1)]; name != "" {
		dst = append(dst, `,"LogLevel":"`...)
		dst = append(dst, name...)
		dst = append(dst, `","SeverityNumber":`...)
		dst = strconv.AppendUint(dst, uint64(r.Severity), 10)
	}
	for _, f := range flags {
		if r.Flags&f.flag != 0 {
			dst = append(dst, f.text...)
		}
	}
	if r.Span.HasTraceID() {
		dst = append(dst, `,"TraceId":"`...)
		dst = append(hex.AppendEncode(dst, r.Span.TraceID[:]), '"')
		if r.Span.SpanID != [8]byte{} {
			dst = append(dst, `,"SpanId":"`...)
			dst = append(hex.AppendEncode(dst, r.Span.SpanID[:]), '"')
		}
	}
	if e.idKey != "" {
		dst = append(dst, ',', '"')
		dst = append(dst, e.idKey...)
		dst = append(dst, '"', ':', '"')
		dst = append(r.AppendID(dst), '"')
	}
	rendered, _ := r.Source.Rendered.([]byte)
	dst = append(dst, rendered...)
	if len(r.Fields) > 0 {
		dst = e.appendFields(dst, r.Fields)
	}
	e.buf = append(dst, '}')
}

// appendTime appends the time in microseconds, as tables of all plans take it. A time that
// would be replaced is there as a text, too.
func (e *encoder) appendTime(dst []byte, ns int64) []byte {
	dst = append(dst, `{"TimeGenerated":"`...)
	dst = e.clock.AppendTime(dst, ns)
	const nanoseconds = len("123Z")
	dst = append(dst[:len(dst)-nanoseconds], 'Z', '"')
	if ns < e.oldest || ns > e.newest {
		dst = append(dst, `,"OriginalTime":"`...)
		dst = append(e.clock.AppendTime(dst, ns), '"')
	}
	return dst
}

// levels are those of the column of that name of ContainerLogV2
// (https://learn.microsoft.com/azure/azure-monitor/containers/container-insights-logs-schema).
var levels = [...]string{
	filters.Trace: "TRACE", filters.Debug: "DEBUG", filters.Info: "INFO", filters.Notice: "INFO", filters.Warn: "WARNING",
	filters.Error: "ERROR", filters.Critical: "CRITICAL", filters.Alert: "CRITICAL", filters.Fatal: "CRITICAL", filters.Fatal + 1: "",
}

var flags = []struct {
	flag filters.Flags
	text string
}{
	{filters.Partial, `,"Partial":true`},
	{filters.Undecoded, `,"Undecoded":true`},
	{filters.Late, `,"Late":true`},
}

// appendFields appends the other fields of a record as one value: a stream has the columns
// that its rule declares, and what has none is dropped. Fields beyond the limit of a value
// are left out and counted, because a value that is cut off is no JSON any more.
func (e *encoder) appendFields(dst []byte, fields []filters.Field) []byte {
	e.names = e.names[:0]
	dst = append(dst, `,"Fields":`...)
	open, dropped := len(dst), 0
	for i := range fields {
		before := len(dst)
		dst = e.appendField(dst, &fields[i], i)
		if len(dst)-open > maxFields {
			dst = dst[:before]
			dropped++
		}
	}
	if len(dst) == open {
		dst = append(dst, '{')
	}
	dst[open] = '{' // in place of the first comma
	dst = append(dst, '}')
	if dropped > 0 {
		dst = append(dst, `,"FieldsDropped":`...)
		dst = strconv.AppendInt(dst, int64(dropped), 10)
	}
	return dst
}

// appendField appends field i, with a comma before it. A value that may not be read becomes
// a text.
func (e *encoder) appendField(dst []byte, f *filters.Field, i int) []byte {
	dst = e.appendName(append(dst, ',', '"'), f.Key, i)
	value := len(dst)
	dst = ndjson.AppendValue(dst, f)
	if dst[value] != '"' && !e.shape.Fits(dst[value:]) {
		e.text = append(e.text[:0], dst[value:]...)
		dst = jsontext.AppendString(dst[:value], e.text)
	}
	return dst
}

// appendName appends the name of field i, its closing quote and a colon. Of two fields with
// one name, the second gets another one.
func (e *encoder) appendName(dst, key []byte, i int) []byte {
	if key = key[:min(len(key), maxKey)]; len(bytes.TrimSpace(key)) == 0 {
		key = []byte("_")
	}
	for start, try := len(dst), 0; ; try++ {
		dst = dst[:start]
		if try > 0 {
			dst = append(dst, ndjson.FieldPrefix...)
		}
		if try > 1 || len(e.names) >= maxKeys {
			dst = strconv.AppendInt(dst, int64(i), 10) // which no other field has
			dst = append(dst, '_')
		}
		dst = jsontext.AppendBody(dst, key)
		hash := xxhash.Sum64(dst[start:])
		if try < 3 && slices.Contains(e.names, hash) {
			continue
		}
		e.names = append(e.names, hash)
		return append(dst, '"', ':')
	}
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf = e.buf[:0] }

var _ backend.Encoder = (*encoder)(nil)
