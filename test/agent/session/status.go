package session

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"testing"
)

// FreePorts returns ports of this machine that nobody listens at.
func FreePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// Get returns the answer of this machine at a port, and 0 where there is none.
func Get(port int, path string) (status int, text string) {
	r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
	if err != nil {
		return 0, ""
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(body)
}

var delivered = regexp.MustCompile(`(?m)^k8slog_records_settled_total\{.*fate="delivered".*\} (\d+)$`)

// Delivered returns how many records the output has delivered whose status_listen has
// this port.
func Delivered(port int) (n int) {
	_, text := Get(port, "/metrics")
	if m := delivered.FindStringSubmatch(text); m != nil {
		n, _ = strconv.Atoi(m[1])
	}
	return n
}
