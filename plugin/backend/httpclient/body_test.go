package httpclient

import (
	"bytes"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"github.com/k8slog/k8slog/plugin/backend"
)

func TestReaderReadsTheParts(t *testing.T) {
	for _, parts := range [][]string{{}, {""}, {"a"}, {"", "abc", "", "", "d", ""}, {"abc", "def"}} {
		var joined []byte
		b := body(parts...)
		for _, p := range b.Parts {
			joined = append(joined, p...)
		}
		r := &readers{parts: b.Parts}
		if err := iotest.TestReader(r.open(), joined); err != nil {
			t.Errorf("%q: %v", parts, err)
		}
		got, err := io.ReadAll(iotest.OneByteReader(r.open())) // from the beginning again
		if err != nil || !bytes.Equal(got, joined) {
			t.Errorf("%q: %q, %v", parts, got, err)
		}
	}
}

func TestADetachedReaderReadsNothing(t *testing.T) {
	r := &readers{parts: body("abc", "def").Parts}
	open := r.open()
	if n, err := open.Read(make([]byte, 2)); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	r.detach()
	for _, reader := range []io.Reader{open, r.open()} {
		if n, err := reader.Read(make([]byte, 2)); n != 0 || err != errDetached {
			t.Error(n, err)
		}
	}
}

// A server may answer before it has read the body. The transport goes on
// sending then, but not from memory that has been given back.
func TestPostNeverReadsTheBodyAfterItReturned(t *testing.T) {
	returned, checked := make(chan struct{}), make(chan struct{})
	client, _ := serve(t, hijack(t, func(conn *net.TCPConn) {
		defer close(checked)
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
		<-returned
		late, _ := io.ReadAll(conn)
		if bytes.IndexByte(late, 'Z') >= 0 {
			t.Error("bytes that were written after Post had returned were sent")
		}
	}))
	b := backend.Body{Parts: [][]byte{bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("b"), 32<<20)}}
	answer, err := client.Post(t.Context(), b)
	if err != nil || answer.Status != 413 {
		t.Errorf("%+v, %v", answer, err)
	}
	for _, part := range b.Parts {
		for i := range part {
			part[i] = 'Z'
		}
	}
	close(returned)
	<-checked
}
