package s3

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/fake"
)

// Records of two namespaces and two hours become objects with names, content and headers that
// tell what they are, with every compression and checksum.
func TestObjects(t *testing.T) {
	for _, c := range []struct{ compression, checksum, header, end, contentType string }{
		{"gzip", "crc32c", "X-Amz-Checksum-Crc32c", "gz", "application/gzip"},
		{"zstd", "sha256", "X-Amz-Checksum-Sha256", "zst", "application/zstd"},
		{"none", "md5", "Content-Md5", "", "application/x-ndjson"},
	} {
		t.Run(c.compression+" "+c.checksum, func(t *testing.T) {
			s := &fake.S3{ObjectLock: true}
			b := open(t, serve(t, s), storeDir(t), "compression", c.compression, "s3_checksum", c.checksum,
				"storage_class", "STANDARD_IA", "server_side_encryption", "aws:kms", "sse_kms_key_id", "alias/logs", "canned_acl", "bucket-owner-full-control")
			send(t, b, "shop", 0, "a", "b")
			send(t, b, "test", 10, "c")
			send(t, b, "shop", 1e9, "d") // of the next hour
			eventually(t, "three objects", func() bool { return len(s.Objects()) == 3 })
			each(t, s, "a", "b", "c", "d")
			end := ".ndjson"
			if c.end != "" {
				end += `\.` + c.end
			}
			name := regexp.MustCompile(`^c/(shop|test)/2026/11/30/(09|10)/\d{8}T\d{6}Z-n1-[0-9a-f]{32}` + end + `$`)
			for key, o := range s.Objects() {
				if !name.MatchString(key) {
					t.Errorf("key %s", key)
				}
				for header, want := range map[string]string{
					"Content-Type": c.contentType, "X-Amz-Storage-Class": "STANDARD_IA", "X-Amz-Server-Side-Encryption": "aws:kms",
					"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "alias/logs", "X-Amz-Acl": "bucket-owner-full-control", "Content-Encoding": "",
				} {
					if got := o.Header.Get(header); got != want {
						t.Errorf("%s: %q, want %q", header, got, want)
					}
				}
				if o.Header.Get(c.header) == "" {
					t.Errorf("no %s", c.header)
				}
			}
			if refused := s.Refused(); len(refused) > 0 {
				t.Errorf("%q", refused)
			}
			eventually(t, "an answer to the last upload", func() bool { return b.Stored().Objects == 3 })
			if stored := b.Stored(); stored.Records != 0 || stored.Files != 0 || stored.ObjectRecords != 4 || stored.Objects != 3 || stored.Err != nil {
				t.Errorf("%+v", stored)
			}
		})
	}
}

// The bucket is in the name of the host, and the key has what a signature must escape.
func TestVirtualHost(t *testing.T) {
	s := &fake.S3{Domain: "localhost"}
	server := serve(t, s)
	server.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	b := open(t, server, storeDir(t), "s3_addressing", "virtual", "s3_key_prefix", "/a!b/(x)/ns={namespace}/dt={%Y-%m-%d}/*'")
	// Not every resolver knows names below localhost.
	b.bucket.virtual = func(string) bool { return true }
	if got := b.bucket.at("k=1", "")(b.http.Client.Endpoint()).String(); !strings.HasPrefix(got, "http://logs.localhost:") || !strings.HasSuffix(got, "/k%3D1") {
		t.Errorf("%s", got)
	}
	t.Setenv("HTTP_PROXY", "")
	s.Domain, b.bucket.virtual = "", func(string) bool { return false }
	send(t, b, "shop", 0, "a")
	eventually(t, "the object", func() bool { return len(s.Objects()) == 1 })
	for key := range s.Objects() {
		if !strings.HasPrefix(key, "a!b/(x)/ns=shop/dt=2026-11-30/*'2") {
			t.Errorf("key %s", key)
		}
	}
	if refused := s.Refused(); len(refused) > 0 {
		t.Errorf("%q", refused)
	}
}

// noise is a text that no compression makes much shorter.
func noise(n int) string {
	text := make([]byte, n)
	_, _ = rand.Read(text)
	return base64.RawURLEncoding.EncodeToString(text)[:n]
}

