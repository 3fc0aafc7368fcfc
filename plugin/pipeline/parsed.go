package pipeline

import (
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// The keys of records that Fluent Bit's parsers for docker and CRI write.
const (
	keyMessage = "message"
	keyStream  = "stream"
	keyTime    = "time"
	keyLogtag  = "logtag"
)

// fromParser completes a record that Fluent Bit's parser for docker or CRI has decoded.
// Such a record has a stream. Its text is in log, or in message for the parser cri. The
// text is the program's own, and is not decoded again, whatever it looks like.
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
		ns, ok := timestamp.ParseRFC3339(time.text)
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

// taken is a field that was removed from a record.
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
