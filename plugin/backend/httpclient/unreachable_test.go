package httpclient

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// answering listens, and writes the same to everybody who has sent something.
func answering(t *testing.T, answer string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = bufio.NewReader(c).ReadByte()
				_, _ = c.Write([]byte(answer))
				_ = c.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	return l.Addr().String()
}

// postTo posts to a URL, and returns the error.
func postTo(t *testing.T, to string) error {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Endpoints: []*url.URL{u}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a, err := c.Post(t.Context(), backend.Body{Parts: [][]byte{[]byte("x")}})
	if err == nil {
		return a.Failure()
	}
	return err
}

// The error says in its line which option to change.
func TestAPortThatSpeaksSomethingElse(t *testing.T) {
	const settings = "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00"
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler())
	defer tlsServer.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	tlsAddress, plainAddress := strings.TrimPrefix(tlsServer.URL, "https://"), strings.TrimPrefix(plain.URL, "http://")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, c := range map[string]struct{ endpoint, want string }{
		"HTTP to a TLS port of Go": {"http://" + tlsAddress, useHTTPS},
		"HTTP to a TLS port":       {"http://" + answering(t, "\x15\x03\x01\x00\x02\x02\x16"), useHTTPS},
		"HTTPS to a plain port":    {"https://" + plainAddress, useHTTP},
		"HTTPS to another port":    {"https://" + answering(t, "220 ready\r\n"), useHTTP},
		"HTTP to a gRPC port":      {"http://" + answering(t, settings), useHTTPPort},
		"an unknown authority":     {"https://" + tlsAddress, "set ca_file"},
		"nobody there":             {"http://" + closed.Addr().String(), "check the port in endpoint"},
	} {
		if err := postTo(t, c.endpoint); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A connection whose data is not acknowledged ends long before the kernel would
// give it up.
func TestSocketsGiveUp(t *testing.T) {
	address := answering(t, "")
	dialer := net.Dialer{Control: controlSocket}
	c, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var got int
	if err := raw.Control(func(fd uintptr) { got, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout) }); err != nil {
		t.Fatal(err)
	}
	if time.Duration(got)*time.Millisecond != unacknowledged || err != nil {
		t.Errorf("%d ms, %v", got, err)
	}
}
