package fake

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Memory is connections to servers of this process, without a network, so that they work in
// synthetic time. It is made by NewMemory.
type Memory struct{ connections chan net.Conn }

// NewMemory returns connections to one server.
func NewMemory() *Memory { return &Memory{make(chan net.Conn)} }

// Serve starts a server. It is for NewAPIServer.
func (m *Memory) Serve(h http.Handler) *httptest.Server {
	s := &httptest.Server{Listener: memoryListener{m, make(chan struct{}), new(sync.Once)}, Config: &http.Server{Handler: h}}
	s.Start()
	s.URL = "http://localhost"
	return s
}

// Dial makes a connection to the server.
func (m *Memory) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.connections <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryListener struct {
	*Memory
	closed chan struct{}
	once   *sync.Once
}

func (l memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.connections:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l memoryListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
