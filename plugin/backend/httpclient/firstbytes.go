package httpclient

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// opening is a connection that keeps the first bytes which the server sent. When
// the server ends the connection while a body is being sent, net/http may return
// the error of the sending, and not what it has read.
type opening struct {
	net.Conn
	first atomic.Pointer[[]byte]
}

// maxOpening is how much of what a server sends first is kept.
const maxOpening = 1 << 10

// Read implements net.Conn.
func (c *opening) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.first.Load() == nil {
		first := bytes.Clone(p[:min(n, maxOpening)])
		c.first.Store(&first)
	}
	return n, err
}

// advice returns what to change where the server has begun as no server of HTTP/1
// does, or with words that tell; empty else.
func (c *opening) advice() string {
	first := c.first.Load()
	switch {
	case first == nil:
	case bytes.HasPrefix(*first, []byte{0x15, 0x03}): // an alert of TLS, and its version
		return useHTTPS
	case bytes.HasPrefix(*first, []byte{0, 0}): // the length of a frame of HTTP/2
		return useHTTPPort
	case bytes.HasPrefix(*first, []byte("HTTP/1.")):
		return (&Answer{Status: http.StatusBadRequest, Body: *first}).adviceByWords()
	}
	return ""
}

// dialOpening wraps the connections of a dialer.
func dialOpening(dialer *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &opening{Conn: c}, nil
	}
}
