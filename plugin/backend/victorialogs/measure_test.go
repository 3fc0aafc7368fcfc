package victorialogs

import (
	"encoding/json"
	"strings"
	"testing"
)

// measure counts what VictoriaLogs makes of any object, or refuses it.
func FuzzMeasure(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":{"c":[1,{"d":"}"}],"e":{}},"\"":"\\","f":[[]],"g":null}`, `{}`, `{"a":{"b":{"c":{}}}}`, "{ \"a\" : [ 1 , 2 ] , \"b\" : true }",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, object string) {
		var parsed map[string]any
		if json.Unmarshal([]byte(object), &parsed) != nil || parsed == nil {
			_, _ = measure(nil, []byte(object)) // it does not fail
			return
		}
		trimmed := strings.TrimSpace(object)
		names, ok := measure(nil, []byte(trimmed[1:len(trimmed)-1]))
		if !ok {
			return
		}
		counted, longest := leaves("", trimmed)
		if n := len(names); n != counted || longest > maxName {
			t.Errorf("%q: %d fields, want %d, names up to %d", object, n, counted, longest)
		}
	})
}

// leaves counts the fields of an object, those that are there twice as well.
func leaves(prefix, object string) (n, longest int) {
	d := json.NewDecoder(strings.NewReader(object))
	_, _ = d.Token()
	for d.More() {
		key, _ := d.Token()
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return n, longest
		}
		name := prefix + key.(string)
		if raw[0] == '{' {
			k, l := leaves(name+".", string(raw))
			n, longest = n+k, max(longest, l)
			continue
		}
		n, longest = n+1, max(longest, len(name))
	}
	return n, longest
}