// A large file is uploaded in parts. An upload that fails in between is aborted, also when the
// server says so only behind a 200, and one whose answer is lost makes the same object again.
func TestParts(t *testing.T) {
	for name, checksum := range map[string]string{"crc32c": "crc32c", "md5": "md5"} {
		t.Run(name, func(t *testing.T) {
			s := &fake.S3{}
			var completions, parts atomic.Int64
			s.Before = func(w http.ResponseWriter, _ *http.Request, operation string) bool {
				switch {
				case operation == "UploadPart" && parts.Add(1) == 2:
					w.WriteHeader(http.StatusForbidden)
				case operation == "CompleteMultipartUpload" && completions.Add(1) == 1:
					_, _ = io.WriteString(w, `<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>`)
				default:
					return false
				}
				return true
			}
			s.After = func(operation string) bool { return operation == "CompleteMultipartUpload" && completions.Load() == 2 }
			b := open(t, serve(t, s), storeDir(t), "s3_checksum", checksum, "upload_timeout", "1h", "total_file_size", "14MiB", "compression", "zstd")
			var want []string
			for n := range 18 {
				text := fmt.Sprintf("%d-", n) + noise(1<<20)
				want = append(want, text)
				send(t, b, "shop", n, text)
			}
			b.spool.Tick(at, true)
			eventually(t, "all records", func() bool { return b.Stored().ObjectRecords == 18 })
			each(t, s, want...)
			most := 0
			for _, o := range s.Objects() {
				most = max(most, o.Parts)
			}
			open, aborted := s.Uploads()
			// The upload whose answer was lost is gone when it is aborted.
			if most < 2 || open != 0 || aborted < 2 || parts.Load() < 8 || completions.Load() < 3 {
				t.Errorf("%d parts, %d uploads open, %d aborted, %d completions", most, open, aborted, completions.Load())
			}
			for _, line := range s.Refused() {
				if !strings.HasPrefix(line, "NoSuchUpload") {
					t.Error(line)
				}
			}
		})
	}
}

// While the server refuses or hangs up, records stay on the disk, the state says why, and
// above the limit nothing more is taken. Nothing is lost, and nothing comes twice.
func TestAway(t *testing.T) {
	s := &fake.S3{}
	var up atomic.Bool
	var requests atomic.Int64
	s.Before = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		if up.Load() {
			return false
		}
		switch requests.Add(1) % 3 {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`)
		case 1:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>`)
		default:
			_, _ = io.WriteString(w, "<html>log in</html>") // 200 of a proxy
		}
		return true
	}
	b := open(t, serve(t, s), storeDir(t), "store_dir_limit_size", "1MiB", "total_file_size", "64KiB")
	var want []string
	var full error
	for n := 0; full == nil; n++ {
		text := fmt.Sprintf("%d-", n) + noise(10<<10)
		if full = b.Send(context.Background(), body(t, b, "shop", n, text)); full == nil {
			want = append(want, text)
		}
		if n > 200 {
			t.Fatal("there is no limit")
		}
	}
	if throttled := new(backend.Throttled); !errors.As(full, &throttled) || !strings.Contains(full.Error(), "store_dir_limit_size") {
		t.Errorf("%v", full)
	}
	eventually(t, "a failure that says what to do", func() bool {
		return b.Stored().Err != nil && strings.Contains(b.Stored().Err.Error(), "make the bucket")
	})
	if stored := b.Stored(); stored.Records != int64(len(want)) || stored.FailingSince.IsZero() || stored.Failures == 0 || stored.Oldest.IsZero() {
		t.Errorf("%+v", stored)
	}
	if n := len(s.Objects()); n != 0 {
		t.Errorf("%d objects", n)
	}
	up.Store(true)
	eventually(t, "all records", func() bool { return b.Stored().ObjectRecords == int64(len(want)) })
	each(t, s, want...)
	if stored := b.Stored(); stored.Err != nil || !stored.FailingSince.IsZero() {
		t.Errorf("%+v", stored)
	}
	send(t, b, "shop", 1000, "after") // what lingers makes room
}

