package elasticsearch

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsonshape"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

const (
	// maxNested is how deep a value may nest. A flattened field takes 20.
	maxNested = 16
	// maxKeys is how many keys an object may have.
	maxKeys = 256
	// maxKey is how long a key may be: above 32766 bytes, with its value,
	// Lucene refuses the document.
	maxKey = 512
)

// fieldWriter writes the other fields of a record, so that the server never
// refuses a document for their keys. It is made by newFieldWriter, and serves
// one goroutine.
type fieldWriter struct {
	names []uint64 // hashes of the keys that are written
	shape jsonshape.Shape
	text  []byte
}

func newFieldWriter() fieldWriter {
	return fieldWriter{shape: jsonshape.Shape{Nested: maxNested, Keys: maxKeys, Key: maxKey}}
}

// append appends fields, each with a comma before it, but for those of which
// skip has the bit set.
//
// Keys that a record has twice, or that are the document's own, get another
// name. An object that the server would refuse is kept as text under such a
// name; one that a filter found in the record's text is left out, because the
// text has it.
func (w *fieldWriter) append(dst []byte, fields []filters.Field, skip uint64) []byte {
	w.names = w.names[:0]
	for i := range fields {
		if i < 64 && skip&(1<<i) != 0 {
			continue
		}
		f := &fields[i]
		start := len(dst)
		dst = w.appendKey(dst, f, i, asIs)
		value := len(dst)
		dst = ndjson.AppendValue(dst, f)
		if dst[value] != '{' && dst[value] != '[' || w.shape.Fits(dst[value:]) {
			continue
		}
		if f.Own && f.Value == nil {
			dst = dst[:start]
			continue
		}
		w.text = append(w.text[:0], dst[value:]...)
		dst = w.appendKey(dst[:start], f, i, prefixed)
		dst = jsontext.AppendString(dst, w.text)
	}
	return dst
}

// naming is how a key is written, the best first.
type naming uint8

const (
	asIs     naming = iota
	prefixed        // with ndjson.FieldPrefix before it
	numbered        // with the field's number as well
)

// appendKey appends a comma, and the key of field i with its colon: named like
// that, or like the next one that is free.
func (w *fieldWriter) appendKey(dst []byte, f *filters.Field, i int, as naming) []byte {
	if as == asIs && !f.Own && reserved(f.Key) {
		as = prefixed
	}
	if i >= maxKeys {
		as = numbered // which no other field can have
	}
	dst = append(dst, ',', '"')
	for start := len(dst); ; as++ {
		dst = dst[:start]
		if as >= prefixed {
			dst = append(dst, ndjson.FieldPrefix...)
		}
		if as == numbered {
			dst = strconv.AppendInt(dst, int64(i), 10)
			dst = append(dst, '_')
		}
		dst = appendName(dst, f.Key)
		hash := xxhash.Sum64(dst[start:])
		if as == numbered || !slices.Contains(w.names, hash) {
			if i < maxKeys {
				w.names = append(w.names, hash)
			}
			return append(dst, '"', ':')
		}
	}
}

// appendName appends a key as the inside of a string: with _ for dots, which
// would make objects of it, and for what the server takes in no name, not
// longer than it takes.
func appendName(dst, key []byte) []byte {
	if len(key) > maxKey {
		key = key[:maxKey]
	}
	start := len(dst)
	dst = jsontext.AppendBody(dst, key)
	for i := start; i < len(dst); i++ {
		if dst[i] == '.' {
			dst[i] = '_'
		}
	}
	if bytes.IndexByte(key, 0) >= 0 || len(bytes.TrimSpace(key)) == 0 {
		return append(dst[:start], '_')
	}
	return dst
}

// serverFields are the fields that a document cannot have for one of a record:
// @timestamp and data_stream, and the metadata fields of Elasticsearch and
// OpenSearch, for which they refuse the document
// (https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/document-metadata-fields).
var serverFields = []string{
	"@timestamp", "data_stream",
	"_id", "_index", "_type", "_source", "_routing", "_field_names", "_ignored", "_ignored_source", "_seq_no", "_primary_term",
	"_version", "_size", "_tier", "_doc_count", "_nested_path", "_data_stream_timestamp", "_feature", "_inference_fields", "_parent",
	"_recovery_source", "_tsid", "_ts_routing_hash",
}

var isServerField = backend.NewNames(serverFields...)

// reserved reports whether a key is one of a document's own, or of the server's.
func reserved(key []byte) bool { return isServerField.Has(key) || ndjson.Reserved(key) }
