// Package cri decodes the lines of CRI container runtimes (containerd, CRI-O):
//
//	<RFC 3339 time> <stdout|stderr> <tags> <text>
//
// with tags separated by colons, of which the first says whether the text is a
// piece (P) or ends its line (F). Source: pkg/kubelet/kuberuntime/logs/logs.go
// in Kubernetes, parseCRILog.
package cri

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// Decode reads r's text as a line of a CRI runtime. On success the text,
// stream and time are the line's own, and a piece is flagged. On failure r is
// unchanged.
func Decode(r *filters.Record) bool {
	line, ok := r.Log.Plain()
	if !ok {
		return false
	}
	i := bytes.IndexByte(line, ' ')
	if i < 0 {
		return false
	}
	ns, ok := filters.ParseTime(line[:i])
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
	// The space after the tags is there even when the text is empty; a tailer
	// that trims its lines may have taken it.
	tags, text, found := bytes.Cut(rest, []byte{' '})
	if !found {
		text = rest[len(rest):]
	}
	if len(tags) == 0 || tags[0] != 'P' && tags[0] != 'F' || len(tags) > 1 && tags[1] != ':' {
		return false
	}
	r.Time, r.Stream, r.Log = ns, stream, filters.PlainText(filters.TrimNewline(text))
	r.Flags |= filters.Decoded
	if tags[0] == 'P' {
		r.Flags |= filters.Partial
	}
	return true
}
