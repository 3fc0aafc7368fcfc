package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/test/chunktest"
)

// parkedFolder makes a folder of parked records in two queues, as an output leaves it.
func parkedFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "parked")
	s, err := parking.Open(dir, 1<<20, t.Errorf)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		entry := parking.Entry{
			Tag: "containers", Records: 1,
			Raw: (&chunktest.File{Path: podPath, Offset: int64(100 * n)}).Append(nil, fmt.Sprintf("2026-11-22T10:00:00Z stdout F text %d", n)),
		}
		if n%5 == 4 {
			entry.Tag = "other"
		}
		key := parking.Key{Scope: fmt.Sprint("stream ", n/5)}
		if err := s.Park(parking.Batch{Key: key, Entries: []parking.Entry{entry}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	p, err := s.Next(parking.Key{Scope: "stream 0"}, 1, 1)
	if err == nil {
		err = s.Settle(p, []bool{true}) // an output has sent it
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func parkedIn(t *testing.T, dir string) int64 {
	t.Helper()
	s, err := parking.Open(dir, 1<<20, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Records()
}

// The parked records of an output that is no more are sent once, and not those that the
// output has sent. Nothing is parked afterwards.
func TestReplayParked(t *testing.T) {
	b := start(t)
	dir := parkedFolder(t)
	args := []string{"replay", "-set", "backend=http", "-set", "endpoint=" + b.URL, "-set", "path_key=path", "-set", "offset_key=offset"}
	if code, out, errs := command(append(args, "-dry-run", dir)...); code != done || strings.Count(out, "would be sent") != 2 || !strings.Contains(out, " 4 records would") || !strings.Contains(out, " 5 records would") {
		t.Fatalf("dry run: code %d, %q %q", code, out, errs)
	}
	if code, out, errs := command(append(args, "-tag", "other", dir)...); code != done {
		t.Fatalf("code %d, %q %q", code, out, errs)
	}
	if got := b.texts; !slices.Equal(got, []string{"text 4", "text 9"}) {
		t.Errorf("of one tag: %q", got)
	}
	if n := parkedIn(t, dir); n != 9 {
		t.Errorf("%d records are parked after a part was sent", n)
	}
	b.texts = nil
	b.refuse = func(body string) bool { return strings.Contains(body, "text 2") }
	if code, out, errs := command(append(args, dir)...); code != failed || !strings.Contains(errs, "refused again") || !strings.Contains(out, " 5 records delivered") {
		t.Fatalf("code %d, %q %q", code, out, errs)
	}
	slices.Sort(b.texts)
	if !slices.Equal(b.texts, []string{"text 1", "text 3", "text 4", "text 5", "text 6", "text 7", "text 8", "text 9"}) {
		t.Errorf("arrived: %q", b.texts)
	}
	if slices.ContainsFunc(b.pods, func(pod string) bool { return pod != "web-1" }) {
		t.Errorf("pods %q", b.pods)
	}
	if n := parkedIn(t, dir); n != 0 {
		t.Errorf("%d records are still parked", n)
	}
	if code, _, errs := command(append(args, dir)...); code != failed || !strings.Contains(errs, "no parked records") {
		t.Errorf("an empty folder: code %d, %q", code, errs)
	}
	refused, _ := filepath.Glob(filepath.Join(dir, "*.refused"))
	if len(refused) == 0 {
		t.Error("what was refused is nowhere")
	}
}

// A folder that an output uses is left alone. A run that the backend has stopped goes on
// where it was.
func TestReplayParkedOfAnOutput(t *testing.T) {
	b := start(t)
	dir := parkedFolder(t)
	args := []string{"replay", "-give-up", "1ms", "-set", "backend=http", "-set", "flush_deadline=200ms", "-set", "request_timeout=200ms"}
	s, err := parking.Open(dir, 1<<20, t.Errorf)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.parked"))
	for _, name := range append(files, dir) {
		code, _, errs := command(append(args, "-set", "endpoint="+b.URL, name)...)
		if code != failed || !strings.Contains(errs, "stop the agent") || len(b.texts) > 0 {
			t.Errorf("%s: code %d, %q, %q", name, code, errs, b.texts)
		}
	}
	if code, out, errs := command(append(args, "-dry-run", dir)...); code != done {
		t.Errorf("a dry run beside the output: code %d, %q %q", code, out, errs)
	}
	s.Close()
	if code, _, errs := command(append(args, "-set", "endpoint=http://127.0.0.1:1", dir)...); code != failed {
		t.Errorf("without a backend: code %d, %q", code, errs)
	}
	if n := parkedIn(t, dir); n != 9 {
		t.Errorf("%d records are parked", n)
	}
	if code, out, errs := command(append(args, "-set", "endpoint="+b.URL, dir)...); code != done || len(b.texts) != 9 {
		t.Errorf("code %d, %q, %q %q", code, b.texts, out, errs)
	}
}

// A damaged line takes no other with it, and is kept.
func TestReplayParkedDamaged(t *testing.T) {
	b := start(t)
	dir := parkedFolder(t)
	files, _ := filepath.Glob(filepath.Join(dir, "*.parked"))
	text, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[1], []byte(strings.Replace(string(text), `{"tag":"containers"`, `{"tag":"`+"\x00"+`ontainers"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := command("replay", "-set", "backend=http", "-set", "endpoint="+b.URL, dir)
	if code != done || !strings.Contains(errs, "is damaged") || len(b.texts) != 8 {
		t.Errorf("code %d, %q %q %q", code, out, errs, b.texts)
	}
	if _, err := os.Stat(files[1] + ".damaged"); err != nil {
		t.Error(err)
	}
	if n := parkedIn(t, dir); n != 0 {
		t.Errorf("%d records are parked", n)
	}
}

// An agent that runs has the folder and the address of its configuration: a replay with that
// configuration uses neither.
func TestReplayBesideTheAgent(t *testing.T) {
	b := start(t)
	dir := parkedFolder(t)
	s, err := parking.Open(dir, 1<<20, t.Errorf)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conf := write(t, "f.conf", "[OUTPUT]\n    name k8slog\n    match *\n    backend http\n    endpoint "+b.URL+"\n    park_path "+dir+"\n    status_listen "+strings.TrimPrefix(b.URL, "http://")+"\n")
	log := write(t, "0.log", "2026-11-22T10:00:00Z stdout F a line\n")
	if code, out, errs := command("replay", "-conf", conf, log); code != done || len(b.texts) != 1 {
		t.Errorf("code %d, %q %q", code, out, errs)
	}
}
