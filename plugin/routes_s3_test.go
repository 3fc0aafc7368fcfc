package plugin

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/fake"
)

// archived are the options of an output whose records all go to s3, and whose errors go to
// another destination as well. The output's own backend gets none. more are options of s3.
func archived(t *testing.T, s *fake.S3, own, a *receiver, more string) map[string]string {
	t.Helper()
	o := s3Options(t, s)
	return map[string]string{
		"backend": "http", "endpoint": own.URL, "path_key": "path", "rules_file": rulesFile(t, fmt.Sprintf(`
destinations:
  archive: {backend: s3, endpoint: '%s', bucket: logs, store_dir: '%s', compression: none, %s}
  a: {backend: http, endpoint: '%s'}
routes:
  - {match: {}, to: archive}
  - {match: {}, when: {severity: error or above}, to: a}
`, o["endpoint"], o["store_dir"], more, a.URL)),
		"dead_letter_path": filepath.Join(t.TempDir(), "dead"), "status_listen": "127.0.0.1:0",
	}
}

// mixed are chunks with lines, each third of which is an error.
func mixed(chunks, lines int) (all [][]byte, errors []string) {
	for i := range chunks {
		var texts []string
		for j := range lines {
			level := "info"
			if j%3 == 0 {
				level = "error"
			}
			texts = append(texts, fmt.Sprintf(`{"level":"%s","msg":"%d-%d"}`, level, i, j))
			if level == "error" {
				errors = append(errors, texts[j])
			}
		}
		all = append(all, sayAll("shop", texts...))
	}
	return all, errors
}

// Everything goes to the archive and the errors to a second destination. Both are away: chunks
// that come again for the second are not stored again by the first. What cannot be uploaded is
// on the disk, and counts as delivered. Each has its records once in the end.
func TestEverythingToS3AndErrorsElsewhere(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	var bucketUp, aUp atomic.Bool
	s := &fake.S3{Before: func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		if !bucketUp.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return !bucketUp.Load()
	}}
	own := receive(t, nil)
	a := receive(t, func(_ int, texts []string) int {
		switch {
		case !aUp.Load():
			return http.StatusServiceUnavailable
		case slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, `"1-3"`) }):
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	in, host := start(t, archived(t, s, own, a, "upload_timeout: 1s"))
	chunks, want := mixed(4, 30)
	for range 3 {
		for _, c := range chunks {
			if status := in.Flush(workerThread, "t", c); status != Retry {
				t.Errorf("status %d while a destination is down", status)
			}
		}
	}
	if got := in.figures(); !slices.Equal(got, [][3]int64{{}, {120}, {}}) {
		t.Errorf("figures of default, archive and a: %v", got)
	}
	waitFor(t, "a failed upload", func() bool { stored, _ := in.stored(); return stored.Err != nil && stored.Records == 120 })
	if !slices.ContainsFunc(in.stuck(), func(p stuckPart) bool { return strings.Contains(p.err.Error(), "uploads of destination archive fail") }) {
		t.Errorf("stuck is %v", in.stuck())
	}
	shown, _ := statusOf(t, in)
	if p := problem(&shown, "The destination archive takes no upload since"); !strings.Contains(p.Answer, "503") || !strings.Contains(p.Text, "120 records on the disk") {
		t.Errorf("%+v", shown.Problems)
	}
	samples := scrape(t, in)
	for name, want := range map[string]float64{
		`k8slog_destination_up{destination="archive"}`: 1, `k8slog_destination_up{destination="a"}`: 0, "k8slog_backend_up": 0,
		"k8slog_stored_records": 120, "k8slog_stored_limit_seconds": 1, "k8slog_records_pending": 40,
	} {
		if got, is := samples[name]; !is || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	aUp.Store(true)
	for _, c := range chunks {
		waitFor(t, "a has the chunk", func() bool { return in.Flush(workerThread, "t", c) == OK })
	}
	bad := slices.Index(want, `{"level":"error","msg":"1-3"}`)
	a.has(t, "a", slices.Delete(slices.Clone(want), bad, bad+1)...)
	own.has(t, "default")
	if got := in.Balance(); got != (ledger.Balance{Received: 120, Delivered: 119, DeadLettered: 1}) {
		t.Error(got)
	}
	if dead := letters(t, host); len(dead) != 1 || dead[0].Destination != "a" || dead[0].Record.Log != want[bad] {
		t.Errorf("%+v", dead)
	}
	bucketUp.Store(true)
	waitFor(t, "all is uploaded", func() bool { stored, _ := in.stored(); return stored.Records == 0 && stored.Err == nil })
	if all, different := s3Lines(t, s); all != 120 || different != 120 {
		t.Errorf("the bucket has %d lines, %d different", all, different)
	}
	if got := in.figures(); !slices.Equal(got, [][3]int64{{}, {120}, {39, 1}}) {
		t.Errorf("figures of default, archive and a: %v", got)
	}
}

