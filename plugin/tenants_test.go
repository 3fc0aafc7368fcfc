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

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/stall"
)

// hotel is a server with tenants, who may be treated differently.
type hotel struct {
	url    string
	answer func(tenant string, texts []string) int
	// retryAfter is the header of an answer 429; empty for none.
	retryAfter string

	begun time.Time

	mu       sync.Mutex
	texts    map[string][]string // by tenant, what was accepted
	requests map[string]int
}

func newHotel(t *testing.T, answer func(tenant string, texts []string) int) *hotel {
	h := &hotel{begun: time.Now(), answer: answer, retryAfter: "60", texts: map[string][]string{}, requests: map[string]int{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *hotel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tenant := r.Header.Get("X-Scope-Orgid")
	body, _ := io.ReadAll(r.Body)
	var texts []string
	for line := range strings.Lines(string(body)) {
		var record struct {
			Log        string
			Kubernetes struct {
				Namespace string `json:"namespace_name"`
			}
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Kubernetes.Namespace != tenant {
			http.Error(w, "not this tenant's: "+line, http.StatusTeapot)
			return
		}
		texts = append(texts, record.Log)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests[tenant]++
	status := h.answer(tenant, texts)
	if status == http.StatusOK {
		h.texts[tenant] = append(h.texts[tenant], texts...)
	}
	if status == http.StatusTooManyRequests && h.retryAfter != "" {
		w.Header().Set("Retry-After", h.retryAfter)
	}
	w.WriteHeader(status)
}

func (h *hotel) got(tenant string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.texts[tenant])
}

func (h *hotel) asked(tenant string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.requests[tenant]
}

func (h *hotel) treat(answer func(tenant string, texts []string) int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = answer
}

func everybody(string, []string) int { return http.StatusOK }

func (h *hotel) start(t *testing.T, set ...string) (*Instance, *testHost) {
	return start(t, h.options(set...))
}

func (h *hotel) options(set ...string) map[string]string {
	options := map[string]string{
		"backend": "http", "endpoint": h.url, "tenant": "{namespace}", "path_key": "path", "flush_deadline": "2s", "request_timeout": "2s", "backoff_max": "20ms",
	}
	for i := 0; i < len(set); i += 2 {
		options[set[i]] = set[i+1]
	}
	return options
}

// says is a line of CRI that a tenant writes.
func says(c []byte, tenant, tag, text string) []byte {
	return chunktest.Append(c, 1e9, "path", strings.Replace(podPath, "_shop_", "_"+tenant+"_", 1), "log", cri("out", tag, text))
}

// mixedChunk has n records of each tenant, in turn.
func mixedChunk(n int, tenants ...string) (c []byte) {
	for i := range n {
		for _, tenant := range tenants {
			c = says(c, tenant, "F", fmt.Sprintf("%s %d", tenant, i))
		}
	}
	return c
}

// has asserts that a tenant has n records, each once. They are in their order, unless the
// machine was so busy that an answer was slow to come: then the order is not kept.
func (h *hotel) has(t *testing.T, tenant string, n int) {
	t.Helper()
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("%s %d", tenant, i))
	}
	got := h.got(tenant)
	if h.wasBusy() {
		slices.Sort(want)
		slices.Sort(got)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has %d records, want %d in their order: %.300q", tenant, len(got), n, got)
	}
}

// wasBusy reports whether the machine was so busy that answers were slow to come.
func (h *hotel) wasBusy() bool { return stall.Between(h.begun, time.Now(), 0) > 0 || stall.IsCrowded() }

// flush passes a chunk to the plugin, again if the machine was too busy for an answer.
func (h *hotel) flush(in *Instance, c []byte) Status {
	for {
		if s := in.Flush(workerThread, "t", c); s != Retry || !h.wasBusy() {
			return s
		}
		time.Sleep(time.Millisecond)
	}
}

// A tenant who is refused for now keeps nobody else back, and what the others
// have taken they do not get again.
func TestOneTenantIsDown(t *testing.T) {
	for _, status := range []int{429, 503, 500, 401} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			h := newHotel(t, func(tenant string, _ []string) int {
				if tenant == "a" {
					return status
				}
				return http.StatusOK
			})
			in, host := h.start(t)
			c := mixedChunk(100, "a", "b", "c")
			for range 3 {
				if s := in.Flush(workerThread, "t", c); s != Retry {
					t.Fatalf("status %d", s)
				}
				h.has(t, "b", 100)
				h.has(t, "c", 100)
			}
			if b := in.Balance(); b != (ledger.Balance{Received: 300, Delivered: 200, Pending: 100}) {
				t.Error(b)
			}
			// a is known to be down: whoever writes beside it does not wait.
			asked := h.asked("b")
			for i := range 5 {
				if s := in.Flush(workerThread, "t", says(nil, "b", "F", fmt.Sprint("b ", 100+i))); s != OK {
					t.Errorf("status %d beside a tenant that is down", s)
				}
			}
			if h.has(t, "b", 105); h.asked("b") != asked+5 {
				t.Errorf("%d requests", h.asked("b")-asked)
			}
			if status == 429 {
				if n := h.asked("a"); n != 1 {
					t.Errorf("%d requests in spite of Retry-After", n)
				}
				return
			}
			h.treat(everybody)
			for in.Flush(workerThread, "t", c) != OK {
			}
			h.has(t, "a", 100)
			h.has(t, "b", 105)
			h.has(t, "c", 100)
			if len(letters(t, host)) != 0 {
				t.Error("dead letters")
			}
		})
	}
}

