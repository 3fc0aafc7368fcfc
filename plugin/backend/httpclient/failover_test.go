package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// endpoint is a server that counts what it gets, and answers as it is told.
type endpoint struct {
	url    *url.URL
	status atomic.Int32
	asked  atomic.Int32
	hang   chan struct{} // nil answers at once
}

func newEndpoint(t *testing.T, status int) *endpoint {
	e := &endpoint{}
	e.status.Store(int32(status))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.asked.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		if e.hang != nil {
			<-e.hang
		}
		w.WriteHeader(int(e.status.Load()))
	}))
	t.Cleanup(server.Close)
	e.url, _ = url.Parse(server.URL)
	return e
}

// closedPort is a URL at which nobody listens.
func closedPort(t *testing.T) *url.URL {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return &url.URL{Scheme: "http", Host: l.Addr().String()}
}

func TestTheNextEndpointIsUsed(t *testing.T) {
	for _, c := range []struct {
		status int
		next   bool
	}{
		{200, false}, {204, false}, {260, false}, {301, true}, {307, true},
		{400, false}, {401, false}, {403, false}, {413, false}, {422, false}, {429, false},
		{404, true}, {405, true}, {408, true}, {421, true},
		{500, true}, {502, true}, {503, true}, {504, true}, {600, true},
	} {
		first, second := newEndpoint(t, c.status), newEndpoint(t, 200)
		client := open(t, Config{Endpoints: []*url.URL{first.url, second.url}})
		for range 2 {
			_, _ = client.Post(t.Context(), body("x"))
		}
		if got := second.asked.Load() == 1; got != c.next || first.asked.Load()+second.asked.Load() != 2 {
			t.Errorf("%d: the second was asked %d times", c.status, second.asked.Load())
		}
	}
}

func TestEndpointsThatFailWithoutAnAnswer(t *testing.T) {
	second := newEndpoint(t, 200)
	hanging := newEndpoint(t, 200)
	hanging.hang = make(chan struct{})
	defer close(hanging.hang)
	resetting := httptest.NewServer(hijack(t, reset))
	defer resetting.Close()
	at, _ := url.Parse(resetting.URL)
	for name, first := range map[string]*url.URL{"refuses": closedPort(t), "hangs": hanging.url, "resets": at} {
		client := open(t, Config{Endpoints: []*url.URL{first, second.url}})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if _, err := client.Post(ctx, body("x")); err == nil || !strings.Contains(err.Error(), first.Host) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		says(t, post(t, client), "")
	}
	// That the plugin ends says nothing of the endpoint.
	first := newEndpoint(t, 200)
	client := open(t, Config{Endpoints: []*url.URL{first.url, second.url}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Post(ctx, body("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if post(t, client); first.asked.Load() != 1 {
		t.Error("the first was given up")
	}
}

func TestTheFirstEndpointComesBack(t *testing.T) {
	first, second := newEndpoint(t, 503), newEndpoint(t, 200)
	client := open(t, Config{Endpoints: []*url.URL{first.url, second.url}, MaxAge: time.Hour})
	post(t, client)
	first.status.Store(200)
	for range 3 {
		says(t, post(t, client), "")
	}
	if first.asked.Load() != 1 || second.asked.Load() != 3 {
		t.Errorf("%d and %d", first.asked.Load(), second.asked.Load())
	}
	client.transport.grow(time.Hour)
	says(t, post(t, client), "")
	says(t, post(t, client), "")
	if first.asked.Load() != 3 || second.asked.Load() != 3 {
		t.Errorf("after an hour: %d and %d", first.asked.Load(), second.asked.Load())
	}
}

func TestAllEndpointsAreDown(t *testing.T) {
	first, second, third := newEndpoint(t, 500), newEndpoint(t, 500), newEndpoint(t, 500)
	client := open(t, Config{Endpoints: []*url.URL{first.url, second.url, third.url}})
	for range 9 {
		says(t, post(t, client), "HTTP 500")
	}
	for _, e := range []*endpoint{first, second, third} {
		if e.asked.Load() != 3 {
			t.Errorf("asked %d times", e.asked.Load())
		}
	}
	third.status.Store(200)
	says(t, post(t, client), "500")
	says(t, post(t, client), "500")
	for range 3 {
		says(t, post(t, client), "")
	}
}

// connections counts the connections that a listener has taken.
type connections struct {
	net.Listener
	taken atomic.Int32
}

func (l *connections) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.taken.Add(1)
	}
	return c, err
}

// Connections are renewed, and no request fails by it, in either version.
func TestConnectionsHaveAnAge(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		ours := newAuthority(t)
		var wrong atomic.Int32
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ProtoAtLeast(2, 0) != http2 {
				wrong.Add(1)
			}
			_, _ = io.Copy(io.Discard, r.Body)
		}))
		l := &connections{Listener: server.Listener}
		server.Listener, server.EnableHTTP2, server.Config.ErrorLog = l, http2, log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{ours.server(local())}}
		server.StartTLS()
		u, _ := url.Parse(server.URL)
		client := open(t, Config{Endpoints: []*url.URL{u}, MaxAge: time.Hour, TLS: TLS{CAFile: file(t, ours.pem)}})
		for range 5 {
			says(t, post(t, client), "")
		}
		if n := l.taken.Load(); n != 1 {
			t.Errorf("HTTP/2 %v: %d connections before their time", http2, n)
		}
		var posts sync.WaitGroup
		for range 4 {
			posts.Go(func() {
				for range 25 {
					says(t, post(t, client), "")
				}
			})
		}
		const ages = 10
		for range ages {
			client.transport.grow(time.Hour)
			says(t, post(t, client), "")
		}
		posts.Wait()
		if n := l.taken.Load(); n < ages || wrong.Load() > 0 {
			t.Errorf("HTTP/2 %v: %d connections, %d requests of another version", http2, n, wrong.Load())
		}
		client.Close()
		server.Close()
	}
}

