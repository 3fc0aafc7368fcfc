package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

var (
	badIndex = regexp.MustCompile(`^[-_+.]|[A-Z\\/*?"<>| ,#:]`)
	// metadata are fields that no document may have.
	metadata = regexp.MustCompile(`^_(id|index|type|source|routing|field_names|ignored|seq_no|version|tier|nested_path)$`)
)

// maxNested is index.mapping.depth.limit.
const maxNested = 20

// store stores a document, or says why not.
func (s *Elasticsearch) store(a action) *Failure {
	refuse := func(f *Failure) *Failure {
		s.refused = append(s.refused, f.Reason)
		return f
	}
	isStream := s.DataStream != nil && s.DataStream(a.index) || s.DataStream == nil && strings.HasPrefix(a.index, "logs-")
	switch {
	case badIndex.MatchString(a.index), len(a.index) > 255:
		return refuse(&Failure{400, "invalid_index_name_exception", "Invalid index name [" + a.index + "]"})
	case isStream && a.op != "create":
		return refuse(&Failure{400, "illegal_argument_exception", "only write ops with an op_type of create are allowed in data streams"})
	}
	d := json.NewDecoder(bytes.NewReader(a.doc))
	d.UseNumber()
	value, err := strict(d, 0)
	if err == nil {
		if _, e := d.Token(); e != io.EOF {
			err = fmt.Errorf("something stands behind the document: %v", e)
		}
	}
	doc, ok := value.(map[string]any)
	if err != nil || !ok {
		return refuse(&Failure{400, "document_parsing_exception", fmt.Sprintf("[1:1] failed to parse: %v", err)})
	}
	for key := range doc {
		if metadata.MatchString(key) {
			return refuse(&Failure{400, "document_parsing_exception", "Field [" + key + "] is a metadata field and cannot be added inside a document."})
		}
	}
	if isStream {
		text, _ := doc["@timestamp"].(string)
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
			return refuse(&Failure{400, "document_parsing_exception", "data stream timestamp field [@timestamp]: " + err.Error()})
		}
	}
	if path := s.conflict(a.index, "", doc); path != "" {
		return refuse(&Failure{400, "document_parsing_exception", "object mapping for [" + path + "] tried to parse field as object, but found a concrete value"})
	}
	if s.Each != nil {
		if f := s.Each(s.requests, Doc{a.index, a.id, doc}); f != nil {
			return f
		}
	}
	if a.id == "" && s.Keep == nil {
		a.id = fmt.Sprintf("generated-%d", len(s.docs))
	}
	if s.keep(Doc{a.index, a.id, doc}, a.op) {
		return &Failure{409, "version_conflict_engine_exception", "[" + a.id + "]: version conflict, document already exists (current version [1])"}
	}
	return nil
}

// keep stores a document, unless it is to be created and exists.
func (s *Elasticsearch) keep(d Doc, op string) (exists bool) {
	if s.Keep != nil {
		return s.Keep(d)
	}
	if s.ids == nil {
		s.ids = map[string]bool{}
	}
	key := d.Index + " " + d.ID
	if op == "create" && s.ids[key] {
		return true
	}
	s.ids[key] = true
	s.docs = append(s.docs, d)
	return false
}

// conflict returns a path that is an object in one document of an index and
// something else in another.
func (s *Elasticsearch) conflict(index, path string, object map[string]any) string {
	if s.kinds == nil {
		s.kinds = map[string]bool{}
	}
	for key, value := range object {
		inner, isObject := value.(map[string]any)
		at := path + "." + key
		was, known := s.kinds[index+at]
		if known && was != isObject {
			return at[1:]
		}
		s.kinds[index+at] = isObject
		if isObject {
			if path := s.conflict(index, at, inner); path != "" {
				return path
			}
		}
	}
	return ""
}

// strict reads a value as the servers do: no key twice, none that is blank, not
// too deep.
func strict(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth > maxNested {
		return nil, fmt.Errorf("limit of mapping depth [%d] has been exceeded", maxNested)
	}
	object, list := map[string]any{}, []any{}
	for d.More() {
		if delim == '[' {
			value, err := strict(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
			continue
		}
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string)
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("duplicate field '%s'", key)
		}
		if strings.TrimSpace(key) == "" || strings.Contains(key, "\x00") || depth == 0 && strings.Trim(key, ".") != key {
			return nil, fmt.Errorf("field name cannot be %q", key)
		}
		if object[key], err = strict(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	if delim == '[' {
		return list, err
	}
	return object, err
}
