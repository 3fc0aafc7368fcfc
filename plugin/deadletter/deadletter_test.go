package deadletter

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/rotatefile"
)

var at = time.Date(2026, 2, 3, 13, 5, 6, 7, time.FixedZone("", 9*3600))

func TestAppend(t *testing.T) {
	raw := []byte{0x92, 0xd7, 0x00, 0xff, '"', '\n'}
	encoded := base64.StdEncoding.EncodeToString(raw)
	record := &filters.Record{Source: &filters.Source{Component: "kubelet"}, Log: filters.PlainText([]byte("a\"b"))}
	for _, c := range []struct {
		name  string
		entry Entry
		want  string
	}{
		{"refused", Entry{Time: at, Tag: "kube.a", Reason: Rejected, Answer: "HTTP 400", Record: record, Raw: raw},
			`{"time":"2026-02-03T04:05:06.000000007Z","tag":"kube.a","reason":"rejected","answer":"HTTP 400",` +
				`"id":"AAAAAAAAAAAAAAAAAAAAAEyvlsrhr385","record":{"time":"1970-01-01T00:00:00.000000000Z","log":"a\"b","component":"kubelet"},"raw":"` + encoded + `"}`},
		{"without an answer", Entry{Time: at, Tag: "t", Reason: TooLarge, Record: record, Raw: raw},
			`{"time":"2026-02-03T04:05:06.000000007Z","tag":"t","reason":"too large",` +
				`"id":"AAAAAAAAAAAAAAAAAAAAAEyvlsrhr385","record":{"time":"1970-01-01T00:00:00.000000000Z","log":"a\"b","component":"kubelet"},"raw":"` + encoded + `"}`},
		{"corrupt", Entry{Time: at, Tag: "a\"\xff\n", Reason: Corrupt, Raw: raw},
			`{"time":"2026-02-03T04:05:06.000000007Z","tag":"a\"` + "\ufffd" + `\n","reason":"corrupt chunk","raw":"` + encoded + `"}`},
		{"empty", Entry{}, `{"time":"0001-01-01T00:00:00Z","tag":"","reason":"","raw":""}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := Append([]byte("x"), &c.entry)
			if string(line) != "x"+c.want+"\n" {
				t.Errorf("got  %swant %s", line, c.want)
			}
			check(t, line[1:], c.entry.Raw)
		})
	}
}

// check fails unless line is one line of JSON with that raw event.
func check(t *testing.T, line, raw []byte) {
	t.Helper()
	var got struct{ Raw []byte } // encoding/json decodes base64
	if err := json.Unmarshal(line, &got); err != nil || !bytes.Equal(got.Raw, raw) {
		t.Errorf("%q: raw % x, %v", line, got.Raw, err)
	}
	if !utf8.Valid(line) || bytes.Count(line, []byte("\n")) != 1 {
		t.Errorf("not one line of UTF-8: %q", line)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("kube.a", "HTTP 400", []byte("text"), []byte{0x92})
	f.Add("\xff", "\"\n", []byte("\xff\x00"), []byte{})
	f.Fuzz(func(t *testing.T, tag, answer string, log, raw []byte) {
		record := &filters.Record{Source: &filters.Source{}, Log: filters.PlainText(log)}
		check(t, Append(nil, &Entry{Time: at, Tag: tag, Reason: Rejected, Answer: answer, Record: record, Raw: raw}), raw)
	})
}

func TestFileIsPrivateAndAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "dead.ndjson")
	line := Append(nil, &Entry{Time: at, Tag: "t", Reason: Corrupt, Raw: []byte("x")})
	for range 2 {
		f, err := Open(path, rotatefile.Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Write(t.Context(), line); err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, bytes.Repeat(line, 2)) {
		t.Errorf("%s, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestOpenRefusesADirectory(t *testing.T) {
	dir := t.TempDir()
	if f, err := Open(dir, rotatefile.Rotation{}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Error(f, err)
	}
}

func BenchmarkAppend(b *testing.B) {
	raw := bytes.Repeat([]byte("x"), 200)
	entry := &Entry{Time: at, Tag: "t", Reason: Rejected, Answer: "HTTP 400", Raw: raw,
		Record: &filters.Record{Source: &filters.Source{}, Log: filters.PlainText(raw)}}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = Append(dst[:0], entry)
	}
}