// After a kill, chunks come again for all destinations: the archive knows what it has on the
// disk, and uploads it once.
func TestS3AsDestinationAfterAKill(t *testing.T) {
	s := &fake.S3{}
	own, a := receive(t, nil), receive(t, nil)
	o := archived(t, s, own, a, "upload_timeout: 1h")
	in, _ := start(t, o)
	chunks, _ := mixed(2, 30)
	for _, c := range chunks {
		if status := in.Flush(workerThread, "t", c); status != OK {
			t.Fatalf("status %d", status)
		}
	}
	killed := filepath.Join(t.TempDir(), "s3")
	rules, err := os.ReadFile(o["rules_file"])
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(rules), "store_dir: '")
	dir, _, _ := strings.Cut(rest, "'")
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	o["rules_file"] = rulesFile(t, strings.ReplaceAll(string(rules), dir, killed))
	t.Run("the next process", func(t *testing.T) {
		next, _ := start(t, o)
		for _, c := range chunks {
			if status := next.Flush(workerThread, "t", c); status != OK {
				t.Errorf("status %d", status)
			}
		}
		if b := next.Balance(); b != (ledger.Balance{Received: 60, Delivered: 60}) {
			t.Errorf("%v", b)
		}
		if stored, _ := next.stored(); stored.Repeated != 60 {
			t.Errorf("%+v", stored)
		}
	})
	waitFor(t, "the objects", func() bool { all, _ := s3Lines(t, s); return all > 0 })
	if all, different := s3Lines(t, s); all != 60 || different != 60 {
		t.Errorf("the bucket has %d lines, %d different", all, different)
	}
}

// Of several destinations that store records, each has metrics of its own; the page has their
// sum, and the report names each.
func TestMetricsOfSeveralStores(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	away := func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	one, two := s3Options(t, &fake.S3{Before: away}), s3Options(t, &fake.S3{})
	own := receive(t, nil)
	in, host := start(t, map[string]string{
		"backend": "http", "endpoint": own.URL, "path_key": "path", "status_listen": "127.0.0.1:0", "rules_file": rulesFile(t, fmt.Sprintf(`
destinations:
  one: {backend: s3, endpoint: '%s', bucket: logs, store_dir: '%s', upload_timeout: 1s}
  two: {backend: s3, endpoint: '%s', bucket: logs, store_dir: '%s', upload_timeout: 1h}
routes:
  - {match: {}, to: [one, two]}
  - {match: {}, when: {severity: error or above}, to: default}
`, one["endpoint"], one["store_dir"], two["endpoint"], two["store_dir"])),
	})
	chunks, _ := mixed(1, 30)
	if status := in.Flush(workerThread, "t", chunks[0]); status != OK {
		t.Fatalf("status %d", status)
	}
	waitFor(t, "a failed upload", func() bool { stored, _ := in.stored(); return stored.Err != nil })
	samples := scrape(t, in)
	for name, want := range map[string]float64{
		`k8slog_stored_records{destination="one"}`: 30, `k8slog_stored_records{destination="two"}`: 30,
		`k8slog_stored_limit_seconds{destination="one"}`: 1, `k8slog_stored_limit_seconds{destination="two"}`: 3600,
		`k8slog_stored_uploads_failed_total{destination="two"}`: 0,
	} {
		if got, is := samples[name]; !is || got != want {
			t.Errorf("%s is %v, %t, want %v", name, got, is, want)
		}
	}
	if samples[`k8slog_stored_uploads_failed_total{destination="one"}`] == 0 {
		t.Error("no failure of one")
	}
	if _, is := samples["k8slog_stored_records"]; is {
		t.Error("there is a metric without a label")
	}
	if s := in.Snapshot().Stored; s == nil || s.Records != 60 || s.FailingSince.IsZero() {
		t.Errorf("%+v", s)
	}
	in.reportBalance()
	for _, name := range []string{"one", "two"} {
		if host.logged("destination "+name+": 0 records in 0 objects uploaded, 30 records") == 0 {
			t.Errorf("no line of %s: %q", name, host.log)
		}
	}
}
