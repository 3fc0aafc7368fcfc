package httpclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

const secret = "hunter2"

// serve starts a server and returns a client whose URL and headers hold a secret.
func serve(t *testing.T, handler http.HandlerFunc) (*Client, *url.URL) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/path-" + secret + "?token=" + secret)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, Config{Endpoints: []*url.URL{u}, Header: http.Header{"Authorization": {"Bearer " + secret}}, ContentType: "text/x"}), u
}

func open(t *testing.T, config Config) *Client {
	t.Helper()
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func body(parts ...string) (b backend.Body) {
	for _, p := range parts {
		b.Parts = append(b.Parts, []byte(p))
	}
	return b
}

func TestPostSendsAllPartsAsOneBody(t *testing.T) {
	client, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != "onetwothree" || r.ContentLength != 11 || len(r.TransferEncoding) > 0 || r.Method != http.MethodPost {
			t.Errorf("%s %q, %d bytes, %v", r.Method, got, r.ContentLength, err)
		}
		if r.URL.RawQuery != "token="+secret || r.Header.Get("Authorization") != "Bearer "+secret ||
			r.Header.Get("Content-Type") != "text/x" || r.UserAgent() != UserAgent || r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("%s, headers %v", r.URL, r.Header)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	for range 3 { // the connection is used again
		answer, err := client.Post(t.Context(), body("one", "", "two", "three", ""))
		if err != nil || answer.Status != 204 || answer.Text != "" || answer.RetryAfter != 0 || answer.String() != "HTTP 204 No Content" {
			t.Errorf("%+v, %v", answer, err)
		}
	}
	own := open(t, Config{Endpoints: []*url.URL{u}, Header: http.Header{"User-Agent": {"mine"}}, ContentType: "a/b"})
	if own.header.Get("User-Agent") != "mine" {
		t.Error("wrong User-Agent")
	}
}

func TestPostAnswersWhateverComes(t *testing.T) {
	var status int
	var reply string
	requests := 0
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests++; r.URL.Path == "/elsewhere" {
			return // what a client that follows redirects would take for success
		}
		w.Header().Set("Location", "/elsewhere")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply)
	})
	for _, c := range []struct {
		status      int
		reply, text string
	}{
		{200, "ok", "ok"}, {202, "", ""}, {260, "blocked", "blocked"}, {301, "moved", "moved"}, {307, "", ""}, {308, "", ""},
		{400, "line 1\r\n\tline 2\n", "line 1 line 2"}, {401, "", ""}, {413, "\x00\xff\x7f", "\ufffd"}, {429, "", ""}, {500, "", ""}, {503, "wait", "wait"},
		{400, "a" + strings.Repeat("ä", 40_000), "a" + strings.Repeat("ä", 149) + "…"},
	} {
		status, reply, requests = c.status, c.reply, 0
		answer, err := client.Post(t.Context(), body("x"))
		if err != nil || answer.Status != c.status || answer.Text != c.text || answer.RetryAfter != 7*time.Second || requests != 1 {
			t.Errorf("%d: %+v, %v, %d requests", c.status, answer, err, requests)
		}
	}
}

// hijack answers in the raw.
func hijack(t *testing.T, do func(c *net.TCPConn)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		do(c.(*net.TCPConn))
	}
}

func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	c.Close()
}

func TestPostFailsWithoutAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		says   string
	}{
		"nothing":              {"", "cannot reach "},
		"half a head":          {"HTTP/1.1 20", "cannot reach "},
		"no HTTP":              {"SSH-2.0-OpenSSH\r\n", "cannot reach "},
		"half a body":          {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "cannot read the answer of "},
		"half a chunk":         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf", "cannot read the answer of "},
		"an impossible length": {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "cannot reach "},
	} {
		t.Run(name, func(t *testing.T) {
			client, u := serve(t, hijack(t, func(conn *net.TCPConn) {
				_, _ = io.WriteString(conn, c.answer)
				if c.answer != "" {
					conn.Close() // a reset could overtake the answer
					return
				}
				reset(conn)
			}))
			answer, err := client.Post(t.Context(), body(strings.Repeat("x", 1000)))
			if err == nil || !strings.HasPrefix(err.Error(), c.says+u.Host+": ") {
				t.Fatalf("%+v, %v", answer, err)
			}
			checkSilent(t, err)
		})
	}
}

// checkSilent fails when an error repeats what may be a secret.
func checkSilent(t *testing.T, err error) {
	t.Helper()
	if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, "http://") || strings.ContainsAny(text, "\r\n") {
		t.Errorf("the error spills: %q", text)
	}
}

func TestPostReachesNobody(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	u, _ := url.Parse(server.URL + "/" + secret)
	server.Close()
	client := open(t, Config{Endpoints: []*url.URL{u}, Header: http.Header{"X-Key": {secret}}, ContentType: "a/b"})
	_, err := client.Post(t.Context(), body("x"))
	if err == nil || !strings.HasPrefix(err.Error(), "cannot reach "+u.Host) {
		t.Fatal(err)
	}
	checkSilent(t, err)

	client = open(t, Config{Endpoints: []*url.URL{u}, Header: http.Header{"X-Key": {secret + "\n"}}, ContentType: "a/b"})
	if _, err = client.Post(t.Context(), body("x")); err == nil {
		t.Fatal("a header that no header can be was sent")
	}
	checkSilent(t, err)
}

func TestPostEndsWithItsContext(t *testing.T) {
	for _, where := range []string{"before the answer", "inside the answer"} {
		t.Run(where, func(t *testing.T) {
			arrived, over := make(chan struct{}), make(chan struct{})
			client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if where == "inside the answer" {
					_, _ = io.WriteString(w, "half")
					_ = http.NewResponseController(w).Flush()
				}
				close(arrived)
				<-over
			})
			defer close(over)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-arrived
				cancel()
			}()
			_, err := client.Post(ctx, body("x"))
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			checkSilent(t, err)
		})
	}
	client, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	if _, err := client.Post(ctx, body("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "1": time.Second, "120": 2 * time.Minute, "7200": maxRetryAfter, "Fri, 31 Dec 9999 23:59:59 GMT": maxRetryAfter, "-1": 0, "1.5": 0, "soon": 0, " 5": 0, "99999999999": 0,
		"Tue, 03 Feb 2026 04:05:36 GMT":   30 * time.Second,
		"Tuesday, 03-Feb-26 04:05:36 GMT": 30 * time.Second,
		"Tue, 03 Feb 2026 04:05:05 GMT":   0,
		"2026-02-03T04:05:36Z":            0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
}

// A server that answers with the request that it got.
func TestAnswerThatQuotesTheRequest(t *testing.T) {
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, "Cannot POST %s; token %s", r.RequestURI, r.Header.Get("Authorization"))
	})
	answer, err := client.Post(t.Context(), body("a"))
	if err != nil || strings.Contains(answer.String(), secret) || !strings.Contains(answer.String(), "Cannot POST") {
		t.Errorf("%v, %v", answer, err)
	}
}

// A server that speaks something else, at length.
func TestErrorIsShort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer connection.Close()
		_, _ = connection.Write(bytes.Repeat([]byte("garbage "), 100_000))
		_, _ = io.Copy(io.Discard, connection)
	}()
	client := open(t, Config{Endpoints: []*url.URL{{Scheme: "http", Host: listener.Addr().String()}}, ContentType: "a/b"})
	if _, err := client.Post(t.Context(), body("a")); err == nil || len(err.Error()) > 500 {
		t.Errorf("%.600v", err)
	}
}
