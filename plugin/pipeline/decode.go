package pipeline

import (
	"bytes"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/filters/source/forwarded"
	"github.com/k8slog/k8slog/filters/source/journald"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// decoder makes records of Fluent Bit's events. It serves one worker. It caches the last
// path and group, because consecutive records are mostly of one file. It is created by
// newDecoder.
type decoder struct {
	sources       *source.Resolver
	node, cluster string
	await         func(m *filters.Metadata, until time.Time) // Config.AwaitMetadata
	waitUntil     time.Time                                  // for metadata; zero for not waiting
	pathKey       []byte                                     // empty when records carry no path
	offsetKey     []byte                                     // empty when they carry no offset

	tagSource  *filters.Source
	byPath     bool // the path counts, because the tag does not name the source
	path       []byte
	pathSource *filters.Source
	// The hashes of the node with the tag, and with the path.
	tagPlace, pathPlace uint64
	group               group
	key                 []byte // of a container; reused

	tag  []byte
	line reassemble.Line // the place of the last record's line
	raw  []byte          // the line as it is in the file, when line is known
}

func newDecoder(p *Pipeline) decoder {
	return decoder{
		sources: p.Sources, node: p.Node, cluster: p.Cluster, await: p.AwaitMetadata,
		pathKey: []byte(p.PathKey), offsetKey: []byte(p.OffsetKey),
	}
}

// keyLog is the field with the line that tail read.
const keyLog = "log"

// begin begins a chunk with a tag.
func (d *decoder) begin(tag string) {
	d.tag = append(d.tag[:0], tag...)
	d.tagSource = d.sources.ByTag(tag)
	d.tagPlace = filters.FileID(d.cluster, d.node, d.tag)
	d.byPath = len(d.pathKey) > 0 && d.tagSource.Kind != filters.Journal && d.tagSource.Kind != filters.Component
	if !d.byPath && d.waited(d.tagSource) {
		d.tagSource = d.sources.ByTag(tag)
	}
	d.path, d.pathSource = d.path[:0], nil // the resolver may know more about the path by now
	d.group.body = nil                     // it refers to another chunk
}

// waited waits until the metadata of a source are known, for a time. It returns whether they
// are, and the source has to be looked up again.
func (d *decoder) waited(s *filters.Source) bool {
	if d.waitUntil.IsZero() || d.await == nil || s == nil || !s.Missing() {
		return false
	}
	d.await(s.Metadata, d.waitUntil)
	return s.Metadata.Superseded()
}

// decode decodes an event into r. The text of the record is the field log. The path
// names the source, or else the tag. All other members become fields.
func (d *decoder) decode(r *filters.Record, ev *chunk.Event) {
	r.Reset()
	r.Time, r.Observed = ev.Time, ev.Time
	r.Source = d.tagSource
	r.Position = filters.Position{File: d.tagPlace, Offset: -1, Raw: ev.Raw}
	d.line = reassemble.Line{}

	path, offset := d.decodeBody(r, ev.Body)
	raw := len(r.Fields) == 0 // no parser has changed the line
	if path != nil {
		d.fromPath(r, path)
	}
	if offset != nil {
		d.fromOffset(r, offset, path != nil, raw)
	}
	if len(r.Fields) > 0 {
		if journald.IsEntry(r) {
			d.fromJournal(r)
		} else {
			fromParser(r)
		}
	}
	if ev.Metadata != nil || ev.Group != nil {
		addContext(r, ev)
		d.fromGroup(r, ev.Group)
	}
	if d.sources.Fixed() {
		forwarded.Decode(r)
	}
}

// decodeBody sets the text and the fields of a record, and returns its path and offset;
// nil for none. tail appends both after the fields of a parser. So the last ones are
// tail's, and those before are fields.
func (d *decoder) decodeBody(r *filters.Record, body msgpack.Value) (path, offset msgpack.Value) {
	fields := body.Fields()
	for {
		key, value, ok := fields.Next()
		if !ok {
			return path, offset
		}
		name, ok := key.Text()
		if !ok {
			name = msgpack.AppendJSON(nil, key)
		}
		switch {
		case string(name) == keyLog && !r.Log.Exists():
			if text, ok := value.Text(); ok {
				r.Log, value = filters.PlainText(text), nil
			}
		case d.byPath && bytes.Equal(name, d.pathKey):
			path, value = value, path
		case len(d.offsetKey) > 0 && bytes.Equal(name, d.offsetKey):
			offset, value = value, offset
		}
		if value != nil {
			r.Fields = append(r.Fields, filters.Field{Key: name, Value: value})
		}
	}
}

// fromJournal decodes an entry of the journal.
func (d *decoder) fromJournal(r *filters.Record) {
	if w := journald.Decode(r); w.Container != nil || w.ContainerID != nil {
		r.Source, d.key = d.sources.ByContainer(w.Container, w.ContainerID, d.key)
	} else if len(w.Component) > 0 {
		r.Source = d.sources.ByComponent(w.Component)
	}
	d.line.Writer = journald.StreamID(r)
}

// fromPath sets the source from the path. A path without a source becomes a field.
func (d *decoder) fromPath(r *filters.Record, value msgpack.Value) {
	text, _ := value.Text()
	if len(d.path) == 0 || !bytes.Equal(text, d.path) {
		d.path = append(d.path[:0], text...)
		if d.pathSource = d.sources.ByPath(text); d.waited(d.pathSource) {
			d.pathSource = d.sources.ByPath(text)
		}
		d.pathPlace = filters.FileID(d.cluster, d.node, text)
	}
	r.Position.File = d.pathPlace
	if d.pathSource != nil {
		r.Source = d.pathSource
	}
	if r.Source.Kind == filters.Unknown || d.sources.Fixed() {
		r.Fields = append(r.Fields, filters.Field{Key: d.pathKey, Value: value})
	}
}

// fromOffset sets the place of the line. After a parser, the length of the line is
// unknown, and so is its place. An invalid offset becomes a field.
func (d *decoder) fromOffset(r *filters.Record, value msgpack.Value, byPath, raw bool) {
	begin, ok := value.Int()
	if !ok || begin < 0 {
		r.Fields = append(r.Fields, filters.Field{Key: d.offsetKey, Value: value})
		return
	}
	r.Position.Offset = begin
	if r.Log.Exists() && raw {
		d.raw, _ = r.Log.Plain()
		d.line = reassemble.Line{File: d.tag, Begin: begin, End: begin + int64(r.Log.Len()), Read: r.Time}
		if byPath {
			d.line.File = d.path
		}
	}
}
