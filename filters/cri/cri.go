// Package cri decodes the lines of CRI container runtimes (containerd, CRI-O):
//
//	<RFC 3339 time> <stdout|stderr> <tags> <text>
//
// Tags are separated by colons. The first tag is P for a partial line, and F for a whole
// line or the last part of one. The format is defined by parseCRILog in
// pkg/kubelet/kuberuntime/logs/logs.go of Kubernetes.
package cri

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// wholeSecond is a header without a fraction of a second. A program could print such a
// header in the same second.
const wholeSecond = "2006-01-02T15:04:05+00:00 stdout F "

// Decode decodes r.Log as a line of a CRI runtime. It sets Log, Stream and Time, and the
// flags Decoded and, for a partial line, Partial. A header that the runtime wrote twice, the
// same in every byte, is removed, and the flag Repaired is set: no program knows the time
// that the runtime takes for its line. A header with another time is a part of the text. When the line has another format,
// Decode returns false and leaves r unchanged.
func Decode(r *filters.Record) bool {
	line, ok := r.Log.Plain()
	if !ok {
		return false
	}
	i := bytes.IndexByte(line, ' ')
	if i < 0 {
		return false
	}
	ns, ok := timestamp.ParseRFC3339(line[:i])
	if !ok {
		return false
	}
	rest := line[i+1:]
	if len(rest) < 8 || rest[6] != ' ' {
		return false
	}
	stream, ok := filters.ParseStream(rest[:6])
	if !ok {
		return false
	}
	rest = rest[7:]
	// Runtimes write the space after the tags also before an empty text, but an input
	// that trims its lines removes it.
	tags, text, found := bytes.Cut(rest, []byte{' '})
	if !found {
		text = rest[len(rest):]
	}
	if len(tags) == 0 || tags[0] != 'P' && tags[0] != 'F' || len(tags) > 1 && tags[1] != ':' {
		return false
	}
	if header := line[:len(line)-len(text)]; len(header) > len(wholeSecond) && bytes.HasPrefix(text, header) {
		text = text[len(header):]
		r.Flags |= filters.Repaired
	}
	r.Time, r.Stream, r.Log = ns, stream, filters.PlainText(filters.TrimNewline(text))
	r.Flags |= filters.Decoded
	if tags[0] == 'P' {
		r.Flags |= filters.Partial
	}
	return true
}
