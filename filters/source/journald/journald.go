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

// Writer is who wrote an entry. Its bytes lie in the chunk or are constants; nil
// when nothing says.
type Writer struct {
	Component []byte
	// Container is docker's name of the container that wrote the entry, and
	// ContainerID its id. It has no component then.
	Container, ContainerID []byte
}

// Decode makes MESSAGE the text, PRIORITY the severity, and the source's own
// time the time of an entry, and returns who wrote it. All other fields stay.
func Decode(r *filters.Record) Writer {
	transport := string(text(r, find(r, "TRANSPORT", true)))
	component, unit := componentOf(r, transport)
	if at := text(r, find(r, "SOURCE_REALTIME_TIMESTAMP", true)); len(at) > 0 {
		us, err := strconv.ParseInt(string(at), 10, 64)
		if err == nil && us > 0 && us < 1<<53 { // microseconds since 1970
			r.Time = us * 1000
		}
	}
	r.Flags |= filters.Decoded | filters.Timed
	w := Writer{Component: component}
	if unit && string(component) == docker {
		w = ofContainer(r, w)
	}
	at := find(r, "PRIORITY", false)
	if p := text(r, at); len(p) == 1 {
		if s := filters.SyslogSeverity(int(p[0]) - '0'); s != 0 {
			switch {
			case w.Container != nil && s == filters.Info:
				r.Stream = filters.Stdout
			case w.Container != nil && s == filters.Error:
				r.Stream = filters.Stderr
			case transport == "stdout":
				// What systemd enters for every line of a unit's output that
				// does not begin with a priority itself (SyslogLevel=): it
				// counts where the line has no word of its own.
				r.Fallback = s
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
	return w
}

// aliases give units the names that the same components' files have.
var aliases = map[string]string{
	"ssh":                    "sshd",
	"cri-o":                  "crio",
	"dockerd":                docker,
	"salt-minion":            "salt",
	"google-startup-scripts": "startupscript",
}

// componentOf trusts what journald itself knows, the transport and the unit,
// before what the writer says of itself. unit tells that it is the unit's name;
// of one of a template's many instances, that of the template.
func componentOf(r *filters.Record, transport string) (name []byte, unit bool) {
	if transport == "kernel" {
		return []byte("kernel"), false
	}
	// A scope or a slice is a session, not a program.
	name, ok := bytes.CutSuffix(text(r, find(r, "SYSTEMD_UNIT", true)), []byte(".service"))
	name, _, instance := bytes.Cut(name, []byte{'@'})
	if !ok || instance && string(name) == "user" {
		name = nil
	}
	if unit = len(name) > 0; !unit {
		name = text(r, find(r, "COMM", true))
	}
	if len(name) == 0 {
		name = text(r, find(r, "SYSLOG_IDENTIFIER", false))
	}
	if alias, ok := aliases[string(name)]; ok {
		return []byte(alias), unit
	}
	if !isName(name) {
		return nil, false
	}
	return name, unit
}

// isName says whether a name is one of a program. It becomes a label in
// backends, and whoever writes to the journal can choose it.
func isName(name []byte) bool {
	for _, c := range name {
		if !inName(c) && c != '@' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 63
}

func inName(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
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
