// Package journald reads the fields of a journal entry
// (https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html)
// as Fluent Bit's systemd input passes them on: as they are, or with
// Strip_Underscores without the underscore at their beginning, and with
// Lowercase in lower case.
package journald

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// Tag is the tag of the input that reads the journal, or its first part. Only
// such records are entries: whoever else sends the fields of one is not
// believed.
const Tag = "journald"

// FromTag returns the source of that tag.
func FromTag(tag string) (filters.Source, bool) {
	rest, ok := strings.CutPrefix(tag, Tag)
	return filters.Source{Kind: filters.Journal}, ok && (rest == "" || rest[0] == '.')
}

// Is says whether a record is a journal entry.
func Is(r *filters.Record) bool {
	return r.Source.Kind == filters.Journal && !r.Log.Exists() && find(r, "MESSAGE", false) >= 0
}

// Decode makes MESSAGE the text, PRIORITY the severity, and the source's own
// time the time of an entry, and returns the component that wrote it, which
// lies in the chunk or is a constant; nil when nothing says. All other fields
// stay.
func Decode(r *filters.Record) (component []byte) {
	transport := string(text(r, find(r, "TRANSPORT", true)))
	component = componentOf(r, transport)
	if at := text(r, find(r, "SOURCE_REALTIME_TIMESTAMP", true)); len(at) > 0 {
		us, err := strconv.ParseInt(string(at), 10, 64)
		if err == nil && us > 0 && us < 1<<53 { // microseconds since 1970
			r.Time = us * 1000
		}
	}
	r.Flags |= filters.Decoded | filters.Timed
	at := find(r, "PRIORITY", false)
	if p := text(r, at); len(p) == 1 {
		if s := filters.SyslogSeverity(int(p[0]) - '0'); s != 0 {
			if transport == "stdout" && s == filters.Info {
				// What systemd enters for every line of a program's output.
				r.Fallback = s
			} else {
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
	return component
}

// aliases give units the names that the same components' files have.
var aliases = map[string]string{
	"ssh":                    "sshd",
	"dockerd":                "docker",
	"salt-minion":            "salt",
	"google-startup-scripts": "startupscript",
}

// componentOf trusts what journald itself knows, the transport and the unit,
// before what the writer says of itself.
func componentOf(r *filters.Record, transport string) []byte {
	if transport == "kernel" {
		return []byte("kernel")
	}
	// A scope or a slice is a session, not a program.
	name, ok := bytes.CutSuffix(text(r, find(r, "SYSTEMD_UNIT", true)), []byte(".service"))
	if !ok || bytes.HasPrefix(name, []byte("user@")) {
		name = nil
	}
	if len(name) == 0 {
		name = text(r, find(r, "COMM", true))
	}
	if len(name) == 0 {
		name = text(r, find(r, "SYSLOG_IDENTIFIER", false))
	}
	if alias, ok := aliases[string(name)]; ok {
		return []byte(alias)
	}
	if !isName(name) {
		return nil
	}
	return name
}

// isName says whether a name is one of a program. It becomes a label in
// backends, and whoever writes to the journal can choose it.
func isName(name []byte) bool {
	for _, c := range name {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '@':
		default:
			return false
		}
	}
	return len(name) > 0 && len(name) <= 63
}

// text returns the text of the field that find has found; nil when it is none.
func text(r *filters.Record, i int) []byte {
	if i < 0 {
		return nil
	}
	b, _ := r.Fields[i].Value.Text()
	return b
}

// find returns the index of a field; -1 when there is none. A field that only
// journald itself can write is trusted: its name begins with an underscore,
// unless the input has stripped them all, which cannot be told from an entry
// without one. Upper and lower case are the same.
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

func equalFold(key []byte, name string) bool {
	return len(key) == len(name) && bytes.EqualFold(key, []byte(name))
}

func hasUnderscores(r *filters.Record) bool {
	for i := range r.Fields {
		if len(r.Fields[i].Key) > 0 && r.Fields[i].Key[0] == '_' {
			return true
		}
	}
	return false
}
