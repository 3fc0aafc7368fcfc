package command

import (
	"bytes"
	"encoding/json"
)

// withoutCredentialsJSON returns JSON whose texts have nothing that looks like a credential: an
// answer of the backend, or the sample of a dead letter, may have one. What is no JSON is treated
// as lines.
func withoutCredentialsJSON(text []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var all any
	if err := decoder.Decode(&all); err != nil {
		return withoutCredentials(text)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(withoutCredentialsIn(all)); err != nil {
		return withoutCredentials(text)
	}
	return b.Bytes()
}

func withoutCredentialsIn(value any) any {
	switch v := value.(type) {
	case string:
		return string(withoutCredentials([]byte(v)))
	case []any:
		for i := range v {
			v[i] = withoutCredentialsIn(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withoutCredentialsIn(v[name])
		}
	}
	return value
}
