package plugin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/status"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

// s3Options are those of an output to a strict server.
func s3Options(t *testing.T, s *fake.S3) map[string]string {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
	s.Bucket = "logs"
	s.Verifier = &fake.SigV4{Region: "us-east-1", Service: "s3"}
	s.Verifier.Allow("AKIAEXAMPLE", fake.AWSKey{Secret: "secret-of-nobody"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return map[string]string{
		"backend": "s3", "endpoint": server.URL, "bucket": "logs", "store_dir": filepath.Join(t.TempDir(), "s3"), "upload_timeout": "1s",
		"compression": "none", "path_key": "path", "flush_deadline": "2s",
	}
}

// s3Lines returns how many lines the bucket has, and how many of them are different.
func s3Lines(t *testing.T, s *fake.S3) (all, different int) {
	t.Helper()
	lines, err := s.Lines(func(_ string, body []byte) ([]byte, error) { return body, nil })
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, line := range lines {
		seen[line] = true
	}
	return len(lines), len(seen)
}

// Records of many namespaces are acknowledged when they are on the disk. While the bucket is
// away, the books, the health, the page and the metrics say what is there and why, and when the
// folder is full chunks are returned. All of it arrives once.
func TestS3IsAway(t *testing.T) {
	s := &fake.S3{}
	var up atomic.Bool
	s.Before = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		if up.Load() {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`)
		return true
	}
	o := s3Options(t, s)
	o["store_dir_limit_size"], o["total_file_size"], o["status_listen"] = "1MiB", "128KiB", "127.0.0.1:0"
	in, host := start(t, o)
	sent, full := 0, false
	for !full {
		var chunk []byte
		for i := range 1500 {
			chunk = chunktest.Append(chunk, int64(i), "path", strings.Replace(podPath, "shop", []string{"shop", "test", "other"}[i%3], 1),
				"log", fmt.Sprintf("2026-11-22T10:00:00Z stdout F %d", sent+i))
		}
		if full = in.Flush(workerThread, "containers", chunk) == Retry; !full {
			sent += 1500
		}
		if sent > 60_000 {
			t.Fatal("there is no limit")
		}
	}
	if b := in.Balance(); b.Delivered < int64(sent) || b.DeadLettered != 0 || sent == 0 {
		t.Errorf("%v, %d sent", b, sent)
	}
	if host.logged("store_dir_limit_size") == 0 || host.logged("s3:PutObject") == 0 {
		t.Errorf("%q", host.log)
	}
	waitFor(t, "a failure", func() bool { return len(in.stuck()) > 0 && strings.Contains(in.stuck()[0].err.Error(), "AccessDenied") })
	shown := in.Snapshot()
	shown.FindProblems()
	if shown.Stored == nil || shown.Stored.Records < int64(sent) || shown.Stored.FailedUploads == 0 || len(shown.Problems) == 0 || shown.Problems[0].Level != status.LevelError {
		t.Errorf("%+v, %+v", shown.Stored, shown.Problems)
	}
	page := get(t, "http://"+in.status.Addr()+"/metrics")
	for _, name := range []string{"k8slog_stored_records ", "k8slog_stored_oldest_seconds ", "k8slog_stored_uploads_failed_total "} {
		if _, value, found := strings.Cut(page, "\n"+name); !found || strings.HasPrefix(value, "0\n") {
			t.Errorf("%s is missing or zero", name)
		}
	}
	if html := get(t, "http://"+in.status.Addr()+"/"); !strings.Contains(html, "Not uploaded yet") || !strings.Contains(html, "AccessDenied") {
		t.Errorf("%s", html)
	}
	up.Store(true)
	waitFor(t, "all records", func() bool { stored, _ := in.stored(); return stored.Records == 0 && stored.Err == nil })
	if all, different := s3Lines(t, s); all != different || int64(all) != in.Balance().Delivered {
		t.Errorf("%d lines, %d different, %v", all, different, in.Balance())
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text)
}

// A process that ends without a word between the disk and the acknowledgement: its chunks come
// again in the next one, which stores none of their records a second time.
func TestS3AfterAKill(t *testing.T) {
	s := &fake.S3{}
	o := s3Options(t, s)
	o["upload_timeout"] = "1h"
	in, _ := start(t, o)
	chunk := namespaces(300, "shop", "test")
	if in.Flush(workerThread, "containers", chunk) != OK {
		t.Fatal("the chunk is not taken")
	}
	killed := filepath.Join(t.TempDir(), "s3")
	if err := os.CopyFS(killed, os.DirFS(o["store_dir"])); err != nil {
		t.Fatal(err)
	}
	o["store_dir"] = killed
	t.Run("the next process", func(t *testing.T) {
		next, _ := start(t, o)
		if next.Flush(workerThread, "containers", chunk) != OK {
			t.Error("the chunk is not taken")
		}
		if b := next.Balance(); b != (ledger.Balance{Received: 600, Delivered: 600}) {
			t.Errorf("%v", b)
		}
		if stored, _ := next.stored(); stored.Repeated != 600 {
			t.Errorf("%+v", stored)
		}
	})
	waitFor(t, "the objects", func() bool { all, _ := s3Lines(t, s); return all > 0 })
	if all, different := s3Lines(t, s); all != 600 || different != 600 {
		t.Errorf("%d lines, %d different", all, different)
	}
}

// The index of a rule takes the place of the prefix.
func TestS3Rule(t *testing.T) {
	s := &fake.S3{}
	o := s3Options(t, s)
	o["rules_file"] = rulesFile(t, "rules:\n  - {name: shop, match: {namespace: shop}, index: 'own/{namespace}/{%Y}/'}\n")
	in, _ := start(t, o)
	if in.Flush(workerThread, "containers", namespaces(10, "shop", "test")) != OK {
		t.Fatal("the chunk is not taken")
	}
	waitFor(t, "two objects", func() bool { return len(s.Objects()) == 2 })
	for key := range s.Objects() {
		if !strings.HasPrefix(key, "own/shop/2026/2") && !strings.HasPrefix(key, "no_cluster/test/2026/11/22/10/2") {
			t.Errorf("key %s", key)
		}
	}
}