// What is refused of one prefix waits by itself, and the state says so while others arrive.
func TestOnePrefixIsRefused(t *testing.T) {
	s := &fake.S3{}
	var denied atomic.Bool
	denied.Store(true)
	s.Before = func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if !denied.Load() || !strings.Contains(r.URL.Path, "/test/") {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`)
		return true
	}
	b := open(t, serve(t, s), storeDir(t))
	send(t, b, "test", 0, "bad")
	eventually(t, "a failure", func() bool { return b.Stored().Err != nil })
	for n := range 5 {
		send(t, b, "shop", 10+n, fmt.Sprint("good ", n))
		b.spool.Tick(at, true)
		eventually(t, "the good one", func() bool { return b.Stored().Objects == int64(n+1) })
		if stored := b.Stored(); stored.Err == nil || stored.FailingSince.IsZero() || stored.Records != 1 {
			t.Errorf("%+v", stored)
		}
	}
	denied.Store(false)
	eventually(t, "the bad one", func() bool { return b.Stored().Objects == 6 && b.Stored().Err == nil })
	each(t, s, "bad", "good 0", "good 1", "good 2", "good 3", "good 4")
}

// A process that is killed leaves its files: the next one uploads them, does not store again
// what Fluent Bit presents again, and gives a file that was uploaded already the same name.
func TestKilled(t *testing.T) {
	s := &fake.S3{}
	server := serve(t, s)
	dir := storeDir(t)
	b := open(t, server, dir, "upload_timeout", "1h")
	send(t, b, "shop", 0, numbered(0, 50)...)
	send(t, b, "test", 100, numbered(100, 50)...)
	killed := copyDir(t, dir)
	b.spool.Tick(at, true)
	eventually(t, "both objects", func() bool { return len(s.Objects()) == 2 })
	before := s.Objects()

	again := open(t, server, killed, "upload_timeout", "1h")
	// Of the last 30 records the process before was not asked, or not answered in time.
	send(t, again, "shop", 20, numbered(20, 60)...)
	send(t, again, "test", 100, numbered(100, 50)...)
	eventually(t, "both objects again", func() bool { return again.Stored().Objects == 2 })
	for key, o := range s.Objects() {
		if n := s.Puts()[key]; n != 2 {
			t.Errorf("%s was made %d times", key, n)
		}
		if !slices.Equal(o.Body, before[key].Body) {
			t.Errorf("%s has another content", key)
		}
	}
	if stored := again.Stored(); stored.Repeated != 80 || stored.Records != 30 {
		t.Errorf("%+v", stored)
	}
	again.spool.Tick(at, true)
	eventually(t, "the rest", func() bool { return len(s.Objects()) == 3 })
	each(t, s, append(numbered(0, 80), numbered(100, 50)...)...)
}

// A stop uploads what is on the disk, and an outage does not hold it up.
func TestClose(t *testing.T) {
	s := &fake.S3{}
	t.Run("", func(t *testing.T) { // at whose end the backend is closed
		send(t, open(t, serve(t, s), storeDir(t), "upload_timeout", "1h"), "shop", 0, "a", "b")
	})
	each(t, s, "a", "b")
}

// An upload in parts that a killed process has left is aborted.
func TestAbortsTheFormerUpload(t *testing.T) {
	s := &fake.S3{}
	server := serve(t, s)
	dir := storeDir(t)
	var hang atomic.Bool
	hang.Store(true)
	over := make(chan struct{})
	defer close(over)
	hung := make(chan struct{}, 10)
	s.Before = func(_ http.ResponseWriter, _ *http.Request, operation string) bool {
		if operation == "UploadPart" && hang.Load() {
			hung <- struct{}{}
			<-over
			return true
		}
		return false
	}
	b := open(t, server, dir, "upload_timeout", "1h", "total_file_size", "7MiB", "compression", "none")
	text := noise(8 << 20)
	send(t, b, "shop", 0, text)
	<-hung
	killed := copyDir(t, dir)
	hang.Store(false)
	if open, _ := s.Uploads(); open != 1 {
		t.Fatalf("%d uploads", open)
	}
	again := open(t, server, killed, "compression", "none")
	eventually(t, "the object", func() bool { return again.Stored().ObjectRecords == 1 })
	each(t, s, text)
	if open, aborted := s.Uploads(); open != 0 || aborted != 1 {
		t.Errorf("%d uploads, %d aborted", open, aborted)
	}
	b.endLife()
}

func copyDir(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}
