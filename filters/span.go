package filters

import (
	"bytes"
	"encoding/hex"
)

// SpanContext is the W3C trace context that a record states
// (https://www.w3.org/TR/trace-context/). The writer of the record chooses it, so it
// is not trustworthy. The zero SpanContext stands for none.
type SpanContext struct {
	TraceID [16]byte
	// SpanID is zero when only the trace is known.
	SpanID [8]byte
	// Flags are the W3C trace flags. Bit 0 is set for a sampled trace.
	Flags byte
}

// HasTraceID returns whether the trace is known. A SpanContext without a trace ID is
// not usable.
func (s *SpanContext) HasTraceID() bool { return s.TraceID != [16]byte{} }

// SetField sets the part of s that a field states. It returns false, and leaves s
// unchanged, when loggers do not use the key for a trace context, when that part is
// set already, and when the value is invalid. Valid IDs are hexadecimal, have the
// exact length, and are not zero.
//
// The keys are those of W3C's terms in any case, with ".", "_", "-" or nothing between
// the words (trace_id, traceId, trace.id, TraceId), and those of Serilog's compact
// JSON, OpenTelemetry's logging for Python, and Google's agents. dd.trace_id is not
// one of them: Datadog's decimal number is a different ID.
func (s *SpanContext) SetField(key, value []byte) bool {
	switch spanKey(key) {
	case traceKey:
		if i := bytes.LastIndexByte(value, '/'); i >= 0 { // projects/<name>/traces/<id>
			value = value[i+1:]
		}
		return !s.HasTraceID() && decodeID(s.TraceID[:], value)
	case spanIDKey:
		return s.SpanID == [8]byte{} && decodeID(s.SpanID[:], value)
	case flagsKey:
		return s.setFlags(value)
	}
	return false
}

// setFlags sets the flags from a boolean or from two hexadecimal digits.
func (s *SpanContext) setFlags(value []byte) bool {
	var flags [1]byte
	switch string(value) {
	case "true", "True", "1":
		flags[0] = 1
	case "false", "False", "0":
	default:
		if len(value) != 2 {
			return false
		}
		if _, err := hex.Decode(flags[:], value); err != nil {
			return false
		}
	}
	s.Flags |= flags[0]
	return true
}

// decodeID decodes an ID into dst. It leaves dst unchanged when the ID is invalid.
func decodeID(dst, text []byte) bool {
	var id [16]byte
	if len(text) != 2*len(dst) {
		return false
	}
	if _, err := hex.Decode(id[:], text); err != nil || id == [16]byte{} {
		return false
	}
	copy(dst, id[:])
	return true
}

// spanKeyKind is the part of a SpanContext that a key stands for.
type spanKeyKind uint8

const (
	noSpanKey spanKeyKind = iota
	traceKey
	spanIDKey
	flagsKey
)

// spanKey returns the part of a SpanContext that a key stands for.
func spanKey(key []byte) spanKeyKind {
	switch string(key) {
	case "@tr", "logging.googleapis.com/trace":
		return traceKey
	case "@sp", "logging.googleapis.com/spanId":
		return spanIDKey
	case "logging.googleapis.com/trace_sampled":
		return flagsKey
	}
	var letters [16]byte
	n := 0
	for _, c := range key {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c < 'a' || c > 'z' {
			if c != '_' && c != '.' && c != '-' {
				return noSpanKey
			}
			continue
		}
		if n == len(letters) {
			return noSpanKey
		}
		letters[n] = c
		n++
	}
	switch string(letters[:n]) {
	case "traceid", "oteltraceid":
		return traceKey
	case "spanid", "otelspanid":
		return spanIDKey
	case "traceflags", "oteltracesampled":
		return flagsKey
	}
	return noSpanKey
}

// MayHaveTraceID returns false when text cannot contain a key of a trace ID. It is
// cheaper than parsing the text.
func MayHaveTraceID(text []byte) bool {
	return bytes.Contains(text, lowerTrace) || bytes.Contains(text, upperTrace) || bytes.Contains(text, serilogTrace)
}

// Each key of a trace ID contains one of these: "trace" in either case, whatever the
// case of its t, or Serilog's key.
var lowerTrace, upperTrace, serilogTrace = []byte("race"), []byte("RACE"), []byte(`"@tr"`)
