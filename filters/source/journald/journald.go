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

// Writer identifies the writer of an entry. Its bytes are a part of the chunk or constants.
type Writer struct {
	// Component is the component of the node; nil for unknown, and for containers.
	Component []byte
	// Container and ContainerID are Docker's name and ID of the container that wrote the
	// entry; nil for other writers. The ID can be nil for a container as well.
	Container, ContainerID []byte
}

// Decode decodes an entry and returns its writer. It sets Log from MESSAGE, Severity or
// FallbackSeverity from PRIORITY, Time from SOURCE_REALTIME_TIMESTAMP, and the flags Decoded
// and Timed. For the line of a container it sets Stream instead of the severity, Time from
// SYSLOG_TIMESTAMP, and the flag Partial. It removes MESSAGE and PRIORITY when they are valid,
// and keeps all other fields.
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
		w = decodeContainer(r, w)
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
	return w
}

// aliases maps names of units to the names of their components in other sources.
var aliases = map[string]string{
	"ssh":                    "sshd",
	"cri-o":                  "crio",
	"dockerd":                docker,
	"salt-minion":            "salt",
	"google-startup-scripts": "startupscript",
}

// componentOf returns the component of an entry. The transport and the unit, which journald
// sets, take precedence over fields that the writer can influence. For an instance of a
// template unit, the component is the name of the template. unit is true when the component
// is the name of the unit.
func componentOf(r *filters.Record, transport string) (name []byte, unit bool) {
	if transport == "kernel" {
		return []byte("kernel"), false
	}
	// Only services are programs: scopes and slices are sessions.
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

// isName returns whether a name is valid for a component. Backends use it as a label, and
// writers of journal entries can choose it.
func isName(name []byte) bool {
	for _, c := range name {
		if !inName(c) && c != '@' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 63
}

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
// leading underscore, or no field of the entry has one, because the input stripped them. A
// writer cannot produce an entry without any leading underscore, because journald adds
// fields that have one.
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
