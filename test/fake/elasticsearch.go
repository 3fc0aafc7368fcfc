package fake

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Doc is a document that is stored.
type Doc struct {
	Index, ID string
	// Source is the document, its numbers as json.Number.
	Source map[string]any
}

// Failure is what the server says of a document instead of storing it.
type Failure struct {
	Status       int
	Type, Reason string
}

// Elasticsearch is POST /_bulk of Elasticsearch and OpenSearch. It refuses what
// they refuse, in their words. Its fields are set before the first request. The
// zero value takes every valid document.
type Elasticsearch struct {
	// MaxBody is how many bytes a request may have, uncompressed; 0 for any.
	MaxBody int
	// DataStream says whether an index is a data stream; nil for all that
	// begin with logs-.
	DataStream func(index string) bool
	// Whole, where it returns a status, answers a request before it is read.
	// Each decides on a document that is otherwise valid. Both may be nil.
	Whole func(request int) (status int, header http.Header, body string)
	Each  func(request int, d Doc) *Failure
	// Keep takes each document that is stored, in the place of Docs. It says whether
	// one with its index and id is there already.
	Keep func(d Doc) (exists bool)

	mu       sync.Mutex
	requests int
	docs     []Doc
	ids      map[string]bool // index and id
	kinds    map[string]bool // index and path: whether it is an object
	refused  []string
}

// Docs returns what is stored, in the order in which it came.
func (s *Elasticsearch) Docs() []Doc {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Doc(nil), s.docs...)
}

// Requests returns how many requests there were.
func (s *Elasticsearch) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Refused returns why documents and requests were refused that no function of
// the test refused: what the sender did wrong.
func (s *Elasticsearch) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.refused...)
}

// ServeHTTP implements http.Handler.
func (s *Elasticsearch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	w.Header().Set("Content-Type", "application/json")
	if s.Whole != nil {
		if status, header, body := s.Whole(s.requests); status != 0 {
			_, _ = io.Copy(io.Discard, r.Body)
			for name, values := range header {
				w.Header()[name] = values
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
	}
	if f := s.serve(w, r); f != nil {
		s.refused = append(s.refused, f.Reason)
		w.WriteHeader(f.Status)
		if f.Type != "" {
			fmt.Fprintf(w, `{"error":{"root_cause":[{"type":%[1]s,"reason":%[2]s}],"type":%[1]s,"reason":%[2]s},"status":%[3]d}`,
				quoted(f.Type), quoted(f.Reason), f.Status)
		}
	}
}

func (s *Elasticsearch) serve(w http.ResponseWriter, r *http.Request) *Failure {
	if r.Method != http.MethodPost && r.Method != http.MethodPut || r.URL.Path != "/_bulk" {
		return &Failure{405, "", "Incorrect HTTP method for uri [" + r.URL.Path + "] and method [" + r.Method + "]"}
	}
	switch content, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); content {
	case "application/x-ndjson", "application/json":
	default:
		return &Failure{406, "media_type_header_exception", "Content-Type header [" + content + "] is not supported"}
	}
	body, f := s.body(r)
	if f != nil {
		return f
	}
	if len(body) == 0 {
		return &Failure{400, "parse_exception", "request body is required"}
	}
	if body[len(body)-1] != '\n' {
		return &Failure{400, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]"}
	}
	actions, f := parse(body)
	if f != nil {
		return f // as a whole: nothing was stored
	}
	failed := false
	var items []string
	filter := r.URL.Query().Get("filter_path")
	full := filter == ""
	for _, a := range actions {
		f := s.store(a)
		failed = failed || f != nil
		if full || f != nil || strings.Contains(filter, "items.*.status") { // what is filtered away leaves no place
			items = append(items, answer(a, f, full))
		}
	}
	fmt.Fprintf(w, `{"errors":%t,`, failed)
	if full {
		fmt.Fprint(w, `"took":3,`)
	}
	fmt.Fprintf(w, `"items":[%s]}`, strings.Join(items, ","))
	return nil
}

func (s *Elasticsearch) body(r *http.Request) ([]byte, *Failure) {
	var from io.Reader = r.Body
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "":
	case "gzip":
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, &Failure{400, "not_x_content_exception", err.Error()}
		}
		from = unpacked
	default:
		return nil, &Failure{415, "", "Content-Encoding " + encoding}
	}
	body, err := io.ReadAll(from)
	if err != nil {
		return nil, &Failure{400, "parse_exception", err.Error()}
	}
	if s.MaxBody > 0 && len(body) > s.MaxBody {
		return nil, &Failure{413, "", "too large"}
	}
	return body, nil
}

// action is one of a request.
type action struct {
	op, index, id string
	doc           []byte
}

// parse reads the lines of a request. A bad action line spoils all of it.
func parse(body []byte) (actions []action, f *Failure) {
	lines := bytes.Split(body[:len(body)-1], []byte{'\n'})
	bad := func(n int, format string, args ...any) *Failure {
		return &Failure{400, "illegal_argument_exception", fmt.Sprintf("Malformed action/metadata line [%d], ", n+1) + fmt.Sprintf(format, args...)}
	}
	for n := 0; n < len(lines); n++ {
		var line map[string]map[string]any
		if err := json.Unmarshal(lines[n], &line); err != nil || len(line) != 1 {
			return nil, bad(n, "expected one object: %q", lines[n])
		}
		for op, meta := range line {
			a := action{op: op}
			for key, value := range meta {
				text, ok := value.(string)
				switch {
				case key == "_index" && ok:
					a.index = text
				case key == "_id" && ok:
					a.id = text
				default:
					return nil, bad(n, "contains an unknown parameter [%s]", key)
				}
			}
			switch op {
			case "create", "index":
				if n++; n == len(lines) {
					return nil, bad(n, "the document is missing")
				}
				a.doc = lines[n]
			default:
				return nil, bad(n, "expected field [create], [delete], [index] or [update] but found [%s]", op)
			}
			if a.index == "" || len(a.id) > 512 {
				return nil, &Failure{400, "action_request_validation_exception", "Validation Failed: 1: index is missing or id is too long;"}
			}
			actions = append(actions, a)
		}
	}
	return actions, nil
}

// answer is the item of the answer for an action.
func answer(a action, f *Failure, full bool) string {
	more := ""
	if full {
		more = fmt.Sprintf(`"_index":%q,"_id":%q,`, a.index, a.id)
	}
	if f == nil {
		return fmt.Sprintf(`{%q:{%s"status":201}}`, a.op, more)
	}
	return fmt.Sprintf(`{%q:{%s"status":%d,"error":{"type":%s,"reason":%s}}}`, a.op, more, f.Status, quoted(f.Type), quoted(f.Reason))
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}
