// Package filters defines the log record (Record), its parts (Text, Severity,
// SpanContext, Source, Field, Position), and Filter, the interface of everything
// that changes a record after it is decoded. Each package below filters reads one
// format, or is one filter.
package filters

import (
	"bytes"
	"slices"
	"sync/atomic"

	"github.com/k8slog/k8slog/internal/msgpack"
)

// Record is one log record. All bytes that a Record refers to are a part of the
// chunk or of Scratch: they are valid until the next Reset, and a filter must not
// retain them. The zero Record is ready for use.
type Record struct {
	// Time is in nanoseconds since 1970, UTC.
	Time int64
	// Observed is the time of the event in nanoseconds since 1970, as Fluent Bit set
	// it. For an input without a parser this is when the input read the line.
	Observed int64
	// Log is the text, without its final line feed; the zero Text for a record
	// without a text.
	Log Text
	// Stream is the container's output stream.
	Stream Stream
	// Severity is the severity that the record states; zero for none.
	Severity Severity
	// FallbackSeverity becomes the Severity of a record whose text states none; zero
	// for none.
	FallbackSeverity Severity
	// Flags are the results of decoding.
	Flags Flags
	// Span is the trace context that the record states. The filter trace sets it.
	Span SpanContext
	// Source is the origin of the record. It is not nil once the record is decoded.
	Source *Source
	// Fields are all other fields, in the order of the event.
	Fields []Field
	// Position is where the record was read.
	Position Position
	// Again is true for a record that was filtered before, because it is sent again:
	// filters do not count it.
	Again bool
	// DroppedBy is the counter of what dropped the record; nil for none. Whoever settles
	// the record adds to it.
	DroppedBy *atomic.Int64
	// Explain is told what a rule did to the record; nil for nobody. It is not on the way
	// of records that are delivered.
	Explain func(rule, what string)
	// Redacted is true when a rule has redacted the record. filters/rules sets and reads it.
	Redacted bool
	// RulesApplied is the rules that apply to the record. filters/rules sets and reads it.
	RulesApplied uint64
	// Scratch is memory for bytes that are not in the chunk, such as unescaped
	// text. Filters append to Scratch and refer to what they appended. Such
	// references stay valid when Scratch grows.
	Scratch []byte

	// plain caches plainOf without escapes. Its bytes are in Scratch.
	plain   []byte
	plainOf Text
}

// Reset clears r for the next record. The memory of Fields and Scratch is reused.
func (r *Record) Reset() {
	*r = Record{Fields: r.Fields[:0], Scratch: r.Scratch[:0]}
}

// Plain returns the text of Log without escapes; nil for no text. A text with escapes
// is unescaped into Scratch once, however often Plain is called.
func (r *Record) Plain() []byte {
	if text, ok := r.Log.Plain(); ok {
		return text
	}
	if !r.Log.same(r.plainOf) {
		start := len(r.Scratch)
		r.Scratch = r.Log.AppendPlain(r.Scratch)
		r.plain, r.plainOf = r.Scratch[start:len(r.Scratch):len(r.Scratch)], r.Log
	}
	return r.plain
}

// AddOwn adds a field of the plugin's own. A field with the same key that is already
// in the record wins: f is then dropped.
func (r *Record) AddOwn(f Field) {
	for i := range r.Fields {
		if bytes.Equal(r.Fields[i].Key, f.Key) {
			return
		}
	}
	f.Own = true
	r.Fields = append(r.Fields, f)
}

// FieldPrefix precedes the key of a field of the record whose key is one of the plugin's own.
const FieldPrefix = "field_"

// SetOwn adds a field of the plugin's own. Fields of the record that already have its key, in
// any case, get FieldPrefix before their key: the writer of a record cannot replace f.
func (r *Record) SetOwn(f Field) {
	for i := range r.Fields {
		other := &r.Fields[i]
		if other.Own || !bytes.EqualFold(other.Key, f.Key) {
			continue
		}
		start := len(r.Scratch)
		r.Scratch = append(append(r.Scratch, FieldPrefix...), other.Key...)
		// Encoders rename keys with the prefix that are not own ones, so the new key is
		// unique.
		other.Key, other.Own = r.Scratch[start:len(r.Scratch):len(r.Scratch)], true
	}
	f.Own = true
	r.Fields = append(r.Fields, f)
}

