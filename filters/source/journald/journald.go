// Package journald decodes the fields of a journal entry
// (https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html)
// from Fluent Bit's systemd input. With its option Strip_Underscores, the names of the fields
// have no leading underscore. With its option Lowercase, they are in lower case.
package journald

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// Tag is the tag of the input that reads the journal, or the first part of that tag. Records
// with other tags are not journal entries, because any sender can choose such fields.
const Tag = "journald"

// FromTag returns the source of the journal. ok is false unless tag is Tag or begins with Tag
// and a dot.
func FromTag(tag string) (source filters.Source, ok bool) {
	rest, ok := strings.CutPrefix(tag, Tag)
	return filters.Source{Kind: filters.Journal}, ok && (rest == "" || rest[0] == '.')
}

// IsEntry returns whether a record is a journal entry that is not yet decoded.
func IsEntry(r *filters.Record) bool {
	return r.Source.Kind == filters.Journal && !r.Log.Exists() && find(r, "MESSAGE", false) >= 0
}

// Decode decodes an entry and returns its writer. It sets Log from MESSAGE, Severity or
// FallbackSeverity from PRIORITY, Time from SOURCE_REALTIME_TIMESTAMP, and the flags Decoded
// and Timed. It adds what the writer calls itself as the field program. For the line of a
// container from Docker it sets Stream instead of the severity, Time from SYSLOG_TIMESTAMP, and
// the flag Partial. It removes MESSAGE and PRIORITY when they are valid, and keeps all other
// fields.
func Decode(r *filters.Record) Writer {
	w := writerOf(r)
	if at := text(r, find(r, "SOURCE_REALTIME_TIMESTAMP", true)); len(at) > 0 {
		us, err := strconv.ParseInt(string(at), 10, 64)
		if err == nil && us > 0 && us < 1<<53 { // microseconds since 1970
			r.Time = us * 1000
		}
	}
	r.Flags |= filters.Decoded | filters.Timed
	byDocker := string(journaldField(r, "SYSTEMD_UNIT")) == dockerUnit && decodeContainer(r, &w)
	at := find(r, "PRIORITY", false)
	if p := text(r, at); len(p) == 1 {
		if s := filters.SyslogSeverity(int(p[0]) - '0'); s != 0 {
			switch {
			case byDocker && s == filters.Info:
				r.Stream = filters.Stdout
			case byDocker && s == filters.Error:
				r.Stream = filters.Stderr
			case string(text(r, find(r, "TRANSPORT", true))) == "stdout":
				// systemd sets the unit's default priority (SyslogLevel=) for
				// output without one. It counts only when the text has no
				// severity.
				r.FallbackSeverity = s
			default:
				r.Severity = s
			}
			r.Fields = slices.Delete(r.Fields, at, at+1)
		}
	}
	i := find(r, "MESSAGE", false)
	if message, ok := r.Fields[i].Value.Text(); ok {
		r.Log = filters.PlainText(filters.TrimNewline(message))
		r.Fields = slices.Delete(r.Fields, i, i+1)
	}
	if name := program(r); !byDocker && len(name) > 0 {
		r.SetOwn(filters.Field{Key: keyProgram, Text: filters.PlainText(name)})
	}
	return w
}

// keyProgram is the key that the program of a syslog line has as well.
var keyProgram = []byte("program")

// inName returns whether c is valid in the name of a component or a container.
func inName(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

// text returns the string in the field with index i; nil for other types, and for i = -1.
func text(r *filters.Record, i int) []byte {
	if i < 0 {
		return nil
	}
	b, _ := r.Fields[i].Value.Text()
	return b
}

// find returns the index of a field; -1 for none. It ignores case. name is without its leading
// underscore. With trusted, the field must be one that only journald can set: its name has a
// leading underscore, or no field of the entry has one, because the input stripped them. Of an
// entry with stripped names, this is no proof (see journaldField): the field must not decide
// who wrote the entry.
func find(r *filters.Record, name string, trusted bool) int {
	stripped := -1
	for i := range r.Fields {
		key := r.Fields[i].Key
		if len(key) > 0 && key[0] == '_' {
			if trusted && equalFold(key[1:], name) {
				return i
			}
			continue
		}
		if stripped < 0 && equalFold(key, name) {
			stripped = i
		}
	}
	if trusted && hasUnderscores(r) {
		return -1
	}
	return stripped
}

// journaldField returns the text of a field that journald has set; nil for none. name is
// without its leading underscore, which the field must have: journald discards such fields of
// a writer. In an entry with stripped names (Strip_Underscores), a field that journald has not
// set can be one that the writer has set, and nothing tells the two apart.
func journaldField(r *filters.Record, name string) []byte {
	for i := range r.Fields {
		if key := r.Fields[i].Key; len(key) > 0 && key[0] == '_' && equalFold(key[1:], name) {
			return text(r, i)
		}
	}
	return nil
}

// equalFold returns whether key is name, in any case.
func equalFold(key []byte, name string) bool {
	return len(key) == len(name) && bytes.EqualFold(key, []byte(name))
}

// hasUnderscores returns whether any field has a leading underscore.
func hasUnderscores(r *filters.Record) bool {
	for i := range r.Fields {
		if len(r.Fields[i].Key) > 0 && r.Fields[i].Key[0] == '_' {
			return true
		}
	}
	return false
}
