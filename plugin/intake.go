package plugin

import (
	"bytes"
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/filters/source/forwarded"
	"github.com/k8slog/k8slog/filters/source/journald"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// intake makes records of Fluent Bit's events. It serves one worker, and
// remembers the last path, because records come in runs of one file.
type intake struct {
	sources       *source.Resolver
	node, cluster string
	pathKey       []byte // empty when records carry no path
	offsetKey     []byte // empty when they carry no offset

	tagSource  *filters.Source
	byPath     bool // the path counts: it is wanted, and the tag does not know better
	path       []byte
	pathSource *filters.Source
	// The hashes of the node with the tag, and with the path.
	tagPlace, pathPlace uint64
	resource            resource
	key                 []byte // of a container, in memory that is used again

	tag  []byte
	line reassemble.Line // where the last record's line stood
}

// The keys of records that inputs and parsers write.
const (
	keyLog     = "log"
	keyMessage = "message"
	keyStream  = "stream"
	keyTime    = "time"
	keyLogtag  = "logtag"
)

// begin says what tag the next records have.
func (in *intake) begin(tag string) {
	in.tag = append(in.tag[:0], tag...)
	in.tagSource = in.sources.ByTag(tag)
	in.tagPlace = filters.PlaceOf(in.cluster, in.node, in.tag)
	in.byPath = len(in.pathKey) > 0 && in.tagSource.Kind != filters.Journal && in.tagSource.Kind != filters.Component
	in.path, in.pathSource = in.path[:0], nil // it may be known better by now
	in.resource.group = nil                   // it lay in another chunk
}

// fill makes r the record of an event. Its text is its log, and who wrote it
// is what its path says, or else its tag. All else is kept as fields.
func (in *intake) fill(r *filters.Record, ev *chunk.Event) {
	r.Reset()
	r.Time, r.Observed = ev.Time, ev.Time
	r.Source = in.tagSource
	r.Place = filters.Place{File: in.tagPlace, Offset: -1, Raw: ev.Raw}

	var path, offset msgpack.Value
	fields := ev.Body.Fields()
	for {
		key, value, ok := fields.Next()
		if !ok {
			break
		}
		name, ok := key.Text()
		if !ok {
			name = msgpack.AppendJSON(nil, key)
		}
		if string(name) == keyLog && !r.Log.Exists() {
			if text, ok := value.Text(); ok {
				r.Log = filters.PlainText(text)
				continue
			}
		}
		if in.byPath && bytes.Equal(name, in.pathKey) {
			// tail appends the path behind what a parser found in the line:
			// the last one is tail's.
			if path == nil {
				path = value
				continue
			}
			path, value = value, path
		}
		if len(in.offsetKey) > 0 && bytes.Equal(name, in.offsetKey) {
			if offset == nil {
				offset = value
				continue
			}
			offset, value = value, offset // the last one is tail's, as well
		}
		r.Fields = append(r.Fields, filters.Field{Key: name, Value: value})
	}
	in.line = reassemble.Line{}
	raw := len(r.Fields) == 0 // as it stood in the file
	if path != nil {
		in.fromPath(r, path)
	}
	if offset != nil {
		in.fromOffset(r, offset, path != nil, raw)
	}
	if len(r.Fields) > 0 {
		if journald.Is(r) {
			if w := journald.Decode(r); w.Container != nil {
				r.Source, in.key = in.sources.ByContainer(w.Container, w.ContainerID, in.key)
			} else if len(w.Component) > 0 {
				r.Source = in.sources.ByComponent(w.Component)
			}
			in.line.Writer = journald.StreamOf(r)
		} else {
			fromParser(r)
		}
	}
	if ev.Metadata != nil || ev.Group != nil {
		addContext(r, ev)
		in.fromGroup(r, ev.Group)
	}
	if in.sources.Fixed() {
		forwarded.Decode(r)
	}
}

// fromPath finds the source by path. A path that says nothing is kept.
func (in *intake) fromPath(r *filters.Record, value msgpack.Value) {
	text, _ := value.Text()
	if len(in.path) == 0 || !bytes.Equal(text, in.path) {
		in.path = append(in.path[:0], text...)
		in.pathSource = in.sources.ByPath(text)
		in.pathPlace = filters.PlaceOf(in.cluster, in.node, text)
	}
	r.Place.File = in.pathPlace
	if in.pathSource != nil {
		r.Source = in.pathSource
	}
	if r.Source.Kind == filters.Unknown || in.sources.Fixed() {
		r.Fields = append(r.Fields, filters.Field{Key: in.pathKey, Value: value})
	}
}

// fromOffset finds out where the line stood. Of a record that a parser has
// decoded that cannot be known. An offset that is none is kept.
func (in *intake) fromOffset(r *filters.Record, value msgpack.Value, byPath, raw bool) {
	begin, ok := value.Int()
	if !ok || begin < 0 {
		r.Fields = append(r.Fields, filters.Field{Key: in.offsetKey, Value: value})
		return
	}
	r.Place.Offset = begin
	if r.Log.Exists() && raw {
		in.line = reassemble.Line{File: in.tag, Begin: begin, End: begin + int64(r.Log.Len()), Read: r.Time}
		if byPath {
			in.line.File = in.path
		}
	}
}

// fromParser takes in what one of Fluent Bit's parsers for docker or CRI has
// decoded already. Its record names the stream, and has the text in log, or as
// the parser named cri has it, in message. Such a text is the program's own:
// it is not decoded again, whatever it looks like.
func fromParser(r *filters.Record) {
	name, ok := takeText(r, keyStream)
	if !ok {
		return
	}
	if r.Stream, ok = filters.ParseStream(name.text); !ok {
		name.putBack(r)
		return
	}
	r.Flags |= filters.Decoded
	if !r.Log.Exists() {
		if message, ok := takeText(r, keyMessage); ok {
			r.Log = filters.PlainText(message.text)
		}
	}
	if line, ok := r.Log.Plain(); ok && r.Log.Exists() {
		r.Log = filters.PlainText(filters.TrimNewline(line))
	}
	if time, ok := takeText(r, keyTime); ok {
		ns, ok := filters.ParseTime(time.text)
		if ok {
			r.Time = ns
			r.Flags |= filters.Timed
		} else {
			time.putBack(r)
		}
	}
	if tag, ok := takeText(r, keyLogtag); ok && len(tag.text) > 0 && tag.text[0] == 'P' {
		r.Flags |= filters.Partial
	}
}

// taken is a field that was taken out of a record.
type taken struct {
	text  []byte
	field filters.Field
	at    int
}

// takeText removes the first field of that name whose value is text.
func takeText(r *filters.Record, name string) (taken, bool) {
	for i := range r.Fields {
		if string(r.Fields[i].Key) != name {
			continue
		}
		if text, ok := r.Fields[i].Value.Text(); ok {
			t := taken{text: text, field: r.Fields[i], at: i}
			r.Fields = slices.Delete(r.Fields, i, i+1)
			return t, true
		}
	}
	return taken{}, false
}

func (t taken) putBack(r *filters.Record) { r.Fields = slices.Insert(r.Fields, t.at, t.field) }
