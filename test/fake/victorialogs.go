// Package fake has servers for tests that take what the real ones take, and
// drop or refuse what those do.
package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// VictoriaLogs is POST /insert/jsonline as VictoriaLogs 1.26 has it, with its
// default limits. The zero value is ready.
type VictoriaLogs struct {
	// Answer may answer a request in its place: it returns true then.
	Answer func(w http.ResponseWriter, r *http.Request) bool
	// Keep takes each record that is stored, in the place of Rows. It may be nil.
	Keep func(r Row)

	mu      sync.Mutex
	rows    []Row
	dropped []string
	names   map[string]map[string]bool // of a stream
}

// Row is a record as VictoriaLogs stores it.
type Row struct {
	Tenant string
	Time   time.Time
	// Stream are the fields of the stream that are there, as name=value.
	Stream []string
	// Fields are on one level, and all of them texts. _msg is the text.
	Fields map[string]string
}

// Rows returns what was stored.
func (v *VictoriaLogs) Rows() []Row {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.rows)
}

// Dropped returns why lines were dropped, of which a sender is told nothing.
func (v *VictoriaLogs) Dropped() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.dropped)
}

// ServeHTTP implements http.Handler.
func (v *VictoriaLogs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if v.Answer != nil && v.Answer(w, r) {
		return
	}
	if r.URL.Path != "/insert/jsonline" {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	tenant := ""
	for _, name := range []string{"AccountID", "ProjectID"} {
		value := r.Header.Get(name)
		if _, err := strconv.ParseUint(value, 10, 32); err != nil && value != "" {
			http.Error(w, fmt.Sprintf("cannot parse %q as uint32", value), http.StatusBadRequest)
			return
		}
		tenant += value + ":"
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	body, err := plainBody(r)
	if err != nil {
		v.dropped = append(v.dropped, "all of a request: "+err.Error())
		return // with 200
	}
	lines, failed := 0, 0
	for line := range bytes.Lines(body) {
		lines++
		row, err := readRow(line, r.URL.Query())
		var unread *unreadError
		if errors.As(err, &unread) {
			failed++
		}
		if err == nil {
			err = v.count(row)
		}
		if err != nil {
			v.dropped = append(v.dropped, err.Error())
			continue
		}
		row.Tenant = strings.TrimSuffix(tenant, ":")
		if v.Keep != nil {
			v.Keep(*row)
			continue
		}
		v.rows = append(v.rows, *row)
	}
	if lines > 0 && failed == lines {
		http.Error(w, "cannot process jsonline request; error: "+v.dropped[len(v.dropped)-1], http.StatusBadRequest)
	}
}

// count counts the names in a stream. VictoriaLogs does it for each block, of
// 2 MB, by itself.
func (v *VictoriaLogs) count(row *Row) error {
	stream := strings.Join(row.Stream, ",")
	if v.names == nil {
		v.names = map[string]map[string]bool{}
	}
	if v.names[stream] == nil {
		v.names[stream] = map[string]bool{}
	}
	if n := len(v.names[stream]) + len(row.Fields); n > 2000 {
		return fmt.Errorf("%d names in a stream", n)
	}
	for name := range row.Fields {
		v.names[stream][name] = true
	}
	return nil
}

// unreadError is of a line that could not be read, others of one that passes a
// limit.
type unreadError struct{ error }

func readRow(line []byte, query map[string][]string) (*Row, error) {
	arg := func(name string) []string { return strings.Split(strings.Join(query[name], ","), ",") }
	if len(line) > 256<<10 {
		return nil, fmt.Errorf("a line of %d bytes", len(line))
	}
	if d := depth(line); d > 300 {
		return nil, &unreadError{fmt.Errorf("JSON of %d levels", d)}
	}
	names, values, err := flatten(nil, nil, "", line)
	if err != nil {
		return nil, &unreadError{err}
	}
	row := &Row{Time: time.Now(), Fields: map[string]string{}}
	renamed := false
	for i, name := range names {
		if slices.Contains(arg("_time_field"), name) {
			if row.Time, err = time.Parse(time.RFC3339Nano, values[i]); err != nil {
				return nil, &unreadError{err}
			}
			continue
		}
		if !renamed && slices.Contains(arg("_msg_field"), name) && values[i] != "" {
			name, renamed = "_msg", true
		}
		if len(name) > 128 {
			return nil, fmt.Errorf("the name %q", name)
		}
		if _, twice := row.Fields[name]; twice {
			return nil, fmt.Errorf("the field %q is there twice", name)
		}
		if values[i] != "" {
			row.Fields[name] = values[i]
		}
		if slices.Contains(arg("_stream_fields"), name) && values[i] != "" {
			row.Stream = append(row.Stream, name+"="+values[i])
		}
	}
	if len(names) > 1000 {
		return nil, fmt.Errorf("%d fields", len(names))
	}
	if row.Fields["_msg"] == "" {
		row.Fields["_msg"] = "missing _msg field"
	}
	return row, nil
}

// flatten makes one level of an object. One with a name that would be too long
// becomes a text.
func flatten(names, values []string, prefix string, object []byte) ([]string, []string, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, nil, fmt.Errorf("no object: %v", err)
	}
	var keys []string
	var raws []json.RawMessage
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, nil, err
		}
		keys, raws = append(keys, key.(string)), append(raws, raw)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	add := func(name, value string) {
		if name == "" {
			name = "_msg"
		}
		names, values = append(names, name), append(values, value)
	}
	for _, key := range keys {
		if len(prefix)+len(key) > 128 {
			add(strings.TrimSuffix(prefix, "."), string(bytes.TrimSpace(object)))
			return names, values, nil
		}
	}
	for i, raw := range raws {
		var err error
		var text string
		switch raw[0] {
		case 'n':
		case '{':
			if names, values, err = flatten(names, values, prefix+keys[i]+".", raw); err != nil {
				return nil, nil, err
			}
		case '"':
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, nil, err
			}
			add(prefix+keys[i], text)
		default:
			add(prefix+keys[i], string(raw))
		}
	}
	return names, values, nil
}

// depth returns how many levels JSON has.
func depth(text []byte) (deepest int) {
	at, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && inString:
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			at++
			deepest = max(deepest, at)
		case c == '}', c == ']':
			at--
		}
	}
	return deepest
}
