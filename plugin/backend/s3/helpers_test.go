package s3

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

// serve starts a strict server that knows the credentials of the environment.
func serve(t *testing.T, s *fake.S3) *httptest.Server {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
	s.Bucket = "logs"
	s.Verifier = &fake.SigV4{Region: "us-east-1", Service: "s3"}
	s.Verifier.Allow("AKIAEXAMPLE", fake.AWSKey{Secret: "secret-of-nobody"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server
}

// open makes a backend that uploads everything after a second, unless options say otherwise.
func open(t *testing.T, server *httptest.Server, dir string, set ...string) *Backend {
	t.Helper()
	all := []string{
		"backend", "s3", "endpoint", server.URL, "bucket", "logs", "store_dir", dir, "upload_timeout", "1s",
		"backoff_min", "10ms", "backoff_max", "50ms", "cluster_name", "c", "node_name", "n1",
	}
	return backendtest.New(t, New, append(all, set...)...)
}

// storeDir returns the path of a folder that does not exist yet.
func storeDir(t *testing.T) string { return filepath.Join(t.TempDir(), "s3") }

// at is the time of record 0.
var at = time.Date(2026, 11, 30, 9, 59, 59, 0, time.UTC)

// body makes a body of records with these texts, all of a namespace. Their numbers begin with
// from, and tell their IDs.
func body(t *testing.T, b *Backend, namespace string, from int, texts ...string) backend.Body {
	t.Helper()
	source := &filters.Source{Kind: filters.Container, Namespace: namespace, Pod: "web-1", Container: "web", Cluster: "c", Node: "n1"}
	source.Rendered = b.Render(source)
	e := b.NewEncoder()
	for i, text := range texts {
		e.Append(&filters.Record{
			Source: source, Time: at.UnixNano() + int64(from+i), Log: filters.PlainText([]byte(text)), Flags: filters.Timed,
			Position: filters.Position{File: 1, Offset: int64(100 * (from + i))},
		})
	}
	packed, err := b.Pack([][]byte{e.Frame()})
	if err != nil {
		t.Fatal(err)
	}
	packed.Items = len(texts)
	return packed
}

func send(t *testing.T, b *Backend, namespace string, from int, texts ...string) {
	t.Helper()
	if err := b.Send(context.Background(), body(t, b, namespace, from, texts...)); err != nil {
		t.Fatal(err)
	}
}

// numbered are n texts that begin with a number.
func numbered(from, n int) (texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprintf("line %d", from+i))
	}
	return texts
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in 20 s", what)
		}
	}
}

// decompress reads an object by the end of its name.
func decompress(key string, body []byte) ([]byte, error) {
	switch {
	case strings.HasSuffix(key, ".ndjson"):
		return body, nil
	case strings.HasSuffix(key, ".ndjson.gz"):
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case strings.HasSuffix(key, ".ndjson.zst"):
		r, err := zstd.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	return nil, fmt.Errorf("%s has no known end", key)
}

// texts returns how often each text is in the bucket.
func texts(t *testing.T, s *fake.S3) map[string]int {
	t.Helper()
	lines, err := s.Lines(decompress)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, line := range lines {
		_, after, found := strings.Cut(line, `"log":"`)
		text, _, ended := strings.Cut(after, `"`)
		if !found || !ended {
			t.Fatalf("not a record: %.200s", line)
		}
		got[text]++
	}
	return got
}

// each fails unless each of these texts is in the bucket once, and nothing else is.
func each(t *testing.T, s *fake.S3, want ...string) {
	t.Helper()
	got := texts(t, s)
	for _, text := range want {
		if got[text] != 1 {
			t.Errorf("%q is there %d times", text, got[text])
		}
		delete(got, text)
	}
	if len(got) > 0 {
		t.Errorf("also there: %v", got)
	}
}
