package httpclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A timeout says what was waited for, and how long.
func TestTimeoutSaysWhatWasWaitedFor(t *testing.T) {
	var over chan struct{}                          // the test is
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and speaks no TLS
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	const within = 300 * time.Millisecond
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		says  string
	}{
		"no connection":  {nil, "cannot reach HOST: no connection within "},
		"no answer":      {func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-over }, "no answer of HOST to the request within "},
		"half a request": {func(http.ResponseWriter, *http.Request) { <-over }, "HOST did not take the whole request within "},
		"half an answer": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			<-over
		}, "cannot read the answer of HOST: it was not complete within "},
	} {
		t.Run(name, func(t *testing.T) {
			over = make(chan struct{})
			defer close(over)
			client, u := (*Client)(nil), &url.URL{Scheme: "https", Host: silent.Addr().String()}
			if c.serve == nil {
				client = open(t, Config{Endpoints: []*url.URL{u}, ContentType: "a/b"})
			} else {
				client, u = serve(t, c.serve)
			}
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			_, err := client.Post(ctx, body(strings.Repeat("x", 32<<20)))
			if says := strings.ReplaceAll(c.says, "HOST", u.Host); err == nil || !strings.HasPrefix(err.Error(), says) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want %s", err, says)
			}
			checkSilent(t, err)
		})
	}
}
