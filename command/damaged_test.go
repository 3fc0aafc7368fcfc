package command

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/spool"
	"github.com/k8slog/k8slog/test/fake"
)

// spoolLines are those of a block with n records.
func spoolLines(block, n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf(`{"log":"%d-%d"}`, block, i))
	}
	return lines
}

// damagedStore makes the folder of an output of s3 with a file of blocks of 10 records each,
// of which some are damaged, and the bucket that has what could be read before the damage.
func damagedStore(t *testing.T, s *fake.S3, endpoint, dir string, blocks int, damage ...int) {
	t.Helper()
	store, err := spool.Open(spool.Config{Dir: dir, Limit: 1 << 30, MaxBytes: 1 << 30, MaxAge: time.Hour, Warnf: t.Logf, Errorf: t.Errorf})
	if err != nil {
		t.Fatal(err)
	}
	path, ends := filepath.Join(dir, "000000000001.spool"), []int64{}
	for n := range blocks {
		b := &spool.Block{Key: "cluster/shop/2026/"}
		for i, line := range spoolLines(n, 10) {
			b.Add(fmt.Appendf(nil, "%020d%04d", n, i), []byte(line+"\n"))
		}
		if err := store.Append([]*spool.Block{b})[0]; err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, info.Size())
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range damage {
		text[ends[block]-5] ^= 0x10
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	// The agent uploads what is before the damage.
	options := map[string]string{"backend": "s3", "endpoint": endpoint, "bucket": "logs", "store_dir": dir, "compression": "none", "upload_timeout": "1s"}
	_, newBackend, err := plugin.Backends.Parse(func(name string) string { return options[name] })
	if err != nil {
		t.Fatal(err)
	}
	made, err := newBackend()
	if err != nil {
		t.Fatal(err)
	}
	for made.(backend.Storing).Stored().Files > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := bucketLines(t, s), blockLines(0, damage[0]); !slices.Equal(got, want) {
		t.Fatalf("the agent has uploaded %q, want %q", got, want)
	}
}

func blockLines(from, to int) (lines []string) {
	for n := from; n < to; n++ {
		lines = append(lines, spoolLines(n, 10)...)
	}
	return lines
}

func bucketLines(t *testing.T, s *fake.S3) []string {
	t.Helper()
	lines, err := s.Lines(func(_ string, body []byte) ([]byte, error) { return body, nil })
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// What is good behind the damage of a file of s3 gets into the bucket, once, below the prefix
// that it had, and the command says how much is damaged.
func TestReplayOfDamagedStore(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
	for name, from := range map[string]func(t *testing.T, endpoint, dir string) []string{
		"the options": func(_ *testing.T, endpoint, _ string) []string {
			return []string{"-set", "backend=s3", "-set", "endpoint=" + endpoint, "-set", "bucket=logs", "-set", "compression=none"}
		},
		"a destination of a configuration": func(t *testing.T, endpoint, dir string) []string {
			rules := write(t, "rules.yaml", fmt.Sprintf(`destinations:
  other: {backend: s3, endpoint: 'http://localhost:1', bucket: other, store_dir: '%s'}
  archive: {backend: s3, endpoint: '%s', bucket: logs, compression: none, store_dir: '%s'}
routes:
  - {match: {}, to: [default, archive, other]}
`, t.TempDir(), endpoint, dir))
			return []string{"-conf", write(t, "a.conf", "[OUTPUT]\n    name k8slog\n    match *\n    backend stdout\n    rules_file "+rules+"\n")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &fake.S3{Bucket: "logs", Verifier: &fake.SigV4{Region: "us-east-1", Service: "s3"}}
			s.Verifier.Allow("AKIAEXAMPLE", fake.AWSKey{Secret: "secret-of-nobody"})
			server := httptest.NewServer(s)
			defer server.Close()
			dir := t.TempDir()
			damagedStore(t, s, server.URL, dir, 5, 1, 3)
			file := filepath.Join(dir, "000000000001.damaged")
			args := append([]string{"replay"}, from(t, server.URL, dir)...)
			before := bucketLines(t, s)
			code, out, errs := command(append(args, "-dry-run", dir)...)
			if code != done || !strings.HasPrefix(out, file+": 20 records would be uploaded, and ") || !strings.HasSuffix(out, " bytes are damaged, which had 20 records\n") || !slices.Equal(bucketLines(t, s), before) {
				t.Errorf("code %d, %q %q", code, out, errs)
			}
			for _, want := range []string{": 20 records uploaded, and ", ": its 20 records were uploaded by an earlier run\n"} {
				if code, out, errs := command(append(args, file)...); code != done || !strings.HasPrefix(out, file+want) {
					t.Errorf("code %d, %q %q", code, out, errs)
				}
				all := slices.Concat(blockLines(0, 1), blockLines(2, 3), blockLines(4, 5))
				if got := bucketLines(t, s); !slices.Equal(got, all) {
					t.Errorf("%q", got)
				}
			}
			for key := range s.Objects() {
				if !strings.HasPrefix(key, "cluster/shop/2026/") {
					t.Errorf("an object is called %s", key)
				}
			}
			left, _ := filepath.Glob(filepath.Join(dir, "*"))
			if want := []string{file, file + ".replayed"}; !slices.Equal(left, append(want, filepath.Join(dir, "spool.lock"))) && !slices.Equal(left, want) {
				t.Errorf("the folder has %q", left)
			}
			// Again, it is the same object.
			if code, out, errs := command(append(args, "-from-start", file)...); code != done || len(s.Objects()) != 2 {
				t.Errorf("code %d, %q %q, %d objects", code, out, errs, len(s.Objects()))
			}
		})
	}
}

// What cannot be uploaded stays, and the command says what to do.
func TestReplayOfDamagedStoreFails(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
	s := &fake.S3{Bucket: "logs"}
	server := httptest.NewServer(s)
	defer server.Close()
	dir := t.TempDir()
	damagedStore(t, s, server.URL, dir, 2, 0)
	file := filepath.Join(dir, "000000000001.damaged")
	to := []string{"-set", "backend=s3", "-set", "endpoint=" + server.URL, "-set", "compression=none", "-set", "bucket="}
	for want, args := range map[string][]string{
		"none with the store_dir":        {"replay", "-set", "backend=stdout", file},
		"NoSuchBucket":                   append([]string{"replay", "-give-up", "300ms", "-set", "backend=s3", "-set", "endpoint=" + server.URL, "-set", "bucket=other"}, file),
		"are for other files than those": append([]string{"replay", "-tag", "x", "-set", "backend=s3", "-set", "endpoint=" + server.URL, "-set", "bucket=logs"}, file),
	} {
		if code, _, errs := command(args...); code == done || !strings.Contains(errs, want) {
			t.Errorf("code %d, %q, want %s", code, errs, want)
		}
	}
	to[len(to)-1] = "bucket=logs"
	if code, out, errs := command(append(append([]string{"replay"}, to...), file)...); code != done || !slices.Equal(bucketLines(t, s), blockLines(1, 2)) {
		t.Errorf("code %d, %q %q", code, out, errs)
	}
}