// Clone returns a copy of r that does not refer to the chunk or to Scratch. Its text
// is plain, and its Scratch is nil.
func (r *Record) Clone() Record {
	c := *r
	c.Scratch, c.plain, c.plainOf = nil, nil, Text{}
	c.Position.Raw = bytes.Clone(r.Position.Raw)
	if r.Log.Exists() {
		c.Log = PlainText(r.Log.AppendPlain([]byte{}))
	}
	c.Fields = slices.Clone(r.Fields)
	for i := range c.Fields {
		f := &c.Fields[i]
		f.Key, f.Value, f.JSON = bytes.Clone(f.Key), bytes.Clone(f.Value), bytes.Clone(f.JSON)
		f.Text.bytes = bytes.Clone(f.Text.bytes)
	}
	return c
}

// Field is a field of a record besides the text. Exactly one of Value, JSON and Text
// holds its value.
type Field struct {
	Key []byte
	// Value is a value in MessagePack, as it is in the event; nil for none.
	Value msgpack.Value
	// JSON is a value as valid JSON on one line; nil for none.
	JSON []byte
	// Text is a string value that a filter found in the text.
	Text Text
	// Own marks a field that the plugin added. The writer of a record chooses the
	// keys of all other fields, so encoders must protect their own keys from them.
	Own bool
	// Metadata marks a field of the event's metadata: an attribute of an OTLP log
	// record, under the key that filters/otlp gives it.
	Metadata bool
}

// Stream is an output stream of a container.
type Stream uint8

// The streams. NoStream, the zero Stream, stands for unknown.
const (
	NoStream Stream = iota
	Stdout
	Stderr
)

// String returns the name that container runtimes write; "" for NoStream.
func (s Stream) String() string { return [...]string{"", "stdout", "stderr"}[s] }

// ParseStream parses the name of a stream. Case matters.
func ParseStream(name []byte) (Stream, bool) {
	switch string(name) {
	case "stdout":
		return Stdout, true
	case "stderr":
		return Stderr, true
	}
	return NoStream, false
}

// Flags is a set of results of decoding.
type Flags uint8

const (
	// Decoded: Log is the text that the program wrote. The container runtime's
	// envelope was removed, or the record never had one.
	Decoded Flags = 1 << iota
	// Partial: Log is a part of a line that the container runtime split.
	Partial
	// Undecoded: the line comes from a container's log file but is not in a format
	// of a container runtime. Log is the line unchanged.
	Undecoded
	// Repaired: the line was damaged, and Log is what the program wrote.
	Repaired
	// Timed: Time comes from the source of the record, such as the container
	// runtime. The time of a header in the text does not replace it.
	Timed
	// TimeByRule: a rule has set Time. No other time in the text replaces it.
	TimeByRule
	// Late: the record was read from a log file after Fluent Bit had missed it.
	Late
)

// Filter changes records. A Filter must not allocate per record, must not retain
// any part of a record, and must be safe for concurrent use with a record for each
// caller.
type Filter interface {
	// Apply changes r. It returns false to drop the record.
	Apply(r *Record) bool
}

// Chain is a list of filters in the order in which they run.
type Chain []Filter

// With returns c with f appended when on is true, and c unchanged when it is false.
func (c Chain) With(on bool, f Filter) Chain {
	if on {
		c = append(c, f)
	}
	return c
}

// Apply runs the filters in order. It returns false as soon as one of them drops the
// record. An empty Chain returns true.
func (c Chain) Apply(r *Record) bool {
	for _, f := range c {
		if !f.Apply(r) {
			return false
		}
	}
	return true
}