// A connection that does not answer is not asked again, though it looks sound:
// HTTP/2 would send every request over it.
func TestAConnectionThatIsDeadIsNotUsedAgain(t *testing.T) {
	ours := newAuthority(t)
	u := serveTLS(t, func() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{ours.server(local())}} },
		func(w http.ResponseWriter, r *http.Request) {
			if !r.ProtoAtLeast(2, 0) {
				t.Error("not HTTP/2")
			}
		})
	// The network in between drops the first connection without a word.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var dead atomic.Bool
	var copies sync.WaitGroup
	defer copies.Wait()
	over := make(chan struct{})
	defer close(over)
	go func() {
		for first := true; ; first = false {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", u.Host)
			if err != nil {
				t.Error(err)
				return
			}
			forward := func(to, from net.Conn) {
				defer to.Close()
				buf := make([]byte, 32<<10)
				for {
					n, err := from.Read(buf)
					if err != nil {
						return
					}
					if first && dead.Load() {
						continue
					}
					_, _ = to.Write(buf[:n])
				}
			}
			copies.Go(func() { forward(out, in) })
			copies.Go(func() { forward(in, out) })
			copies.Go(func() {
				<-over
				in.Close()
				out.Close()
			})
		}
	}()
	client := open(t, Config{Endpoints: []*url.URL{{Scheme: "https", Host: l.Addr().String()}}, TLS: TLS{CAFile: file(t, ours.pem)}})
	says(t, post(t, client), "")
	dead.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := client.Post(ctx, body("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	says(t, post(t, client), "")
}

// While an answer is late, later requests go to the next endpoint. The answer is still
// waited for.
func TestALateEndpointIsLeft(t *testing.T) {
	first, second := newEndpoint(t, 201), newEndpoint(t, 204)
	first.hang = make(chan struct{})
	client := open(t, Config{Endpoints: []*url.URL{first.url, second.url}})
	late := make(chan *Answer)
	go func() {
		b := body("x")
		b.Late = time.Millisecond
		a, err := client.Post(context.Background(), b)
		if err != nil {
			t.Error(err)
		}
		late <- a
	}()
	for client.Endpoint() == first.url {
		time.Sleep(time.Millisecond)
	}
	if a, err := client.Post(t.Context(), body("y")); err != nil || a.Status != 204 {
		t.Errorf("%+v, %v", a, err)
	}
	close(first.hang)
	if a := <-late; a.Status != 201 || client.Endpoint() != second.url {
		t.Errorf("%+v", a)
	}
}
