package googlecloudlogging

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/internal/jsonshape"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// payload writes the payload of one entry: the text as textPayload, or a jsonPayload with
// the members of the text, or the text as message, and the fields of the record.
type payload struct {
	record *filters.Record
	object []byte // the text, where it is an object; nil else
	lifted *lifted
	shape  *jsonshape.Shape

	// message is the text. Where the header of a component's line was parsed, it is what
	// stands behind the header.
	message filters.Text
	// caller is the position in the source code that a filter found in the header.
	caller filters.Text
	// skip is a bit set of the fields that are written elsewhere.
	skip uint64
	// dropped: a field did not fit.
	dropped bool

	names []uint64 // hashes of the keys that are written
	size  int      // of what is written, in the API's form
	text  []byte
}

// begin prepares the payload of a record.
func (p *payload) begin(r *filters.Record, object []byte, l *lifted, shape *jsonshape.Shape) {
	p.record, p.object, p.lifted, p.shape = r, object, l, shape
	p.message, p.caller, p.skip, p.dropped = r.Log, filters.Text{}, 0, false
	for i := range r.Fields[:min(len(r.Fields), 64)] {
		f := &r.Fields[i]
		if !f.Own {
			continue
		}
		switch {
		case object != nil && f.JSON != nil, object != nil && f.Text.Exists() && isHeader(f.Key):
			p.skip |= 1 << i // found in the text, which is written whole
		case string(f.Key) == "caller" && f.Text.Exists():
			p.caller, p.skip = f.Text, p.skip|1<<i
		case string(f.Key) == "message" && f.Text.Exists():
			p.message, p.skip = f.Text, p.skip|1<<i
		}
	}
}

// isHeader reports whether package filters/header writes a field of that name.
func isHeader(key []byte) bool {
	switch string(key) {
	case "message", "caller", "thread", "program":
		return true
	}
	return false
}

// append appends the payload.
func (p *payload) append(dst []byte) []byte {
	fields := 0
	for i := range p.record.Fields {
		if !p.skips(i) {
			fields++
		}
	}
	switch {
	case p.object != nil && p.lifted.left == 1 && fields == 0:
		if message := p.only(); message != nil {
			dst = append(dst, `,"textPayload":`...)
			return append(dst, message...)
		}
	case p.object == nil && fields == 0:
		dst = append(dst, `,"textPayload":"`...)
		dst = p.message.AppendJSON(dst)
		return append(dst, '"')
	}
	dst = append(dst, `,"jsonPayload":`...)
	open := len(dst)
	p.names = p.names[:0]
	if p.object != nil {
		dst = p.appendMembers(dst, fields > 0)
	} else if p.message.Exists() {
		p.names = append(p.names, messageHash)
		dst = append(dst, `,"message":"`...)
		dst = p.message.AppendJSON(dst)
		dst = append(dst, '"')
	}
	p.size = len(dst) - open
	if p.object != nil {
		p.size += valueBytes * p.shape.Values
	}
	for i := range p.record.Fields {
		if !p.skips(i) {
			dst = p.appendField(dst, &p.record.Fields[i], i)
		}
	}
	if len(dst) == open {
		return append(dst, '{', '}')
	}
	dst[open] = '{' // for the first comma
	return append(dst, '}')
}

var messageHash = xxhash.Sum64String("message")

func (p *payload) skips(i int) bool { return i < 64 && p.skip&(1<<i) != 0 }

// only returns the one member that is left of the text, if it is the message, as a text. The
// entry has it as its text then, as that of Google's agents.
func (p *payload) only() (message []byte) {
	n := 0
	jsonlog.Each(p.object, func(key, value []byte) {
		if !p.lifted.skips(n) && string(key) == "message" && value[0] == '"' {
			message = value
		}
		n++
	})
	return message
}

// appendMembers appends the members of the text, each with a comma before it. With names,
// it notes their keys.
func (p *payload) appendMembers(dst []byte, names bool) []byte {
	n := 0
	jsonlog.Each(p.object, func(key, value []byte) {
		if !p.lifted.skips(n) {
			dst = append(dst, ',', '"')
			dst = append(dst, key...)
			dst = append(dst, '"', ':')
			dst = append(dst, value...)
			if names {
				p.text = jsontext.AppendUnescaped(p.text[:0], key)
				p.names = append(p.names, xxhash.Sum64(p.text))
			}
		}
		n++
	})
	return dst
}

// appendField appends a field of the record. A value that the API would refuse becomes a
// text. A field that makes the entry too large is dropped.
func (p *payload) appendField(dst []byte, f *filters.Field, i int) []byte {
	before := len(dst)
	dst = p.appendKey(append(dst, ',', '"'), f, i)
	value := len(dst)
	dst = ndjson.AppendValue(dst, f)
	values := 1
	if dst[value] != '"' {
		if !p.shape.Fits(dst[value:]) {
			p.text = append(p.text[:0], dst[value:]...)
			dst = jsontext.AppendString(dst[:value], p.text)
		} else {
			values = p.shape.Values
		}
	}
	size := len(dst) - before + valueBytes*values
	if p.size+size > maxPayload {
		p.dropped = true
		return dst[:before]
	}
	p.size += size
	return dst
}

// appendKey appends the key of field i, its closing quote and a colon, under a name that no
// other member has.
func (p *payload) appendKey(dst []byte, f *filters.Field, i int) []byte {
	key := f.Key[:min(len(f.Key), maxKey)]
	if len(bytes.TrimSpace(key)) == 0 || bytes.IndexByte(key, 0) >= 0 {
		key = []byte("_")
	}
	for start, try := len(dst), 0; ; try++ {
		dst = dst[:start]
		if try > 0 {
			dst = append(dst, ndjson.FieldPrefix...)
		}
		if try > 1 || len(p.names) >= 2*maxKeys {
			dst = strconv.AppendInt(dst, int64(i), 10) // which no other field has
			dst = append(dst, '_')
		}
		dst = jsontext.AppendBody(dst, key)
		// The hash is that of the key without escapes, as appendMembers has it.
		p.text = jsontext.AppendUnescaped(p.text[:0], dst[start:])
		hash := xxhash.Sum64(p.text)
		if try < 3 && slices.Contains(p.names, hash) {
			continue
		}
		p.names = append(p.names, hash)
		return append(dst, '"', ':')
	}
}

// appendCaller appends the position in a program's source code, as file:line.
func appendCaller(dst []byte, caller filters.Text) []byte {
	file, line := caller, []byte(nil)
	if plain, ok := caller.Plain(); ok {
		if colon := bytes.LastIndexByte(plain, ':'); colon > 0 && isInteger(plain[colon+1:], 9) {
			file, line = filters.PlainText(plain[:colon]), plain[colon+1:]
		}
	}
	dst = append(dst, `,"sourceLocation":{"file":"`...)
	dst = append(file.AppendJSON(dst), '"')
	if line != nil {
		dst = append(dst, `,"line":"`...)
		dst = append(append(dst, line...), '"')
	}
	return append(dst, '}')
}
