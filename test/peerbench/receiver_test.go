package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// TestReceiver sends the same lines in each compression: each counts once, in whatever
// format it is.
func TestReceiver(t *testing.T) {
	var plain bytes.Buffer
	written := time.Now().Add(-time.Second)
	for n := range 8 {
		write := writeCRI
		if n%2 == 1 {
			write = writeDocker
		}
		if err := write(&plain, n, written); err != nil {
			t.Fatal(err)
		}
	}
	var gzipped bytes.Buffer
	w := gzip.NewWriter(&gzipped)
	_, _ = w.Write(plain.Bytes())
	_ = w.Close()
	encoder, _ := zstd.NewWriter(nil)
	r := &receiver{live: true}
	for encoding, body := range map[string][]byte{"": plain.Bytes(), "gzip": gzipped.Bytes(), "zstd": encoder.EncodeAll(plain.Bytes(), nil)} {
		request := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		request.Header.Set("Content-Encoding", encoding)
		answer := httptest.NewRecorder()
		if r.ServeHTTP(answer, request); answer.Code != http.StatusOK {
			t.Errorf("%q: %d %s", encoding, answer.Code, answer.Body)
		}
	}
	if distinct, repeated := r.arrived(); distinct != 8 || repeated != 16 {
		t.Errorf("%d lines, %d again; want 8 and 16", distinct, repeated)
	}
	if age := r.age(50); age < time.Second || age > time.Minute {
		t.Errorf("the age of a line is %v, want a second and a little", age)
	}
}
