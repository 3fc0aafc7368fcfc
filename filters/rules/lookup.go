package rules

import (
	"bytes"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/ansi"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/filters/logfmt"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/msgpack"
)

const escape = 0x1b

// shown returns the text of a record as a terminal shows it: without the escapes of its
// encoding, and without escape sequences.
func shown(r *filters.Record) []byte {
	text := r.Plain()
	if bytes.IndexByte(text, escape) < 0 {
		return text
	}
	start := len(r.Scratch)
	r.Scratch = ansi.AppendStripped(r.Scratch, text)
	return r.Scratch[start:len(r.Scratch):len(r.Scratch)]
}

// pathOf splits the name of a field. A dot leads into an object.
func pathOf(name string) []string { return strings.Split(name, ".") }

// lookup returns the value of a field of the record, or else of a member of its text, which
// is JSON or logfmt. The value of a string is without quotes and escapes.
func lookup(r *filters.Record, path []string) (value []byte, ok bool) {
	for i := range slices.Backward(r.Fields) {
		f := &r.Fields[i]
		n := jsonlog.KeyLen(f.Key, path)
		if n == 0 {
			continue
		}
		if value, ok = lookupField(r, f, path[n:]); ok {
			return value, true
		}
	}
	start := r.Log.Start()
	if len(start) == 0 {
		return nil, false
	}
	switch text := r.Plain(); {
	case start[0] == '{':
		if value, ok = jsonlog.Lookup(text, path); ok {
			return plainJSON(r, value), true
		}
	case startsPair(start):
		return lookupPair(r, text, path)
	}
	return nil, false
}

// startsPair reports whether a text begins with a name and "=". Who names a key knows that
// the text has pairs, whatever their names are.
func startsPair(start []byte) bool {
	for i, c := range start {
		switch {
		case c == '=':
			return i > 0
		case c|0x20-'a' >= 26 && c-'0' > 9 && strings.IndexByte("_-.@/", c) < 0:
			return false
		}
	}
	return false
}

func lookupField(r *filters.Record, f *filters.Field, path []string) (value []byte, ok bool) {
	switch {
	case f.Text.Exists():
		if len(path) > 0 {
			return nil, false
		}
		if plain, ok := f.Text.Plain(); ok {
			return plain, true
		}
		start := len(r.Scratch)
		r.Scratch = f.Text.AppendPlain(r.Scratch)
		return r.Scratch[start:len(r.Scratch):len(r.Scratch)], true
	case f.Value == nil:
		if len(path) == 0 {
			return plainJSON(r, f.JSON), true
		}
		if value, ok = jsonlog.Lookup(f.JSON, path); ok {
			value = plainJSON(r, value)
		}
		return value, ok
	}
	return lookupValue(r, f.Value, path)
}

func lookupValue(r *filters.Record, v msgpack.Value, path []string) (value []byte, ok bool) {
	if len(path) == 0 {
		if text, ok := v.Text(); ok {
			return text, true
		}
		start := len(r.Scratch)
		r.Scratch = msgpack.AppendJSON(r.Scratch, v)
		return r.Scratch[start:len(r.Scratch):len(r.Scratch)], true
	}
	if v.Type() != msgpack.Map {
		return nil, false
	}
	members := v.Fields()
	for {
		key, member, more := members.Next()
		if !more {
			return nil, false
		}
		name, _ := key.Text()
		if n := jsonlog.KeyLen(name, path); n > 0 {
			if value, ok = lookupValue(r, member, path[n:]); ok {
				return value, true
			}
		}
	}
}

// lookupPair returns the value of a pair of logfmt.
func lookupPair(r *filters.Record, text []byte, path []string) (value []byte, ok bool) {
	for pair, rest, more := logfmt.Next(text); more; pair, rest, more = logfmt.Next(rest) {
		if jsonlog.KeyLen(pair.Key, path) != len(path) {
			continue
		}
		if plain, ok := pair.Text().Plain(); ok {
			return plain, true
		}
		start := len(r.Scratch)
		r.Scratch = pair.Text().AppendPlain(r.Scratch)
		return r.Scratch[start:len(r.Scratch):len(r.Scratch)], true
	}
	return nil, false
}

// plainJSON returns a JSON value; a string without quotes and escapes.
func plainJSON(r *filters.Record, value []byte) []byte {
	inside, ok := jsonlog.String(value)
	if !ok {
		return bytes.TrimSpace(value)
	}
	if bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	start := len(r.Scratch)
	r.Scratch = jsontext.AppendUnescaped(r.Scratch, inside)
	return r.Scratch[start:len(r.Scratch):len(r.Scratch)]
}

// setField sets a field of a record. A field with the same key is replaced.
func setField(r *filters.Record, f filters.Field) {
	for i := range r.Fields {
		if bytes.Equal(r.Fields[i].Key, f.Key) {
			r.Fields[i] = f
			return
		}
	}
	r.Fields = append(r.Fields, f)
}