func TestOneTenantIsRefused(t *testing.T) {
	for _, status := range []int{400, 410} {
		h := newHotel(t, func(tenant string, _ []string) int {
			if tenant == "a" {
				return status
			}
			return http.StatusOK
		})
		in, host := h.start(t, "http_reject", "410")
		for in.Flush(workerThread, "t", mixedChunk(100, "a", "b")) != OK { // the search slows down
			h.has(t, "b", 100)
		}
		h.has(t, "b", 100)
		for _, l := range letters(t, host) {
			if !strings.HasPrefix(l.Record.Log, "a ") {
				t.Errorf("%s was buried", l.Record.Log)
			}
		}
		if b := in.Balance(); b != (ledger.Balance{Received: 200, Delivered: 100, DeadLettered: 100}) {
			t.Error(b)
		}
	}
}

// That a tenant's records are maxConsecutiveRejects says nothing of another's.
func TestHopelessIsATenant(t *testing.T) {
	h := newHotel(t, func(tenant string, texts []string) int {
		if tenant == "a" || slices.Contains(texts, "b 50") {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	in, host := h.start(t, "flush_deadline", "10s", "request_timeout", "10s")
	if s := in.Flush(workerThread, "t", mixedChunk(100, "a", "b")); s != OK {
		t.Fatalf("status %d", s)
	}
	if got := h.got("b"); len(got) != 99 || len(letters(t, host)) != 101 {
		t.Errorf("%d of b, %d letters", len(got), len(letters(t, host)))
	}
}

// Records that are too large are no sign of a request that is wrong.
func TestTooLargeIsNotHopeless(t *testing.T) {
	r := receive(t, func(_ int, texts []string) int {
		switch {
		case slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, "huge") }):
			return http.StatusRequestEntityTooLarge
		case slices.Contains(texts, "bad"):
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "flush_deadline": "10s", "request_timeout": "10s", "batch_bytes": "8KiB"})
	var texts []string
	for i := range 40 {
		texts = append(texts, fmt.Sprint("huge", i)+strings.Repeat("x", 7900))
	}
	if s := in.Flush(workerThread, podTag, dockerChunk(append(append(texts, "bad"), numbered(10)...)...)); s != OK {
		t.Fatalf("status %d", s)
	}
	if len(r.got()) != 10 || len(letters(t, host)) != len(texts)+1 {
		t.Errorf("%d delivered, %d letters", len(r.got()), len(letters(t, host)))
	}
}

// A tenant's records keep their order: behind those that failed none is sent.
func TestATenantsOrderIsKept(t *testing.T) {
	h := newHotel(t, func(tenant string, texts []string) int {
		if slices.Contains(texts, "a 0") {
			return http.StatusGone
		}
		return http.StatusOK
	})
	in, _ := h.start(t, "batch_bytes", "4KiB", "dead_letter_path", "/dev/full", "http_reject", "410")
	c := mixedChunk(100, "a", "b")
	if s := in.Flush(workerThread, "t", c); s != Retry || len(h.got("a")) != 0 {
		t.Fatalf("status %d, %d of a", s, len(h.got("a")))
	}
	h.treat(everybody)
	for in.Flush(workerThread, "t", c) != OK {
	}
	h.has(t, "a", 100)
	h.has(t, "b", 100)
}

// A joined text of one tenant that is refused, and whose pieces then cannot be
// sent, is not taken for delivered with what another tenant wrote in between.
func TestPiecesOfOneTenantBetweenThoseOfAnother(t *testing.T) {
	h := newHotel(t, func(tenant string, texts []string) int {
		switch {
		case tenant == "b":
			return http.StatusOK
		case slices.Contains(texts, "onetwothree"):
			return http.StatusGone
		}
		return http.StatusServiceUnavailable
	})
	in, _ := h.start(t, "http_reject", "410")
	c := says(nil, "a", "P", "one")
	c = says(c, "b", "F", "b 0")
	c = says(c, "a", "P", "two")
	c = says(c, "b", "F", "b 1")
	c = says(c, "a", "F", "three")
	c = says(c, "b", "F", "b 2")
	if s := in.Flush(workerThread, "t", c); s != Retry {
		t.Fatalf("status %d", s)
	}
	h.has(t, "b", 3)
	if b := in.Balance(); b != (ledger.Balance{Received: 6, Delivered: 3, Pending: 3}) {
		t.Error(b)
	}
	h.treat(everybody)
	for in.Flush(workerThread, "t", c) != OK {
	}
	h.has(t, "b", 3)
	if got := strings.Join(h.got("a"), ""); got != "onetwothree" {
		t.Errorf("a has %q", got)
	}
}
