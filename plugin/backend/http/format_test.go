package http

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
)

// An array is one over all frames, however many records each has.
func TestArrays(t *testing.T) {
	for _, compression := range []string{"none", "gzip"} {
		var got []map[string]string
		b := newBackend(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPut || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s, headers %v", r.Method, r.Header)
			}
			body := io.Reader(r.Body)
			if compression == "gzip" {
				body, _ = gzip.NewReader(r.Body)
			}
			all, _ := io.ReadAll(body)
			got = nil
			if err := json.Unmarshal(all, &got); err != nil {
				t.Errorf("%v in %s", err, all)
			}
		}, "http_format", "json", "http_method", "PUT", "compression", compression, "id_key", "record_id")
		source := &filters.Source{Component: "kubelet"}
		source.Rendered = b.Render(source)
		var frames [][]byte
		var want []string
		for _, frame := range [][]string{{"a"}, {"b", "c", "d"}, {"e", "f"}} {
			e := b.NewEncoder()
			e.Append(&filters.Record{Source: source, Log: filters.PlainText([]byte("of the frame before"))})
			e.Reset()
			for _, text := range frame {
				r := filters.Record{Source: source, Log: filters.PlainText([]byte(text)), Position: filters.Position{Index: len(want)}}
				e.Append(&r)
				want = append(want, text+string(r.AppendID(nil)))
			}
			frames = append(frames, e.Frame())
			body, err := b.Pack(frames)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Send(t.Context(), body); err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) {
				t.Fatalf("%d frames: %v", len(frames), got)
			}
			for i, record := range got {
				if record["log"]+record["record_id"] != want[i] {
					t.Errorf("%d: %v, want %s", i, record, want[i])
				}
			}
		}
	}
}

func TestAnswersAsTheUserSays(t *testing.T) {
	const yes, never, some, again, wait, split, failed = "yes", "never", "some", "again", "wait", "split", "failed"
	// The server's goroutine may read both behind its answer.
	var answer atomic.Int32
	var after atomic.Value
	after.Store("")
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", after.Load().(string))
		w.WriteHeader(int(answer.Load()))
	}
	means := func(err error) string {
		var rejected *backend.Rejected
		var tooLarge *backend.TooLarge
		var throttled *backend.Throttled
		var serverFailed *backend.Failed
		switch {
		case errors.As(err, &serverFailed):
			return failed
		case err == nil:
			return yes
		case errors.As(err, &rejected) && rejected.Some:
			return some
		case errors.As(err, &rejected):
			return never
		case errors.As(err, &tooLarge):
			return split
		case errors.As(err, &throttled):
			return wait
		}
		return again
	}
	for _, c := range []struct {
		set  string
		want map[int]string
	}{
		{"", map[int]string{200: yes, 204: yes, 302: again, 400: some, 404: again, 409: again, 410: again, 413: split, 422: some, 429: wait, 500: failed, 503: again, 507: failed}},
		{"http_success=200", map[int]string{200: yes, 202: again, 204: again, 409: again}},
		{"http_success=2xx, 409 http_retry=410", map[int]string{200: yes, 204: yes, 409: yes, 410: again, 411: again}},
		{"http_reject=4XX", map[int]string{400: some, 401: never, 404: never, 413: split, 422: some, 429: wait, 500: failed}},
		{"http_reject=429,413", map[int]string{413: never, 429: never, 400: some}},
		{"http_reject=5xx http_retry=503,504", map[int]string{500: never, 501: never, 503: again, 504: again}},
		{"http_retry=4xx http_reject=404", map[int]string{400: again, 404: never, 409: again, 413: split}},
		{"http_success=3xx", map[int]string{200: again, 301: yes, 307: yes}},
	} {
		var set []string
		for entry := range strings.SplitSeq(strings.ReplaceAll(c.set, ", ", ","), " ") {
			if name, value, ok := strings.Cut(entry, "="); ok {
				set = append(set, name, value)
			}
		}
		b := newBackend(t, handler, set...)
		for status := range c.want {
			answer.Store(int32(status))
			if got := means(send(t, t.Context(), b)); got != c.want[status] {
				t.Errorf("%s: %d means %s, want %s", c.set, status, got, c.want[status])
			}
		}
	}
	b := newBackend(t, handler, "http_retry", "409")
	answer.Store(http.StatusConflict)
	after.Store("3")
	if got := means(send(t, t.Context(), b)); got != wait {
		t.Errorf("a Retry-After means %s", got)
	}
}

func TestOptionsThatContradict(t *testing.T) {
	for set, want := range map[string]string{
		"http_success=9xx":                `option http_success: "9xx" has "9xx", which is no code; allowed: codes from 200 to 599 and classes (2xx to 5xx), separated by commas`,
		"http_success=100":                `has "100", which is no code`,
		"http_retry=":                     "",
		"http_retry=400,":                 `has "", which is no code`,
		"http_retry=400 http_reject=400":  `option http_reject: "400" stands in http_retry as well; allowed: in one of them`,
		"http_reject=2xx":                 `option http_reject: "2xx" stands in http_success as well`,
		"http_format=xml":                 `option http_format: "xml" is not one of the choices; allowed: ndjson, json`,
		"http_method=GET":                 `option http_method: "GET" is not one of the choices; allowed: POST, PUT, PATCH`,
		"id_key=log":                      `option id_key: "log" is a name that the plugin writes itself`,
		"id_key=a.b":                      `option id_key: "a.b" is not made of letters, digits, and _`,
		"id_key=LOG_processed":            `option id_key: "LOG_processed" is merge_log_key; allowed: another name`,
		"id_key=_id http_success=2xx,409": "",
	} {
		values := []string{"backend", "http", "endpoint", "http://localhost"}
		for entry := range strings.SplitSeq(set, " ") {
			name, value, _ := strings.Cut(entry, "=")
			values = append(values, name, value)
		}
		_, _, err := backendtest.Parse[Config](values...)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if want == "" && got != "" || !strings.HasPrefix(got, want) && !strings.Contains(got, want) {
			t.Errorf("%s: %s", set, got)
		}
	}
}
