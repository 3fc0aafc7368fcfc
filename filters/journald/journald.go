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

	"github.com/k8slog/k8slog/filters"
)

// Is says whether a record is a journal entry: one with a MESSAGE, and with
// fields that only the journal writes.
func Is(r *filters.Record) bool {
	return !r.Log.Exists() && find(r, "MESSAGE") >= 0 &&
		(find(r, "TRANSPORT") >= 0 || find(r, "BOOT_ID") >= 0 || find(r, "SYSTEMD_UNIT") >= 0 || find(r, "SYSLOG_IDENTIFIER") >= 0)
}

// Decode makes MESSAGE the text, PRIORITY the severity, and the source's own
// time the time of an entry, and returns the component that wrote it, which
// lies in the chunk or is a constant; nil when nothing says. All other fields
// stay.
func Decode(r *filters.Record) (component []byte) {
	component = componentOf(r)
	if i := find(r, "SOURCE_REALTIME_TIMESTAMP"); i >= 0 {
		// Microseconds since 1970.
		if us, err := strconv.ParseInt(string(text(r, i)), 10, 64); err == nil && us > 0 && us < 1<<53 {
			r.Time = us * 1000
		}
	}
	r.Flags |= filters.Decoded | filters.Timed
	if i := find(r, "PRIORITY"); i >= 0 {
		if p := text(r, i); len(p) == 1 {
			if s := filters.SyslogSeverity(int(p[0]) - '0'); s != 0 {
				r.Severity = s
				r.Fields = slices.Delete(r.Fields, i, i+1)
			}
		}
	}
	i := find(r, "MESSAGE")
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
func componentOf(r *filters.Record) []byte {
	if i := find(r, "TRANSPORT"); i >= 0 && string(text(r, i)) == "kernel" {
		return []byte("kernel")
	}
	var name []byte
	if i := find(r, "SYSTEMD_UNIT"); i >= 0 {
		// A scope or a slice is a session, not a program.
		if unit, ok := bytes.CutSuffix(text(r, i), []byte(".service")); ok && !bytes.HasPrefix(unit, []byte("user@")) {
			name = unit
		}
	}
	for _, key := range [...]string{"SYSLOG_IDENTIFIER", "COMM"} {
		if len(name) > 0 {
			break
		}
		if i := find(r, key); i >= 0 {
			name = text(r, i)
		}
	}
	if alias, ok := aliases[string(name)]; ok {
		return []byte(alias)
	}
	return name
}

func text(r *filters.Record, i int) []byte {
	b, _ := r.Fields[i].Value.Text()
	return b
}

// find returns the index of a field, whose name may have lost or kept its
// underscore, and its case; -1 when there is none.
func find(r *filters.Record, name string) int {
	for i := range r.Fields {
		key := r.Fields[i].Key
		if len(key) > 0 && key[0] == '_' {
			key = key[1:]
		}
		if len(key) == len(name) && bytes.EqualFold(key, []byte(name)) {
			return i
		}
	}
	return -1
}
