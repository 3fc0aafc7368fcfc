package syslog

import (
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/timestamp"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// encoder writes messages, each with its length before it.
type encoder struct {
	backend *Backend
	buf     []byte
	message []byte
	plain   []byte
	clock   timestamp.Formatter
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &encoder{backend: b} }

// Append implements backend.Encoder.
func (e *encoder) Append(r *filters.Record) {
	source, _ := r.Source.Rendered.(*rendered)
	c := &e.backend.config
	dst := append(e.message[:0], '<')
	dst = strconv.AppendInt(dst, int64(c.Facility*8+severity(r.Severity)), 10)
	dst = append(dst, ">1 "...)
	dst = e.clock.AppendTime(dst, r.Time)
	dst = append(dst[:len(dst)-4], 'Z') // microseconds are the most that RFC 5424 allows
	dst = append(dst, source.header...)
	dst = append(append(dst, messageID(r.Stream)...), ' ')

	dst = append(dst, source.identity...)
	dst = append(dst, ` id="`...)
	dst = append(r.AppendID(dst), '"')
	if r.Severity != 0 {
		dst = append(append(append(dst, ` severity="`...), r.Severity.String()...), '"')
	}
	for _, f := range [...]struct {
		flag filters.Flags
		text string
	}{{filters.Partial, ` partial="true"`}, {filters.Undecoded, ` undecoded="true"`}, {filters.Late, ` late="true"`}} {
		if r.Flags&f.flag != 0 {
			dst = append(dst, f.text...)
		}
	}
	closed := len(dst)
	dst = append(append(dst, ']'), source.groups...)
	dst = e.appendFields(dst, r.Fields)
	e.plain = jsontext.AppendValidUTF8(e.plain[:0], r.Plain())
	if len(dst)+1+len(e.plain) > c.MaxBytes && len(r.Fields) > 0 {
		dst = append(dst[:closed], ` fields_dropped="true"]`...)
		dst = append(dst, source.groups...)
	}
	dst = append(append(dst, ' '), e.plain...)
	e.message = dst
	e.buf = append(strconv.AppendInt(e.buf, int64(len(dst)), 10), ' ')
	e.buf = append(e.buf, dst...)
}

// appendFields appends the other fields of a record as an element. A value that is no text is
// JSON.
func (e *encoder) appendFields(dst []byte, fields []filters.Field) []byte {
	if len(fields) == 0 {
		return dst
	}
	_, number, _ := cutID(e.backend.config.ID)
	dst = append(append(dst, "[fields@"...), number...)
	for i := range fields {
		f := &fields[i]
		dst = append(dst, ' ')
		if len(f.Key) == 0 {
			dst = append(dst, '_')
		}
		for _, c := range f.Key[:min(len(f.Key), maxParamName)] {
			if !paramName(c) {
				c = '_'
			}
			dst = append(dst, c)
		}
		dst = append(dst, '=', '"')
		e.plain = appendValue(e.plain[:0], f)
		from := len(dst)
		dst = jsontext.AppendValidUTF8(dst, e.plain)
		dst = append(escapeFrom(dst, from), '"')
	}
	return append(dst, ']')
}

// appendValue appends the value of a field: a text as it is, and anything else as JSON.
func appendValue(dst []byte, f *filters.Field) []byte {
	if f.Value == nil && f.Text.Exists() {
		return f.Text.AppendPlain(dst)
	}
	from := len(dst)
	dst = ndjson.AppendValue(dst, f)
	if n := len(dst); n >= from+2 && dst[from] == '"' {
		inside := filters.EscapedText(dst[from+1 : n-1])
		decoded := inside.AppendPlain(dst)
		return append(dst[:from], decoded[n:]...)
	}
	return dst
}

func cutID(id string) (name, number string, found bool) {
	for i := range id {
		if id[i] == '@' {
			return id[:i], id[i+1:], true
		}
	}
	return id, "", false
}

// messageID is the MSGID: what kind of message it is.
func messageID(s filters.Stream) string {
	switch s {
	case filters.Stdout:
		return "stdout"
	case filters.Stderr:
		return "stderr"
	}
	return "-"
}

// severity returns the severity of RFC 5424, section 6.2.1. fatal is critical: emergency is for
// a whole machine, and receivers tell everybody who is logged in. An unknown one is
// informational.
func severity(s filters.Severity) int {
	switch {
	case s == 0:
		return 6
	case s < filters.Info:
		return 7
	case s < filters.Notice:
		return 6
	case s < filters.Warn:
		return 5
	case s < filters.Error:
		return 4
	case s < filters.Critical:
		return 3
	case s == filters.Alert:
		return 1
	}
	return 2
}

// Size implements backend.Encoder.
func (e *encoder) Size() int { return len(e.buf) }

// Frame implements backend.Encoder.
func (e *encoder) Frame() []byte { return e.buf }

// Reset implements backend.Encoder.
func (e *encoder) Reset() { e.buf = e.buf[:0] }
