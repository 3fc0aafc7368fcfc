package splunk

import (
	"bytes"
	"strconv"
	"unicode"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/internal/timestamp"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// encoder writes events. It implements backend.Encoder.
type encoder struct {
	objects bool
	buf     []byte
	clock   timestamp.Formatter
	text    []byte // a value
}

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*rendered)
	if source == nil {
		source = new(rendered)
	}
	dst := appendTime(append(e.buf, `{"time":`...), r.Time)
	dst = append(dst, source.event...)
	dst = append(dst, `,"event":`...)
	switch {
	case e.objects:
		dst = ndjson.AppendOwn(dst, ndjson.Begin, r, source.object, &e.clock)
		for i := range r.Fields {
			dst = append(dst, ',')
			dst = ndjson.AppendField(dst, &r.Fields[i])
		}
		dst = append(dst, '}')
	case !r.Log.Exists() && len(r.Fields) > 0:
		dst = ndjson.AppendFields(dst, r.Fields)
		dst = e.appendIndexed(dst, r, source, nil)
	case blank(r):
		// Splunk refuses it, and with it all events behind it.
		dst = append(dst, `{"log":"`...)
		dst = r.Log.AppendJSON(dst)
		dst = append(dst, '"', '}')
		dst = e.appendIndexed(dst, r, source, r.Fields)
	default:
		dst = append(dst, '"')
		dst = r.Log.AppendJSON(dst)
		dst = append(dst, '"')
		dst = e.appendIndexed(dst, r, source, r.Fields)
	}
	e.buf = append(dst, '}', '\n')
}

// appendTime appends seconds with nine decimals. Splunk refuses an exponent.
func appendTime(dst []byte, ns int64) []byte {
	ns = max(ns, 0)
	dst = strconv.AppendInt(dst, ns/1e9, 10)
	dst = append(dst, '.')
	start := len(dst)
	dst = strconv.AppendInt(dst, ns%1e9+1e9, 10)
	return append(dst[:start], dst[start+1:]...) // without the 1 before the zeros
}

// blank says whether there is nothing to see in a text.
func blank(r *filters.Record) bool {
	if kept := r.Log.Encoded(); len(kept) > 0 && kept[0] > ' ' && kept[0] != '\\' && kept[0] < 0x7f {
		return false
	}
	return bytes.IndexFunc(r.Plain(), func(c rune) bool { return c > ' ' && c != 0x7f && !unicode.IsSpace(c) }) < 0
}

// appendIndexed appends the indexed fields, texts all of them: Splunk refuses
// an event with an object among them. What a filter found in the text as an
// object is left out, because the text has it.
func (e *encoder) appendIndexed(dst []byte, r *filters.Record, source *rendered, fields []filters.Field) []byte {
	dst = append(dst, `,"fields":{`...)
	start := len(dst)
	dst = append(dst, source.fields...)
	dst = appendMember(dst, "log.iostream", r.Stream.String())
	if r.Severity != 0 {
		dst = appendMember(dst, "severity", r.Severity.String())
		dst = append(dst, `,"severity_number":"`...)
		dst = strconv.AppendUint(dst, uint64(r.Severity), 10)
		dst = append(dst, '"')
	}
	if r.Flags&filters.Partial != 0 {
		dst = append(dst, `,"partial":"true"`...)
	}
	if r.Flags&filters.Undecoded != 0 {
		dst = append(dst, `,"undecoded":"true"`...)
	}
	if r.Flags&filters.Late != 0 {
		dst = append(dst, `,"late":"true"`...)
	}
	for i := range fields {
		if !fields[i].Own || fields[i].JSON == nil {
			dst = e.appendField(dst, &fields[i])
		}
	}
	if len(dst) > start { // without the first comma
		dst = append(dst[:start], dst[start+1:]...)
	}
	return append(dst, '}')
}

// appendField appends a field under a name that neither the plugin nor Splunk
// uses itself; nothing when its value is empty.
func (e *encoder) appendField(dst []byte, f *filters.Field) []byte {
	before := len(dst)
	dst = append(dst, ',', '"')
	if !f.Own && reserved(f.Key) {
		dst = append(dst, ndjson.FieldPrefix...)
	}
	for _, c := range f.Key {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '_', c == '.', c == '-':
		default:
			c = '_' // it would end the name, or begin another
		}
		dst = append(dst, c)
	}
	dst = append(dst, '"', ':', '"')
	value := len(dst)
	switch {
	case f.Value != nil:
		e.text = msgpack.AppendText(e.text[:0], f.Value)
		dst = jsontext.AppendBody(dst, e.text)
	case f.Text.Exists():
		dst = f.Text.AppendJSON(dst)
	default:
		dst = jsontext.AppendBody(dst, f.JSON)
	}
	if len(dst) == value {
		return dst[:before]
	}
	return append(dst, '"')
}

// reserved are the names of the plugin's own fields, and those that Splunk
// keeps for itself: whatever begins with _ or date_, and some more.
func reserved(key []byte) bool {
	if len(key) == 0 || !isNameStart(key[0]) || ndjson.Reserved(key) || hasPrefixFold(key, "k8s.") || hasPrefixFold(key, "date_") {
		return true
	}
	for _, name := range [...]string{
		"container.id", "container.image.name", "log.iostream", "host", "source", "sourcetype", "index", "event", "fields", "eventtype", "linecount",
		"punct", "splunk_server", "splunk_server_group", "tag", "timestamp", "timestartpos", "timeendpos",
	} {
		if len(key) == len(name) && hasPrefixFold(key, name) {
			return true
		}
	}
	return false
}

func isNameStart(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' }

func hasPrefixFold(key []byte, prefix string) bool {
	return len(key) >= len(prefix) && bytes.EqualFold(key[:len(prefix)], []byte(prefix))
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf = e.buf[:0] }
