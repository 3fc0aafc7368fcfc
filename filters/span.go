package filters

import (
	"bytes"
	"encoding/hex"
)

// SpanContext is the span of a trace in which a record was written, as the
// record says itself: whoever writes a text chooses it, and it proves nothing.
// The IDs are those of W3C (https://www.w3.org/TR/trace-context/). The zero
// SpanContext is none.
type SpanContext struct {
	TraceID [16]byte
	// SpanID is zero where only the trace is known.
	SpanID [8]byte
	// Flags are W3C's trace flags: 1 for a trace that was sampled.
	Flags byte
}

// Known says whether there is a trace: a span alone says nothing.
func (s *SpanContext) Known() bool { return s.TraceID != [16]byte{} }

// Take takes in a key and its value, if it is one under which loggers write a
// part of the span, and the value fits: hexadecimal, of the right length, and
// not zero. It returns false for all else. What is there already stays.
//
// Keys may be spelt in any case and with anything between their words:
// trace_id, traceId, trace.id, TraceId. The others are those of Serilog's compact
// JSON, OpenTelemetry's logging for Python, and Google's agents. Datadog's
// dd.trace_id is a decimal number, and not the same ID.
func (s *SpanContext) Take(key, value []byte) bool {
	switch spanKey(key) {
	case traceKey:
		if i := bytes.LastIndexByte(value, '/'); i >= 0 { // projects/<name>/traces/<id>
			value = value[i+1:]
		}
		return !s.Known() && decodeID(s.TraceID[:], value)
	case spanIDKey:
		return s.SpanID == [8]byte{} && decodeID(s.SpanID[:], value)
	case flagsKey:
		return s.takeFlags(value)
	}
	return false
}

func (s *SpanContext) takeFlags(value []byte) bool {
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

// decodeID reads an ID, and leaves dst as it was when it is none.
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

type spanKeyKind uint8

const (
	noSpanKey spanKeyKind = iota
	traceKey
	spanIDKey
	flagsKey
)

// spanKey says what stands under a key.
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

// MaySpan says, at little cost, whether a text can name a span.
func MaySpan(text []byte) bool {
	return bytes.Contains(text, lowerTrace) || bytes.Contains(text, upperTrace) || bytes.Contains(text, serilogTrace)
}

// All keys of a trace but Serilog's have one of these.
var lowerTrace, upperTrace, serilogTrace = []byte("race"), []byte("RACE"), []byte(`"@tr"`)
