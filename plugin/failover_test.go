package plugin

import (
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// One of two servers ends, then the other, then the first is back: nothing is
// lost, and nothing comes twice.
func TestServersThatEnd(t *testing.T) {
	r := receive(t, nil)
	listen := func(address string) (*httptest.Server, string) {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: r}}
		s.Start()
		return s, l.Addr().String()
	}
	first, at := listen("127.0.0.1:0")
	second, other := listen("127.0.0.1:0")
	in, _ := start(t, map[string]string{
		"backend": "http", "endpoint": "http://" + at + ", http://" + other, "flush_deadline": "1s", "request_timeout": "500ms", "backoff_max": "20ms",
	})
	texts := numbered(40)
	flush := func(n int, want Status) {
		t.Helper()
		if got := in.Flush(workerThread, podTag, dockerChunk(texts[10*n:10*n+10]...)); got != want {
			t.Errorf("chunk %d: status %d", n, got)
		}
	}
	flush(0, OK)
	first.Close()
	flush(1, OK)
	second.Close()
	flush(2, Retry)
	first, _ = listen(at)
	defer first.Close()
	for in.Flush(workerThread, podTag, dockerChunk(texts[20:30]...)) != OK {
	}
	flush(3, OK)
	if got := r.got(); !slices.Equal(got, texts) {
		t.Errorf("arrived: %q", got)
	}
}
