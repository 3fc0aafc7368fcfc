// Package containerlog takes the envelope of the container runtime off a line.
package containerlog

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/cri"
	"github.com/k8slog/k8slog/filters/docker"
)

// Filter decodes docker's and CRI's lines. The line's first byte tells which
// of the two it can be, so nothing is tried in vain. Of a container's file, a
// line that is neither is flagged; from elsewhere it is simply not a
// container's. Records that were decoded on their way here are left alone:
// their text is the program's, and may look like anything.
type Filter struct{}

// Apply implements filters.Filter.
func (Filter) Apply(r *filters.Record) bool {
	if r.Flags&filters.Decoded != 0 || r.Source.Kind == filters.Component {
		return true
	}
	line, _ := r.Log.Plain()
	decoded := false
	if len(line) > 0 {
		switch c := line[0]; {
		case c == '{':
			decoded = docker.Decode(r)
		case c >= '0' && c <= '9':
			decoded = cri.Decode(r)
		}
	}
	if decoded {
		r.Flags |= filters.Timed
	}
	if !decoded && r.Source.Kind == filters.Container && r.Log.Exists() {
		r.Flags |= filters.Undecoded
	}
	return true
}
