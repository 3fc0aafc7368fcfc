package plugin

import (
	"bytes"
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/journald"
	"github.com/k8slog/k8slog/plugin/chunk"
)

// intake makes records of Fluent Bit's events. It serves one worker, and
// remembers the last path, because records come in runs of one file.
type intake struct {
	sources *sources
	pathKey []byte // empty when records carry no path

	tagSource  *filters.Source
	byPath     bool // the path counts: it is wanted, and the tag does not know better
	path       []byte
	pathSource *filters.Source
}

// The keys of records that inputs and parsers write.
const (
	keyLog     = "log"
	keyMessage = "message"
	keyStream  = "stream"
	keyTime    = "time"
	keyLogtag  = "logtag"
)

// The names of fields that hold what an event carries besides its record.
var (
	keyMetadata = []byte("metadata")
	keyResource = []byte("resource")
	keyScope    = []byte("scope")
)

// begin says what tag the next records have.
func (in *intake) begin(tag string) {
	in.tagSource = in.sources.byTag(tag)
	in.byPath = len(in.pathKey) > 0 && in.tagSource.Kind != filters.Journal && in.tagSource.Kind != filters.Component
	in.path, in.pathSource = in.path[:0], nil // it may be known better by now
}

// fill makes r the record of an event. Its text is its log, and who wrote it
// is what its path says, or else its tag. All else is kept as fields.
func (in *intake) fill(r *filters.Record, ev *chunk.Event) {
	r.Reset()
	r.Time = ev.Time
	r.Source = in.tagSource

	var path chunk.Value
	fields := ev.Body.Fields()
	for {
		key, value, ok := fields.Next()
		if !ok {
			break
		}
		name, ok := key.Text()
		if !ok {
			name = chunk.AppendJSON(nil, key)
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
		r.Fields = append(r.Fields, filters.Field{Key: name, Value: value})
	}
	if path != nil {
		in.fromPath(r, path)
	}
	if len(r.Fields) > 0 {
		if journald.Is(r) {
			if component := journald.Decode(r); len(component) > 0 {
				r.Source = in.sources.byComponent(component)
			}
		} else {
			fromParser(r)
		}
	}
	if ev.Metadata != nil || ev.Group != nil {
		addContext(r, ev)
	}
}

// fromPath finds the source by path. A path that says nothing is kept.
func (in *intake) fromPath(r *filters.Record, value chunk.Value) {
	text, _ := value.Text()
	if len(in.path) == 0 || !bytes.Equal(text, in.path) {
		in.path = append(in.path[:0], text...)
		in.pathSource = in.sources.byPath(text)
	}
	if in.pathSource != nil {
		r.Source = in.pathSource
	}
	if r.Source.Kind == filters.Unknown {
		r.Fields = append(r.Fields, filters.Field{Key: in.pathKey, Value: value})
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

// addContext keeps the event's metadata, and the resource and scope of the
// group that it belongs to.
func addContext(r *filters.Record, ev *chunk.Event) {
	if ev.Metadata != nil {
		r.Fields = append(r.Fields, filters.Field{Key: keyMetadata, Value: ev.Metadata, Own: true})
	}
	group := ev.Group.Fields()
	for {
		key, value, ok := group.Next()
		if !ok {
			return
		}
		name, _ := key.Text()
		own := bytes.Equal(name, keyResource) || bytes.Equal(name, keyScope)
		r.Fields = append(r.Fields, filters.Field{Key: name, Value: value, Own: own})
	}
}
