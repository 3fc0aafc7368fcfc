package filters

import (
	"bytes"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// maxMembers is the largest number of members of an object. A text can consist of
// nothing but key-value pairs.
const maxMembers = 128

// ObjectWriter writes key-value pairs as a JSON object on one line. All values are
// strings: a value whose JSON type differs between lines would be rejected by
// backends with an index. A key that the object already has is dropped, and so are
// members above 128. The zero ObjectWriter is ready for Begin.
type ObjectWriter struct {
	dst   []byte
	start int
	keys  [maxMembers]keyRange
	n     int
}

// keyRange is the position of an escaped key in the object.
type keyRange struct{ from, to int32 }

// Begin starts an empty object, which is appended to dst.
func (o *ObjectWriter) Begin(dst []byte) { o.dst, o.start, o.n = dst, len(dst), 0 }

// Add writes a member.
func (o *ObjectWriter) Add(key []byte, value Text) {
	if o.Open(key) {
		o.Write(value)
		o.Close()
	}
}

// Open starts a member. Its value is written by calls of Write and ended by Close.
// Open returns false for a member that is dropped, which must not be written.
func (o *ObjectWriter) Open(key []byte) bool {
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
	o.keys[o.n] = keyRange{int32(from - o.start), int32(len(o.dst) - o.start)}
	o.n++
	o.dst = append(o.dst, '"', ':', '"')
	return true
}

// Write appends to the value of the open member.
func (o *ObjectWriter) Write(piece Text) { o.dst = piece.AppendJSON(o.dst) }

// Close ends the open member.
func (o *ObjectWriter) Close() { o.dst = append(o.dst, '"') }

// End ends the object. It returns dst with the object appended, and the object; nil
// for an object without members, of which nothing is appended.
func (o *ObjectWriter) End() (dst, object []byte) {
	if o.n == 0 {
		return o.dst, nil
	}
	o.dst = append(o.dst, '}')
	return o.dst, o.dst[o.start:len(o.dst):len(o.dst)]
}
