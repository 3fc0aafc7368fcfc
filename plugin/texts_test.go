package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/loki/pkg/push"
	"github.com/klauspost/compress/snappy"

	"github.com/k8slog/k8slog/test/fake"
)

// lokiReceiver takes lines of 256 KiB at most, and of two that have the same
// time and text in one stream only the first, as Loki does.
type lokiReceiver struct {
	*httptest.Server

	mu      sync.Mutex
	seen    map[string]bool
	entries []push.Entry
}

func receiveLoki(t *testing.T) *lokiReceiver {
	r := &lokiReceiver{seen: map[string]bool{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *lokiReceiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	plain, err := snappy.Decode(nil, body)
	var pushed push.PushRequest
	if err == nil {
		err = pushed.Unmarshal(plain)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	status := http.StatusNoContent
	for _, s := range pushed.Streams {
		for _, e := range s.Entries {
			key := s.Labels + e.Timestamp.String() + e.Line
			if len(e.Line) > 256<<10 {
				status = http.StatusBadRequest
			} else if !r.seen[key] {
				r.seen[key] = true
				r.entries = append(r.entries, e)
			}
		}
	}
	w.WriteHeader(status)
}

// A line of a megabyte arrives in parts, whatever is in it: a text that repeats
// itself, and one whose bytes become three each.
func TestLongLinesToLoki(t *testing.T) {
	for name, text := range map[string]string{
		"the same": strings.Repeat("x", 1<<20), "not UTF-8": strings.Repeat("\xff", 1<<20), "mixed": strings.Repeat("a\xffäæ😇\t", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			r := receiveLoki(t)
			in, host := start(t, map[string]string{"backend": "loki", "endpoint": r.URL})
			line := "2026-11-22T10:00:00Z stdout F " + text
			c := lineChunk(line, "2026-11-22T10:00:01Z stdout F short")
			waitFor(t, "the lines are delivered", func() bool { return in.Flush(workerThread, podTag, c) == OK })
			// While a backend is slow to answer, the parts do not wait for each other.
			slices.SortStableFunc(r.entries, func(a, b push.Entry) int { return a.Timestamp.Compare(b.Timestamp) })
			var got strings.Builder
			last := time.Time{}
			for i, e := range r.entries[:len(r.entries)-1] {
				flagged := false
				for _, pair := range e.StructuredMetadata {
					flagged = flagged || pair.Name == "partial" && pair.Value == "true"
				}
				if !flagged || !e.Timestamp.After(last) || len(e.Line) > 256<<10 {
					t.Errorf("part %d: flagged %t, %d bytes, at %v", i, flagged, len(e.Line), e.Timestamp)
				}
				last = e.Timestamp
				got.WriteString(e.Line)
			}
			if end := r.entries[len(r.entries)-1]; end.Line != "short" || len(end.StructuredMetadata) > 3 {
				t.Errorf("the short line: %.100q, %v", end.Line, end.StructuredMetadata)
			}
			if got.String() != strings.ToValidUTF8(strings.ReplaceAll(text, "\xff", "\ufffd"), "") || len(r.entries) < 5 {
				t.Errorf("%d bytes in %d parts, want %d bytes", got.Len(), len(r.entries), len(text))
			}
			if b := in.Balance(); b.Delivered != 2 || len(letters(t, host)) > 0 {
				t.Error(b)
			}
		})
	}
}

// text_bytes is for every backend, and the fields stand in the first part.
func TestTextBytes(t *testing.T) {
	type part struct {
		Time, Log, User string
		Partial         bool
	}
	var mu sync.Mutex
	var parts []part
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		mu.Lock()
		defer mu.Unlock()
		for line := range strings.Lines(string(body)) {
			var p part
			if err := json.Unmarshal([]byte(line), &p); err != nil {
				t.Error(err)
			}
			parts = append(parts, p)
		}
	}))
	defer server.Close()
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": server.URL, "text_bytes": "1KiB", "identity": "none"})
	text := strings.Repeat("0123456789äöü\n", 300)
	c := fieldsChunk("log", text, "user", "me", "time", "2026-11-22T10:00:00Z", "stream", "stdout")
	if status := in.Flush(workerThread, "app", c); status != OK {
		t.Fatalf("status %d", status)
	}
	got := ""
	for i, p := range parts {
		if want := fmt.Sprintf("2026-11-22T10:00:00.%09dZ", i); !p.Partial || len(p.Log) > 1<<10 || p.Time != want || (p.User == "me") != (i == 0) {
			t.Errorf("part %d: %+v", i, p)
		}
		got += p.Log
	}
	if got != strings.TrimSuffix(text, "\n") || len(parts) != 5 {
		t.Errorf("%d bytes in %d parts, want %d", len(got), len(parts), len(text))
	}
}

// A line that VictoriaLogs would drop arrives in parts, escapes and all.
func TestLongLinesToVictoriaLogs(t *testing.T) {
	var server fake.VictoriaLogs
	web := httptest.NewServer(&server)
	defer web.Close()
	in, _ := start(t, map[string]string{"backend": "victorialogs", "endpoint": web.URL, "flush_deadline": "1m", "request_timeout": "30s"})
	for _, text := range []string{strings.Repeat("x", 1<<20), strings.Repeat("\x1b[0m\xff", 200_000), strings.Repeat(`{"a":"\\"}`, 50_000)} {
		before := len(server.Rows())
		c := lineChunk("2026-11-22T10:00:00Z stdout F " + text)
		waitFor(t, "the line is delivered", func() bool { return in.Flush(workerThread, podTag, c) == OK })
		got := ""
		rows := server.Rows()[before:]
		slices.SortStableFunc(rows, func(a, b fake.Row) int { return a.Time.Compare(b.Time) })
		for i, row := range rows {
			if row.Time.Nanosecond() != i || row.Fields["partial"] != "true" || row.Fields["kubernetes.pod_name"] != "web-1" {
				t.Errorf("part %d: at %v, %q", i, row.Time, row.Fields["partial"])
			}
			got += row.Fields["_msg"]
		}
		if got != strings.ToValidUTF8(strings.ReplaceAll(text, "\xff", "\ufffd"), "") || server.Dropped() != nil {
			t.Errorf("%d bytes in %d parts, want %d; dropped %q", len(got), len(rows), len(text), server.Dropped())
		}
	}
}
