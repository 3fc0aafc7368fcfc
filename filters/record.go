// Package filters owns the record on its way through the plugin and the
// interface of what works on it. Each folder below holds one format or rule.
package filters

import (
	"bytes"
	"slices"

	"github.com/k8slog/k8slog/internal/msgpack"
)

// Record is one log record. Its bytes lie in the chunk, or in Scratch: they
// are valid until the next Reset, and no filter keeps them. The zero Record is
// ready for Reset.
type Record struct {
	// Time is in nanoseconds since 1970, UTC.
	Time int64
	// Observed is the time that Fluent Bit gave the event: where tail has read a
	// line without a parser, when it did.
	Observed int64
	// Log is the text, without its final line feed. Of a record that has no
	// text it is the zero Text.
	Log Text
	// Stream is the stream of the container that the text was written to.
	Stream Stream
	// Severity is what the record says of itself; zero when it says nothing.
	Severity Severity
	// Fallback is the severity of a record whose text says nothing of it.
	Fallback Severity
	// Flags tell what the record went through.
	Flags Flags
	// Span is the span of a trace that the record names, if that is wanted.
	Span SpanContext
	// Source is who wrote it. Never nil after intake.
	Source *Source
	// Fields are the record's other fields, in their order.
	Fields []Field
	// Place is where the record stood.
	Place Place
	// Scratch holds what a filter had to write anew. Filters append to it and
	// point into it; growing it leaves what was pointed at intact.
	Scratch []byte

	// plain is the text plainOf without its escapes, in Scratch.
	plain   []byte
	plainOf Text
}

// Reset makes r ready for the next record and keeps its memory.
func (r *Record) Reset() {
	*r = Record{Fields: r.Fields[:0], Scratch: r.Scratch[:0]}
}

// Plain returns the text without escapes: where it has any, they are taken out
// once, into Scratch.
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

// AddOwn adds a field of the plugin's own, unless the record came with one of
// that name.
func (r *Record) AddOwn(f Field) {
	for i := range r.Fields {
		if bytes.Equal(r.Fields[i].Key, f.Key) {
			return
		}
	}
	f.Own = true
	r.Fields = append(r.Fields, f)
}

// Clone returns a copy that is valid for ever, without Scratch. Its text is
// plain.
func (r *Record) Clone() Record {
	c := *r
	c.Scratch, c.plain, c.plainOf = nil, nil, Text{}
	c.Place.Raw = bytes.Clone(r.Place.Raw)
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

// Field is one more field of a record.
type Field struct {
	Key []byte
	// Value is the value in MessagePack; nil when JSON or Text has it.
	Value msgpack.Value
	// JSON is the value as valid JSON, for fields that were decoded from it.
	JSON []byte
	// Text is the value of a field that a filter found in the text.
	Text Text
	// Own marks a field that the plugin itself added. The key of any other
	// may be somebody else's choice, and encoders guard their own keys from it.
	Own bool
	// Metadata marks a field that stood beside the record: what OTLP says of a
	// log record, by the name that filters/otlp gives it.
	Metadata bool
}

// Stream is one of a container's two outputs.
type Stream uint8

// NoStream means that it is not known.
const (
	NoStream Stream = iota
	Stdout
	Stderr
)

// String returns the name that container runtimes use, and "" for NoStream.
func (s Stream) String() string { return [...]string{"", "stdout", "stderr"}[s] }

// ParseStream reads a runtime's name of a stream.
func ParseStream(name []byte) (Stream, bool) {
	switch string(name) {
	case "stdout":
		return Stdout, true
	case "stderr":
		return Stderr, true
	}
	return NoStream, false
}

// Flags are a set of facts about a record.
type Flags uint8

const (
	// Decoded: the text is what the program wrote; the runtime's envelope is
	// off, or there was none.
	Decoded Flags = 1 << iota
	// Partial: the text is a piece of a longer line that the runtime cut.
	Partial
	// Undecoded: the line should have been a container runtime's and is not.
	// It is passed on as it came.
	Undecoded
	// Timed: the time is the one that the source gave the record. That of a
	// header in the text does not replace it.
	Timed
)

// Filter changes the record that it is given. It allocates nothing per record,
// keeps nothing of it, and may be called by many workers at once, each with a
// record of its own. It returns false to drop the record by rule.
type Filter interface {
	Apply(r *Record) bool
}

// Chain is filters in their order.
type Chain []Filter

// With returns the chain with one more filter at its end, if that is on.
func (c Chain) With(on bool, f Filter) Chain {
	if on {
		c = append(c, f)
	}
	return c
}

// Apply runs the filters until one drops the record.
func (c Chain) Apply(r *Record) bool {
	for _, f := range c {
		if !f.Apply(r) {
			return false
		}
	}
	return true
}
