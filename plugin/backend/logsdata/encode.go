package logsdata

import "github.com/k8slog/k8slog/filters"

// Encoder implements backend.Encoder for sources whose Rendered is a *Resource. A frame
// is a LogsData with one ResourceLogs for each resource, and frames that are joined are
// one. It is made by NewEncoder.
//
// It groups the records of a frame by resource. Append encodes a record into one buffer
// for all resources, and links it to the record before it of its resource. Frame copies
// the records of each resource into the frame.
type Encoder struct {
	one recordEncoder

	records []byte
	links   []link
	groups  map[string]int // index into list, by the rendered resource
	list    []group
	last    int // the group of the last record

	frame []byte
}

type link struct {
	start, end int // in records
	next       int // in links; -1 at the end
}

// group is the records of one resource.
type group struct {
	resource    *Resource
	first, last int // in links
	size        int // of its records
}

// NewEncoder returns an encoder of frames.
func NewEncoder() *Encoder {
	return &Encoder{one: newRecordEncoder(), groups: map[string]int{}}
}

// Append implements backend.Encoder.
func (e *Encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*Resource)
	g := &e.list[e.groupAt(source)]

	start := len(e.records)
	e.records = e.one.appendRecord(e.records, r)
	if g.last >= 0 {
		e.links[g.last].next = len(e.links)
	} else {
		g.first = len(e.links)
	}
	g.last = len(e.links)
	g.size += len(e.records) - start
	e.links = append(e.links, link{start: start, end: len(e.records), next: -1})
}

func (e *Encoder) groupAt(source *Resource) int {
	if e.last < len(e.list) && e.list[e.last].resource == source {
		return e.last
	}
	at, ok := e.groups[source.field]
	if !ok {
		at = len(e.list)
		e.groups[source.field] = at
		e.list = append(e.list, group{resource: source, first: -1, last: -1})
	}
	e.last = at
	return at
}

// Size implements backend.Encoder.
func (e *Encoder) Size() int {
	size := len(e.records)
	for i := range e.list {
		size += len(e.list[i].resource.field) + len(scope) + 10
	}
	return size
}

// Frame implements backend.Encoder.
func (e *Encoder) Frame() []byte {
	dst := e.frame[:0]
	for i := range e.list {
		g := &e.list[i]
		dst = appendHead(dst, g.resource, g.size)
		for at := g.first; at >= 0; at = e.links[at].next {
			dst = append(dst, e.records[e.links[at].start:e.links[at].end]...)
		}
	}
	e.frame = dst
	return dst
}

// Reset implements backend.Encoder.
func (e *Encoder) Reset() {
	e.records, e.links, e.list, e.last = e.records[:0], e.links[:0], e.list[:0], 0
	clear(e.groups)
}
