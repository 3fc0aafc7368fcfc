package plugin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

func splunkOptions(t *testing.T, endpoint string, more ...string) map[string]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("token-1"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"backend": "splunk", "endpoint": endpoint, "authorization_file": path}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// A collector reads events until it finds one that is bad. All others arrive,
// once, and the bad ones go to the dead-letter file.
func TestSplunkRefusesSomeEvents(t *testing.T) {
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		d := json.NewDecoder(r.Body)
		for n := 0; d.More(); n++ {
			var e fake.Event
			if err := d.Decode(&e); err != nil {
				t.Error(err)
			}
			if strings.HasPrefix(e.Text(), "bad") {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"text":"Invalid data format","code":6,"invalid-event-number":%d}`, n)
				return
			}
			got = append(got, e.Text())
		}
		fmt.Fprint(w, `{"text":"Success","code":0}`)
	}))
	defer server.Close()
	in, host := start(t, splunkOptions(t, server.URL, "flush_deadline", "20s"))
	texts := numbered(200)
	for _, i := range []int{0, 1, 77, 199} {
		texts[i] = fmt.Sprint("bad ", i)
	}
	if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
		t.Fatalf("status %d", status)
	}
	want := slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return strings.HasPrefix(s, "bad") })
	if !slices.Equal(got, want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
	if dead := letters(t, host); len(dead) != 4 || dead[0].Record.Log != "bad 0" || !strings.Contains(dead[0].Answer, "Invalid data format") {
		t.Errorf("%+v", dead)
	}
}

// What has no index does not hold up the rest, nor is the rest sent twice. It is delivered
// when the index is there.
func TestSplunkWithoutOneOfTheIndexes(t *testing.T) {
	server := fake.Splunk{Token: "token-1", Indexes: []string{"shop"}}
	web := httptest.NewServer(&server)
	defer web.Close()
	in, host := start(t, splunkOptions(t, web.URL, "splunk_index", "{namespace|other}", "path_key", "path",
		"park_path", filepath.Join(t.TempDir(), "parked"), "park_after", "0s"))
	var c []byte
	for i := range 100 {
		namespace := []string{"shop", "test"}[i%2]
		c = chunktest.Append(c, int64(i), "path", "/var/log/containers/web-1_"+namespace+"_web-"+strings.Repeat("a", 64)+".log",
			"log", fmt.Sprintf("2026-11-22T10:00:00Z stdout F %s %d", namespace, i))
	}
	waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "containers", c) == OK })
	events := server.Events()
	for _, e := range events {
		if e.Index != "shop" || e.Fields["k8s.namespace.name"] != "shop" {
			t.Errorf("%+v", e)
		}
	}
	dead, balance := letters(t, host), in.Balance()
	if len(events) != 50 || len(dead) != 0 || balance.Parked != 50 || balance.Delivered != 50 || len(server.Refused()) > 4 {
		t.Errorf("%d events, %d letters, %d refusals, %v", len(events), len(dead), len(server.Refused()), balance)
	}
	if host.logged("create the index of splunk_index") == 0 {
		t.Errorf("log %q", host.log)
	}
	server.Allow("test")
	waitFor(t, "all events", func() bool { return len(server.Events()) == 100 && in.Balance().Parked == 0 })
}
