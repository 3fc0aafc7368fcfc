package plugin

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grafana/loki/pkg/push"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

// startLoki starts an instance whose streams are told apart by their namespace.
func startLoki(t *testing.T, server *fake.Loki, set ...string) (*Instance, *testHost) {
	t.Helper()
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	all := map[string]string{"backend": "loki", "endpoint": s.URL, "labels": "namespace", "structured_metadata": "off", "path_key": "path"}
	for i := 0; i < len(set); i += 2 {
		all[set[i]] = set[i+1]
	}
	return start(t, all)
}

// texts returns the texts of a stream that Loki has, sorted.
func lokiTexts(server *fake.Loki, namespace string) (texts []string) {
	for _, line := range server.Lines(fmt.Sprintf("{namespace=%q}", namespace)) {
		_, text, _ := strings.Cut(line, `"log":"`)
		text, _, _ = strings.Cut(text, `"`)
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}

// Of a stream with entries that are too old, only these are dead-lettered.
func TestLokiEntriesThatAreTooOld(t *testing.T) {
	server := &fake.Loki{Behind: func(_ string, e push.Entry) bool { return strings.Contains(e.Line, `"bad `) }}
	in, host := startLoki(t, server)
	var c []byte
	for i := range 20 {
		c = says(c, "a", "F", fmt.Sprintf("a %02d", i))
		if i == 7 || i == 12 {
			c = says(c, "a", "F", fmt.Sprintf("bad %d", i))
		}
		c = says(c, "b", "F", fmt.Sprintf("b %02d", i))
	}
	for in.Flush(workerThread, "t", c) != OK {
	}
	if a, b := lokiTexts(server, "a"), lokiTexts(server, "b"); len(a) != 20 || len(b) != 20 {
		t.Errorf("%q, %q", a, b)
	}
	for _, l := range letters(t, host) {
		if !strings.HasPrefix(l.Record.Log, "bad ") {
			t.Errorf("%s was buried", l.Record.Log)
		}
	}
	if b := in.Balance(); b != (ledger.Balance{Received: 42, Delivered: 40, DeadLettered: 2}) {
		t.Error(b)
	}
}

// A stream over its limit is delivered when it is below, and all others at once.
func TestLokiStreamOverItsLimit(t *testing.T) {
	var free atomic.Bool
	server := &fake.Loki{ServiceName: "x", Limited: func(labels string) bool { return strings.Contains(labels, `"bad"`) && !free.Load() }}
	in, host := startLoki(t, server, "flush_deadline", "2s")
	var c []byte
	for i := range 20 {
		c = says(c, "a", "F", fmt.Sprintf("a %02d", i))
		c = says(c, "bad", "F", fmt.Sprintf("bad number %02d", i))
		c = says(c, "b", "F", fmt.Sprintf("b %02d", i))
	}
	status := in.Flush(workerThread, "t", c)
	if a, b, bad := lokiTexts(server, "a"), lokiTexts(server, "b"), lokiTexts(server, "bad"); len(a) != 20 || len(b) != 20 || len(bad) != 0 {
		t.Errorf("%q, %q, %q", a, b, bad)
	}
	free.Store(true)
	for status != OK {
		status = in.Flush(workerThread, "t", c)
	}
	waitFor(t, "the stream is delivered", func() bool { return len(lokiTexts(server, "bad")) == 20 })
	if len(letters(t, host)) > 0 {
		t.Error("dead letters")
	}
}

// A stream whose lines of one second are more than its burst gets them nevertheless: in
// smaller requests, once they are parked.
func TestLokiStreamAboveItsBurst(t *testing.T) {
	server := &fake.Loki{Burst: 2000}
	in, _ := startLoki(t, server, "park_path", filepath.Join(t.TempDir(), "parked"), "park_after", "0s")
	var data []byte
	for n := range 100 {
		at := time.Date(2026, 11, 22, 10, 0, 0, n, time.UTC)
		data = chunktest.Append(data, at.UnixNano(), "path", strings.Replace(podPath, "_shop_", "_bad_", 1),
			"log", fmt.Sprintf("%s stdout F bad %d %s", at.Format(time.RFC3339Nano), n, strings.Repeat("x", 100)))
	}
	data = chunktest.Append(data, 1, "path", strings.Replace(podPath, "_shop_", "_good_", 1), "log", "2026-11-22T10:00:00Z stdout F good")
	if status := in.Flush(workerThread, "t", data); status != OK {
		t.Fatalf("status %d", status)
	}
	if texts := lokiTexts(server, "good"); len(texts) != 1 {
		t.Errorf("%q are stored", texts)
	}
	waitFor(t, "all lines of the stream", func() bool {
		return len(lokiTexts(server, "bad")) == 100 && in.Balance() == (ledger.Balance{Received: 101, Delivered: 101})
	})
}
