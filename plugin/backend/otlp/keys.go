package otlp

import (
	"bytes"
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// fieldPrefix stands before the name of an incoming field that could pass for
// an attribute of the plugin's own.
const fieldPrefix = "field_"

// reserved says whether a name could pass for what only the plugin, or the
// receiver itself, says. Receivers change names: Loki makes _ of dots, and joins
// the names of nested objects, so that {"k8s":{"pod_name":…}} is k8s.pod.name to
// it. So the words of a name count, in any case, and nested says whether the
// value is an object that could have the others. A name without any letter or
// digit of ASCII is none to Loki, which refuses the request.
func reserved(key []byte, nested bool) bool {
	var memory [2][maxWord]byte
	first, rest := word(memory[0][:0], key)
	second, _ := word(memory[1][:0], rest)
	seconds, ok := guarded[string(first)]
	switch {
	case !ok:
		return false
	case seconds == nil:
		return true
	case len(second) == 0:
		return nested
	}
	return slices.Contains(seconds, string(second))
}

// guarded are the first words of names that are reserved, and the second ones;
// nil for all. The first five are attributes of the plugin's own, and the others
// what Loki calls members of a log record.
var guarded = map[string][]string{
	"k8s":       nil,
	"k8slog":    nil,
	"container": {"id"},
	"service":   {"name"},
	"log":       {"iostream", "record", "file"},
	"severity":  {"number", "text"},
	"observed":  {"timestamp"},
	"trace":     {"id", "flags"},
	"span":      {"id"},
	"flags":     nil,
	"scope":     {"name", "version", "dropped"},
	"dropped":   {"attributes"},
	"detected":  {"level"},
	"":          nil, // no letter and no digit
	"field":     nil, // so that what has the prefix already does not come twice
}

// maxWord is longer than any word that counts.
const maxWord = 16

// word appends the first word of a name, in small letters, and returns what
// stands behind it. Of a long word the beginning is enough.
func word(dst, name []byte) (w, rest []byte) {
	for len(name) > 0 && !alphanumeric(name[0]) {
		name = name[1:]
	}
	for len(name) > 0 && alphanumeric(name[0]) {
		c := name[0]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if len(dst) < maxWord {
			dst = append(dst, c)
		}
		name = name[1:]
	}
	return dst, name
}

func alphanumeric(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' }

// ownNames are those of fields of the plugin's own which are found under other
// names in this protocol.
var ownNames = []struct{ key, name []byte }{
	{[]byte("resource"), []byte("k8slog.resource")},
	{[]byte("scope"), []byte("k8slog.scope")},
	{[]byte("metadata"), []byte("k8slog.metadata")},
}

// nameOf returns the name of an attribute for a field, and the prefix that it
// needs. The keys of the plugin's own fields are checked as well: merge_log_key
// is an option.
func nameOf(f *filters.Field) (prefix string, name []byte) {
	if f.Own {
		for i := range ownNames {
			if bytes.Equal(f.Key, ownNames[i].key) {
				return "", ownNames[i].name
			}
		}
	}
	nested := f.Value.Type() == msgpack.Map || len(f.JSON) > 0 && f.JSON[0] != '"'
	if reserved(f.Key, nested) {
		return fieldPrefix, f.Key
	}
	return "", f.Key
}
