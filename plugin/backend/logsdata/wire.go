package logsdata

import "github.com/k8slog/k8slog/internal/protowire"

// The tags of the fields, from opentelemetry/proto (logs/v1, common/v1,
// resource/v1 and collector/logs/v1, 1.x).
const (
	requestResourceLogs = 1<<3 | protowire.Bytes

	resourceLogsResource = 1<<3 | protowire.Bytes
	resourceLogsScopes   = 2<<3 | protowire.Bytes
	resourceAttributes   = 1<<3 | protowire.Bytes

	scopeLogsScope   = 1<<3 | protowire.Bytes
	scopeLogsRecords = 2<<3 | protowire.Bytes
	scopeName        = 1<<3 | protowire.Bytes
	scopeVersion     = 2<<3 | protowire.Bytes

	recordTime           = 1<<3 | protowire.Fixed64
	recordSeverityNumber = 2<<3 | protowire.Varint
	recordSeverityText   = 3<<3 | protowire.Bytes
	recordBody           = 5<<3 | protowire.Bytes
	recordAttributes     = 6<<3 | protowire.Bytes
	recordDropped        = 7<<3 | protowire.Varint
	recordFlags          = 8<<3 | protowire.Fixed32
	recordTraceID        = 9<<3 | protowire.Bytes
	recordSpanID         = 10<<3 | protowire.Bytes
	recordObserved       = 11<<3 | protowire.Fixed64
	recordEventName      = 12<<3 | protowire.Bytes

	pairKey   = 1<<3 | protowire.Bytes
	pairValue = 2<<3 | protowire.Bytes

	valueString = 1<<3 | protowire.Bytes
	valueBool   = 2<<3 | protowire.Varint
	valueInt    = 3<<3 | protowire.Varint
	valueDouble = 4<<3 | protowire.Fixed64
	valueArray  = 5<<3 | protowire.Bytes
	valueMap    = 6<<3 | protowire.Bytes
	valueBytes  = 7<<3 | protowire.Bytes

	listValues = 1<<3 | protowire.Bytes // of an ArrayValue, and of a KeyValueList
)

// appendKey appends the key of a pair. An empty one is the field's default, and
// absent.
func appendKey(dst, key []byte) []byte {
	if len(key) == 0 {
		return dst
	}
	return protowire.AppendText(dst, pairKey, key)
}

// appendStringPair appends an attribute whose value is text that is valid UTF-8.
func appendStringPair[T string | []byte](dst []byte, tag byte, key string, value T) []byte {
	dst, pair := protowire.Open(dst, tag)
	dst = protowire.AppendBytes(dst, pairKey, key)
	dst, v := protowire.Open(dst, pairValue)
	dst = protowire.AppendBytes(dst, valueString, value)
	return protowire.Seal(protowire.Seal(dst, v), pair)
}
