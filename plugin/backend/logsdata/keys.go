package logsdata

import (
	"bytes"
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// fieldPrefix precedes the name of a field of the record that could be mistaken for an
// attribute of the plugin's own.
const fieldPrefix = filters.FieldPrefix

// reserved reports whether a name could be mistaken for an attribute that only the
// plugin or the receiver writes. Receivers change names: Loki replaces dots by _, and
// joins the names of nested objects, so that {"k8s":{"pod_name":…}} is k8s.pod.name.
// Therefore the words of a name are compared, in any case. nested is true when the
// value is an object, whose keys can be further words. A name without a letter or a
// digit of ASCII is reserved as well: Loki refuses a request with one.
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

// guarded maps the first word of a reserved name to the second words; nil for any
// second word. The first five are attributes of the plugin's own. The others are
// Loki's names for members of a log record.
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
	"field":     nil, // a name with fieldPrefix gets another one, so that no name comes twice
}

// maxWord is above the length of the words in guarded.
const maxWord = 16

// word appends the first word of a name in lower case, up to maxWord bytes, and
// returns the rest of the name.
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

// ownNames maps the keys of the plugin's own fields to their attributes, where these
// have another name.
var ownNames = []struct{ key, name []byte }{
	{[]byte("resource"), []byte("k8slog.resource")},
	{[]byte("scope"), []byte("k8slog.scope")},
	{[]byte("metadata"), []byte("k8slog.metadata")},
}

// nameOf returns the name of the attribute for a field, and the prefix of that name;
// empty for none. It also checks the keys of the plugin's own fields, because
// merge_log_key is an option.
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
