package filters

import (
	"bytes"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// maxMembers bounds an Object: a text can be made of nothing but pairs.
const maxMembers = 128

// Object writes the keys and values of a text as a JSON object of strings:
// always strings, because a value whose type changes from line to line breaks
// the index of a backend that has one. A key that is there already, and what
// is more than maxMembers, is left out.
type Object struct {
	dst   []byte
	start int
	keys  [maxMembers]span // as they are written
	n     int
}

// span is a part of the object, counted from its beginning.
type span struct{ from, to int32 }

// Begin makes o an empty object that is appended to dst.
func (o *Object) Begin(dst []byte) { o.dst, o.start, o.n = dst, len(dst), 0 }

// Add appends a member.
func (o *Object) Add(key []byte, value Text) {
	if o.Open(key) {
		o.Write(value)
		o.Close()
	}
}

// Open begins a member, whose value is written in pieces until Close. It
// returns false for one that is left out.
func (o *Object) Open(key []byte) bool {
	if o.n == maxMembers {
		return false
	}
	before := len(o.dst)
	if o.n == 0 {
		o.dst = append(o.dst, '{', '"')
	} else {
		o.dst = append(o.dst, ',', '"')
	}
	from := len(o.dst)
	o.dst = jsontext.AppendBody(o.dst, key)
	written := o.dst[from:]
	for _, k := range o.keys[:o.n] {
		if bytes.Equal(o.dst[o.start+int(k.from):o.start+int(k.to)], written) {
			o.dst = o.dst[:before]
			return false
		}
	}
	o.keys[o.n] = span{int32(from - o.start), int32(len(o.dst) - o.start)}
	o.n++
	o.dst = append(o.dst, '"', ':', '"')
	return true
}

// Write appends to the value of the member that was opened.
func (o *Object) Write(piece Text) { o.dst = piece.AppendJSON(o.dst) }

// Close ends the member that was opened.
func (o *Object) Close() { o.dst = append(o.dst, '"') }

// End returns what the object was appended to, and the object itself; nil when
// it has no members.
func (o *Object) End() (dst, object []byte) {
	if o.n == 0 {
		return o.dst, nil
	}
	o.dst = append(o.dst, '}')
	return o.dst, o.dst[o.start:len(o.dst):len(o.dst)]
}
