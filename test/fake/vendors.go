package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Vendor is the intake of a vendor that takes JSON over HTTP, by the documentation of its API.
type Vendor struct {
	// Name is that of the preset, and Key the only valid key.
	Name, Key string
	// Bad says whether a text is refused; nil for none. Busy answers 429, or what the
	// vendor has for it.
	Bad  func(text string) bool
	Busy bool

	mu      sync.Mutex
	records []map[string]any
}

// Records returns what was taken.
func (v *Vendor) Records() []map[string]any {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.records)
}

// intake is what one vendor documents.
type intake struct {
	path, header, prefix string // of the key
	lines                bool   // NDJSON, not an array
	encodings            []string
	max                  int // bytes after decompression
	count                int // records; 0 for any
	time, text           string
	number               bool // the time is a number
	answer               func(total int, failed []int) (int, string)
}

func plain(status int, body string) func(int, []int) (int, string) {
	return func(_ int, failed []int) (int, string) {
		if len(failed) > 0 { // the whole request
			return http.StatusBadRequest, `{"errors":[{"status":"400","title":"Bad Request","detail":"invalid"}]}`
		}
		return status, body
	}
}

var intakes = map[string]intake{
	"datadog":     {"/api/v2/logs", "Dd-Api-Key", "", false, []string{"", "gzip", "deflate", "zstd"}, 5 << 20, 1000, "timestamp", "message", false, plain(202, "{}")},
	"newrelic":    {"/log/v1", "Api-Key", "", false, []string{"", "gzip"}, 1_000_000, 0, "timestamp", "message", true, plain(202, `{"requestId":"f0e7bfff"}`)},
	"betterstack": {"/", "Authorization", "Bearer ", false, []string{"", "gzip", "zstd"}, 10 << 20, 0, "dt", "message", false, plain(202, "")},
	"parseable":   {"/api/v1/ingest", "Authorization", "Basic ", false, []string{""}, 10 << 20, 0, "time", "message", false, plain(200, "")},
	"axiom": {"/v1/datasets/k8s/ingest", "Authorization", "Bearer ", true, []string{"", "gzip", "zstd"}, 10 << 20, 0, "_time", "message", false, func(total int, failed []int) (int, string) {
		return 200, fmt.Sprintf(`{"ingested":%d,"failed":%d,"failures":[],"processedBytes":1,"blocksCreated":0,"walLength":1}`, total-len(failed), len(failed))
	}},
	"openobserve": {"/api/default/k8s/_json", "Authorization", "Basic ", false, []string{"", "gzip"}, 10 << 20, 0, "_timestamp", "message", true, func(total int, failed []int) (int, string) {
		return 200, fmt.Sprintf(`{"code":200,"status":[{"name":"k8s","successful":%d,"failed":%d,"error":"invalid"}]}`, total-len(failed), len(failed))
	}},
	"honeycomb": {"/1/batch/k8s", "X-Honeycomb-Team", "", false, []string{"", "gzip", "zstd"}, 5_000_000, 0, "time", "message", false, func(total int, failed []int) (int, string) {
		var all []map[string]any
		for i := range total {
			status := map[string]any{"status": 202}
			if slices.Contains(failed, i) {
				status = map[string]any{"status": 400, "error": "event is invalid"}
			}
			all = append(all, status)
		}
		text, _ := json.Marshal(all)
		return 200, string(text)
	}},
}

// ServeHTTP implements http.Handler.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, text := v.take(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func (v *Vendor) take(r *http.Request) (status int, answer string) {
	in := intakes[v.Name]
	contentType := "application/json"
	if in.lines {
		contentType = "application/x-ndjson"
	}
	key, _ := strings.CutPrefix(r.Header.Get(in.header), in.prefix)
	switch {
	case r.URL.Path != in.path:
		return http.StatusNotFound, `{"message":"no such path"}`
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, ""
	case key != v.Key || !strings.HasPrefix(r.Header.Get(in.header), in.prefix):
		return http.StatusForbidden, `{"errors":["Forbidden"]}`
	case r.Header.Get("Content-Type") != contentType, !slices.Contains(in.encodings, r.Header.Get("Content-Encoding")):
		return http.StatusUnsupportedMediaType, `{"errors":["Unsupported Media Type"]}`
	case v.Name == "parseable" && r.Header.Get("X-P-Stream") == "":
		return http.StatusBadRequest, "Stream header is missing"
	case v.Busy:
		return http.StatusTooManyRequests, `{"errors":["Too Many Requests"]}`
	}
	body, err := plainBody(r)
	if err != nil {
		return http.StatusBadRequest, "Bad Request"
	}
	if len(body) > in.max {
		return http.StatusRequestEntityTooLarge, "Payload Too Large"
	}
	var records []map[string]any
	if in.lines {
		d := json.NewDecoder(strings.NewReader(string(body)))
		for d.More() {
			var record map[string]any
			if d.Decode(&record) != nil {
				return http.StatusBadRequest, "Bad Request"
			}
			records = append(records, record)
		}
	} else if json.Unmarshal(body, &records) != nil {
		return http.StatusBadRequest, "Bad Request"
	}
	if in.count > 0 && len(records) > in.count {
		return http.StatusRequestEntityTooLarge, "Payload Too Large"
	}
	var failed []int
	var taken []map[string]any
	for i, record := range records {
		if !in.hasTime(record[in.time]) {
			return http.StatusBadRequest, fmt.Sprintf("record %d has no time %s", i, in.time)
		}
		if v.Name == "honeycomb" {
			data, ok := record["data"].(map[string]any)
			if !ok || len(record) != 2 {
				return http.StatusBadRequest, fmt.Sprintf("event %d has no data", i)
			}
			data["time"] = record["time"]
			record = data
		}
		if text, ok := record[in.text].(string); ok && v.Bad != nil && v.Bad(text) {
			failed = append(failed, i)
			continue
		}
		taken = append(taken, record)
	}
	status, answer = in.answer(len(records), failed)
	if status/100 == 2 {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.records = append(v.records, taken...)
	}
	return status, answer
}

// hasTime reports whether a value is a time of this century.
func (in *intake) hasTime(value any) bool {
	if in.number {
		n, ok := value.(float64)
		return ok && n > 1e12
	}
	text, _ := value.(string)
	_, err := time.Parse(time.RFC3339Nano, text)
	return err == nil
}

// VendorPath returns the path of an intake.
func VendorPath(name string) string { return intakes[name].path }
