package containerlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/cri"
	"github.com/k8slog/k8slog/filters/docker"
)

// A crash of the node or of the runtime leaves damaged lines: a run of NULs where data was
// not written, and a line that ends in the middle, with the next one right behind it. Such
// a line is decoded where it is certain what the runtime wrote and what the program wrote.

// KeyDamaged is the field with the bytes before a line that follow no format: the
// beginning of another line, whose end is lost.
const KeyDamaged = "damaged"

var (
	keyDamaged  = []byte(KeyDamaged)
	dockerStart = []byte(`{"log":"`)
	dockerAttrs = []byte(`"attrs":`)
)

// decodeDamaged decodes a line of a container's file that is in no runtime's format. When
// it is not certain what the line is, decodeDamaged returns false and leaves r unchanged.
func decodeDamaged(r *filters.Record, line []byte) bool {
	if len(line) == 0 {
		return false
	}
	whole := r.Log
	rest := bytes.TrimLeft(line, "\x00")
	if len(rest) < len(line) && decode(r, rest) || decodeGlued(r, rest) {
		r.Flags |= filters.Repaired
		return true
	}
	r.Log = whole
	return false
}

// decodeGlued decodes a line behind a half one.
//
// A program's text cannot hold the beginning of docker's lines, because its quotes are
// escaped there; only the attributes can, which are an object of their own. What is before
// the last such beginning is kept as a field. Behind a header of CRI a text may hold
// anything, so a half line counts only if it ends inside its header.
func decodeGlued(r *filters.Record, line []byte) bool {
	if bytes.HasPrefix(line, dockerStart) {
		i := bytes.LastIndex(line, dockerStart)
		if i == 0 || bytes.HasSuffix(line[:i], dockerAttrs) {
			return false
		}
		r.Log = filters.PlainText(line[i:])
		if !docker.Decode(r) {
			return false
		}
		r.AddOwn(filters.Field{Key: keyDamaged, Text: filters.PlainText(line[:i])})
		return true
	}
	for i := range cri.HeaderPart(line) {
		r.Log = filters.PlainText(line[i+1:])
		if line[i+1] >= '0' && line[i+1] <= '9' && cri.Decode(r) {
			return true
		}
	}
	return false
}
