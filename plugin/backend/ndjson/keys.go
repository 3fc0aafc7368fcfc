package ndjson

import (
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// TimeFormat is how a line has its time.
type TimeFormat uint8

// The formats: a text by RFC 3339 with nine decimals, or milliseconds or microseconds since
// 1970 as a number.
const (
	RFC3339 TimeFormat = iota
	UnixMilliseconds
	UnixMicroseconds
)

// Keys are names for what a line has, where a receiver knows others than the project's own.
// They need no escapes. NewKeys makes them ready.
type Keys struct {
	// Time, Text and Severity take the place of time, log and severity.
	Time, Text, Severity string
	TimeFormat           TimeFormat
	// Data is the name of an object that has all but the time; empty for none.
	Data string
	// More are further names that only the plugin writes: those of what a backend adds to
	// its rendered sources.
	More []string

	begin, data, text, severity string
	names                       []string
}

// NewKeys returns the keys, ready.
func NewKeys(k Keys) *Keys {
	k.begin = `{"` + k.Time + `":`
	k.text = `,"` + k.Text + `":"`
	k.severity = `,"` + k.Severity + `":"`
	if k.Data != "" {
		k.data = `,"` + k.Data + `":`
	}
	k.names = append([]string{k.Time, k.Text, k.Severity}, k.More...)
	return &k
}

// Has reports whether a name is one of the keys.
func (k *Keys) Has(key []byte) bool {
	for _, name := range k.names {
		if isKey(key, name) {
			return true
		}
	}
	return false
}

func (k *Keys) appendRecord(dst []byte, r *filters.Record, rendered []byte, clock *timestamp.Formatter, idKey string) []byte {
	dst = append(dst, k.begin...)
	switch k.TimeFormat {
	case UnixMilliseconds:
		dst = strconv.AppendInt(dst, r.Time/1e6, 10)
	case UnixMicroseconds:
		dst = strconv.AppendInt(dst, r.Time/1e3, 10)
	default:
		dst = append(clock.AppendTime(append(dst, '"'), r.Time), '"')
	}
	dst = append(dst, k.data...)
	open := len(dst)
	if r.Log.Exists() {
		dst = append(dst, k.text...)
		dst = append(r.Log.AppendJSON(dst), '"')
	}
	dst = appendRest(dst, k.severity, r, rendered)
	if idKey != "" {
		dst = append(appendKey(dst, idKey), '"')
		dst = append(r.AppendID(dst), '"')
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		if dst = append(dst, ','); k.Has(f.Key) { // also one of the plugin's own
			dst = append(dst, '"')
			dst = append(dst, FieldPrefix...)
			dst = jsontext.AppendBody(dst, f.Key)
			dst = AppendValue(append(dst, '"', ':'), f)
			continue
		}
		dst = appendField(dst, f, idKey)
	}
	if k.data != "" {
		if len(dst) == open {
			dst = append(dst, '{')
		} else {
			dst[open] = '{' // in place of the first comma
		}
		dst = append(dst, '}')
	}
	return append(dst, '}', '\n')
}
