// Package containerlog removes the envelope of the container runtime from a line.
package containerlog

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/cri"
	"github.com/k8slog/k8slog/filters/docker"
)

// Filter decodes lines of Docker's json-file driver and of CRI runtimes. The first byte
// of a line selects the decoder. A line of a container's log file that is damaged gets the
// flag Repaired when it is certain what it is. One that has neither format otherwise gets
// the flag Undecoded. Records of the node's components are not decoded, and
// neither are records with the flag Decoded: their text comes from a program and can
// look like the envelope of a runtime.
type Filter struct{}

// Apply implements filters.Filter.
func (Filter) Apply(r *filters.Record) bool {
	if r.Flags&filters.Decoded != 0 || r.Source.Kind == filters.Component {
		return true
	}
	line, _ := r.Log.Plain()
	isContainer := r.Source.Kind == filters.Container && r.Log.Exists()
	switch {
	case decode(r, line), isContainer && decodeDamaged(r, line):
		r.Flags |= filters.Timed
	case isContainer:
		r.Flags |= filters.Undecoded
	}
	return true
}

// Text returns the text of a line of a container's log file, without escapes, and whether the
// runtime has split the line, so that the text goes on in the next one.
func Text(line []byte) (text []byte, partial bool) {
	r := filters.Record{Source: &filters.Source{}, Log: filters.PlainText(line)}
	Filter{}.Apply(&r)
	return r.Plain(), r.Flags&filters.Partial != 0
}

// Time returns the time of a line of a container's log file, in nanoseconds since 1970; false
// for a line that has neither format.
func Time(line []byte) (at int64, ok bool) {
	r := filters.Record{Source: &filters.Source{}}
	if !decode(&r, line) {
		return 0, false
	}
	return r.Time, true
}

// decode decodes a line by the decoder that its first byte selects.
func decode(r *filters.Record, line []byte) bool {
	if len(line) == 0 {
		return false
	}
	switch c := line[0]; {
	case c == '{':
		r.Log = filters.PlainText(line)
		return docker.Decode(r)
	case c >= '0' && c <= '9':
		r.Log = filters.PlainText(line)
		return cri.Decode(r)
	}
	return false
}
