package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// set reads fields with constant values.
func (p *parser) set(n *yaml.Node) (all []filters.Field) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.problem(n, "set is %s; allowed: names of fields with values, as in set: {team: shop}", kindOf(n))
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], follow(n.Content[i+1])
		p.fieldName(key, key.Value, "the field "+key.Value)
		text, ok := p.scalar(value, "field "+key.Value)
		if open := strings.IndexByte(text, '{'); open >= 0 && strings.IndexByte(text[open:], '}') > 0 {
			p.note(value, "the field %s is the text %q as it is: only tenant and index take fields in braces", key.Value, text)
		}
		f := filters.Field{Key: []byte(key.Value), Text: filters.PlainText([]byte(text))}
		switch number := value.Tag == "!!int" || value.Tag == "!!float"; {
		case !ok:
			continue
		case value.Tag == "!!bool":
			f = filters.Field{Key: f.Key, JSON: []byte("false")}
			if p.boolean(value, "field "+key.Value) {
				f.JSON = []byte("true")
			}
		case number && jsonlog.IsNumber([]byte(text)):
			f = filters.Field{Key: f.Key, JSON: []byte(text)}
		}
		all = append(all, f)
	}
	return all
}

// paths reads a list of fields, in which a dot leads into an object.
func (p *parser) paths(n *yaml.Node, what string) (all [][]string) {
	for _, name := range p.texts(n, what) {
		all = append(all, pathOf(name))
	}
	return all
}

// remove removes a field, or a member of a field that is an object.
func remove(r *filters.Record, path []string) (removed bool) {
	for i := 0; i < len(r.Fields); i++ {
		f := &r.Fields[i]
		n := jsonlog.KeyLen(f.Key, path)
		switch {
		case n == 0:
		case n == len(path):
			r.Fields = slices.Delete(r.Fields, i, i+1)
			i--
			removed = true
		case f.Value == nil && f.JSON != nil, f.Value.Type() == msgpack.Map:
			object := f.JSON
			if f.Value != nil {
				start := len(r.Scratch)
				r.Scratch = msgpack.AppendJSON(r.Scratch, f.Value)
				object = r.Scratch[start:len(r.Scratch):len(r.Scratch)]
			}
			start := len(r.Scratch)
			var ok bool
			if r.Scratch, ok = jsonlog.AppendWithout(r.Scratch, object, path[n:]); ok {
				f.Value, f.JSON = nil, r.Scratch[start:len(r.Scratch):len(r.Scratch)]
				removed = true
			}
		}
	}
	return removed
}

// takeText makes a field, or else a member of a JSON text, the text of the record. The field
// is removed. It returns false, and changes nothing, when there is none with a text.
func takeText(r *filters.Record, path []string) bool {
	for i := range slices.Backward(r.Fields) {
		f := &r.Fields[i]
		if jsonlog.KeyLen(f.Key, path) != len(path) {
			continue
		}
		text, ok := f.Text, f.Text.Exists()
		if f.Value != nil {
			var plain []byte
			if plain, ok = f.Value.Text(); ok {
				text = filters.PlainText(plain)
			}
		}
		if ok {
			r.Log = text
			r.Fields = slices.Delete(r.Fields, i, i+1)
			return true
		}
	}
	start := r.Log.Start()
	if len(start) == 0 || start[0] != '{' {
		return false
	}
	value, _ := jsonlog.Lookup(r.Plain(), path)
	inside, ok := jsonlog.String(value)
	if ok {
		r.Log = filters.EscapedText(inside)
	}
	return ok
}
