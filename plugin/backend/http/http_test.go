package http

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
)

// newBackend sends to handler, with the options given as name, value, …
func newBackend(t *testing.T, handler http.HandlerFunc, set ...string) *Backend {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return backendtest.New(t, New, append([]string{"backend", "http", "endpoint", server.URL + "/in?key=hunter2"}, set...)...)
}

// frames are two frames of one record each, and what they are joined.
func frames(b *Backend) ([][]byte, string) {
	source := &filters.Source{Component: "kubelet"}
	source.Rendered = b.Render(source)
	var list [][]byte
	for _, text := range []string{"one", "two"} {
		e := b.NewEncoder()
		e.Append(&filters.Record{Source: source, Log: filters.PlainText([]byte(text))})
		list = append(list, e.Frame())
	}
	return list, `{"time":"1970-01-01T00:00:00.000000000Z","log":"one","component":"kubelet"}` + "\n" +
		`{"time":"1970-01-01T00:00:00.000000000Z","log":"two","component":"kubelet"}` + "\n"
}

func send(t *testing.T, ctx context.Context, b *Backend) error {
	t.Helper()
	list, _ := frames(b)
	body, err := b.Pack(list)
	if err != nil {
		t.Fatal(err)
	}
	if body.Release != nil {
		defer body.Release()
	}
	return b.Send(ctx, body)
}

func TestSendSpeaksTheProtocol(t *testing.T) {
	decoders := map[string]func(io.Reader) (io.Reader, error){
		"none": func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		"snappy": func(r io.Reader) (io.Reader, error) {
			all, err := io.ReadAll(r)
			if err != nil {
				return nil, err
			}
			plain, err := snappy.Decode(nil, all)
			return bytes.NewReader(plain), err
		},
	}
	for compression, decode := range decoders {
		t.Run(compression, func(t *testing.T) {
			var got string
			b := newBackend(t, func(w http.ResponseWriter, r *http.Request) {
				encoding := r.Header.Get("Content-Encoding")
				if r.Method != http.MethodPost || r.URL.String() != "/in?key=hunter2" || r.Header.Get("Content-Type") != "application/x-ndjson" ||
					r.Header.Get("X-Scope-Orgid") != "a" || r.ContentLength <= 0 || encoding != strings.TrimPrefix(compression, "none") {
					t.Errorf("%s %s, headers %v", r.Method, r.URL, r.Header)
				}
				plain, err := decode(r.Body)
				if err != nil {
					t.Error(err)
					return
				}
				all, err := io.ReadAll(plain)
				if got = string(all); err != nil {
					t.Error(err)
				}
			}, "compression", compression, "headers", "X-Scope-OrgID: a")
			_, want := frames(b)
			if err := send(t, t.Context(), b); err != nil || got != want {
				t.Errorf("%v, the server has\n%s", err, got)
			}
		})
	}
}

func TestSendClassifiesAnswers(t *testing.T) {
	var status int
	var after string
	b := newBackend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/in" {
			t.Error("a redirect was followed")
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Location", "/elsewhere")
		w.Header().Set("Retry-After", after)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "because")
	}, "headers", "Authorization: Bearer hunter2")
	date := time.Now().Add(4 * time.Minute).UTC().Format(http.TimeFormat)
	for _, c := range []struct {
		status      int
		after, want string
	}{
		{200, "", "<nil>"}, {201, "", "<nil>"}, {202, "", "<nil>"}, {204, "", "<nil>"}, {206, "", "<nil>"},
		{301, "", "unexpected answer: HTTP 301 Moved Permanently: because; set endpoint to the address itself, because a redirect is not followed"},
		{307, "", "unexpected answer: HTTP 307 Temporary Redirect: because; set endpoint to the address itself, because a redirect is not followed"},
		{400, "", "rejected for good: HTTP 400 Bad Request: because"},
		{401, "", "unexpected answer: HTTP 401 Unauthorized: because; check authorization_file, authorization_type, basic_auth_user and headers"},
		{410, "", "unexpected answer: HTTP 410 Gone: because; check endpoint"},
		{408, "", "HTTP 408 Request Timeout: because"},
		{413, "", "request too large: HTTP 413 Request Entity Too Large: because"},
		{429, "", "throttled: HTTP 429 Too Many Requests: because"},
		{429, "7", "throttled for 7s: HTTP 429 Too Many Requests: because"},
		{503, "", "HTTP 503 Service Unavailable: because"},
		{503, "7", "throttled for 7s: HTTP 503 Service Unavailable: because"},
	} {
		status, after = c.status, c.after
		err := send(t, t.Context(), b)
		got := "<nil>"
		if err != nil {
			got = err.Error()
		}
		if got = strings.TrimSuffix(got, ": because"); got != strings.TrimSuffix(c.want, ": because") || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %s, want %s", strconv.Itoa(c.status), got, c.want)
		}
	}
	status, after = 429, date
	var throttled *backend.Throttled
	if err := send(t, t.Context(), b); !errors.As(err, &throttled) || throttled.After < 3*time.Minute || throttled.After > 4*time.Minute {
		t.Errorf("Retry-After: %s became %v", date, err)
	}
}

// A proxy or a login that answers for the server has stored nothing.
func TestAPageIsNoAcceptance(t *testing.T) {
	for _, set := range [][]string{nil, {"http_success", "200"}, {"http_success", "2xx"}} {
		b := newBackend(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "<!DOCTYPE html><html><body>Sign in</body></html>")
		}, set...)
		var rejected *backend.Rejected
		if err := send(t, t.Context(), b); err == nil || errors.As(err, &rejected) || !strings.Contains(err.Error(), "check endpoint") {
			t.Errorf("%q: %v", set, err)
		}
	}
}

func TestSendWaitsNoLongerThanItsContext(t *testing.T) {
	over := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	b := newBackend(t, func(http.ResponseWriter, *http.Request) {
		cancel()
		<-over
	})
	defer close(over)
	err := send(t, ctx, b)
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

func TestNewLeavesTheConfigurationAlone(t *testing.T) {
	c, common, err := backendtest.Parse[Config]("backend", "http", "endpoint", "http://host", "headers", "A: b", "compression", "gzip")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(c, common); err != nil || len(c.Headers) != 1 {
		t.Error(err, c.Headers)
	}
}
