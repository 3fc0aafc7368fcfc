package status

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/k8slog/k8slog/plugin/hostlog"
)

// hostile is what somebody may write into a name, an answer or a log: markup, the end of an
// attribute and of a script, an escape sequence, 8-bit ones, bytes that are not UTF-8, marks of
// direction, a line feed.
const hostile = "<script>alert(1)</script>\"'></title><img src=x onerror=alert(2)>" +
	"\x1b[31mred\x1b]0;title\x07\u009b31m\x9b2J\xff\u202eevil\u2066x\u200f\r\nnext {{.}} javascript:alert(3)"

// hostileSnapshot has it in every place that a text can have.
func hostileSnapshot() *Snapshot {
	return &Snapshot{
		Time: time.Now(), Started: time.Now(), Version: hostile, Backend: hostile, Node: hostile, Cluster: hostile, Tap: true,
		Checks: []string{hostile}, Records: Records{Received: 4, Delivered: 1, Parked: 1, DeadLettered: 1, Pending: 1},
		Delivery:     Delivery{ParkFailing: hostile, LettersFailing: hostile},
		Destinations: []Destination{{Name: hostile, Backend: hostile, Stored: &Stored{FailingSince: time.Now(), Answer: hostile + strings.Repeat("long ", 1<<18)}}},
		Disk:         &Disk{Written: 10, Settled: 5, Unread: 5, BehindSeconds: 400},
		Containers:   []Container{{Namespace: hostile, Pod: hostile, Container: hostile, Severities: map[string]int64{hostile: 1, "error": 2}, Log: &Log{Path: hostile, Problem: hostile}}, {Pod: hostile, Dropped: 1}},
		Waiting:      []Waiting{{Kind: "scope", Partition: hostile, Scope: hostile, Answer: hostile}, {Kind: "backend", Answer: hostile}, {Kind: "partition", Partition: hostile, Answer: hostile}},
		Parked:       []Parked{{Kind: "scope", Partition: hostile, Scope: hostile, Answer: hostile, Records: 1}},
		DeadLetters:  []DeadLetter{{Reason: hostile, Answer: hostile, Namespace: hostile, Pod: hostile, Container: hostile, Text: hostile}},
		Rules:        []Rule{{Name: hostile, Action: hostile}, {Name: hostile, Action: "dropped"}}, Metadata: &Metadata{State: hostile},
		Incidents: []Count{{Name: hostile, Count: 1}}, Options: []Option{{Name: hostile, Value: hostile, From: "configuration"}},
	}
}

func serve(t *testing.T, c Config) *Server {
	t.Helper()
	c.Address = "127.0.0.1:0"
	if c.Health == nil {
		c.Health = func() error { return nil }
	}
	if c.Full == nil {
		c.Full = c.Health
	}
	s, err := Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func ask(t *testing.T, method, url string, change func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(body)
}

// Nothing that comes from outside is markup, or drives a terminal, in any form of the status.
func TestHostileTexts(t *testing.T) {
	s := serve(t, Config{Snapshot: hostileSnapshot, Log: func(int) []hostlog.Line {
		return []hostlog.Line{{Time: time.Unix(1, 0), Level: "warn", Message: hostile}}
	}})
	status, header, body := ask(t, "GET", "http://"+s.Addr()+"/log", nil)
	if status != http.StatusOK || header.Get("Content-Type") != "text/plain; charset=utf-8" || header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(body, "1970-01-01T00:00:01.000Z warn  ") || strings.Count(body, "\n") != 1 || strings.ContainsAny(body, "\x1b\x07\u009b\u202e\u2066\u200f") {
		t.Errorf("/log: %d %v %q", status, header, body)
	}
	for _, path := range []string{"/", "/?part=live", "/?filter=%3Cscript%3E%1b%5b31m%e2%80%ae", "/status.json"} {
		status, header, body := ask(t, "GET", "http://"+s.Addr()+path, nil)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		if !utf8.ValidString(body) || len(body) > 200<<10 {
			t.Errorf("%s has %d bytes, UTF-8: %v", path, len(body), utf8.ValidString(body))
		}
		for _, bad := range []string{"<script>alert", "<img", "</title><img", "\x1b", "\x07", "\u009b", "\u202e", "\u2066", "\u200f", "onerror=alert(2)>"} {
			if path == "/status.json" && strings.HasPrefix(bad, "onerror") {
				continue
			}
			if strings.Contains(body, bad) {
				t.Errorf("%s has %q", path, bad)
			}
		}
		if path == "/status.json" {
			var back Snapshot
			if err := json.Unmarshal([]byte(body), &back); err != nil || !strings.Contains(back.Node, "<script>") || strings.Contains(back.Node, "\n") {
				t.Errorf("%v: %q", err, back.Node)
			}
			continue
		}
		policy := header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, header)
		}
		if !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s does not show what is there", path)
		}
		for _, inline := range []string{" style=", " onclick=", "http://", "https://"} {
			if strings.Contains(body, inline) {
				t.Errorf("%s has %q", path, inline)
			}
		}
	}
}

// The page answers under names that are its own, to this machine, and only to what reads.
func TestWhoMaySeeThePage(t *testing.T) {
	s := serve(t, Config{Snapshot: hostileSnapshot, Hosts: []string{"k8slog.example.com"}})
	base := "http://" + s.Addr()
	_, port, _ := strings.Cut(s.Addr(), ":")
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	site := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
	for _, c := range []struct {
		method, path string
		change       func(*http.Request)
		want         int
	}{
		{"GET", "/", nil, 200},
		{"HEAD", "/", nil, 200},
		{"HEAD", "/status.json", nil, 200},
		{"POST", "/", nil, 405},
		{"PUT", "/status.json", nil, 405},
		{"DELETE", "/tap", nil, 405},
		{"GET", "/", host("localhost:" + port), 200},
		{"GET", "/", host("[::1]:" + port), 200},
		{"GET", "/", host("10.1.2.3"), 200},
		{"GET", "/", host("K8slog.example.com:80"), 200},
		{"GET", "/", host("evil.example.com:" + port), 421},
		{"GET", "/status.json", host("evil.example.com"), 421},
		{"GET", "/log", host("evil.example.com"), 421},
		{"GET", "/tap", host("evil.example.com"), 421},
		{"GET", "/", host("localhost.evil.example.com"), 421},
		{"GET", "/metrics", host("any.example.com"), 200},
		{"GET", "/healthz", host("any.example.com"), 200},
		{"GET", "/", site("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), 200},
		{"GET", "/", site("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"), 403},
		{"GET", "/status.json", site("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"), 403},
		{"GET", "/tap", nil, 403},
		{"GET", "/debug/pprof/", nil, 404},
		{"GET", "/debug/pprof/heap", nil, 404},
		{"GET", "/nothing", nil, 404},
	} {
		r, _, _ := ask(t, c.method, base+c.path, c.change)
		if r != c.want {
			t.Errorf("%s %s: %d, not %d", c.method, c.path, r, c.want)
		}
	}
	for remote, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true, "10.0.0.1:1": false, "[fe80::1]:1": false, "": false} {
		if isLoopback(remote) != want {
			t.Errorf("%q is no loopback address", remote)
		}
	}
	for _, all := range []bool{false, true} {
		one := &Server{config: Config{Snapshot: hostileSnapshot, ForAll: all}}
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "http://10.0.0.1/status.json", nil)
		r.RemoteAddr = "10.0.0.2:1234"
		one.guard(http.HandlerFunc(one.serveJSON)).ServeHTTP(w, r)
		if want := map[bool]int{false: 403, true: 200}[all]; w.Code != want {
			t.Errorf("another machine, for all %v: %d", all, w.Code)
		}
	}
}

// Without a page, only metrics and health are there; with pprof, profiles are as well.
func TestParts(t *testing.T) {
	off := serve(t, Config{Health: func() error { return errors.New("it is down") }})
	for path, want := range map[string]int{"/": 404, "/status.json": 404, "/log": 404, "/tap": 404, "/metrics": 200, "/healthz": 503, "/healthz?full": 503} {
		if got, _, _ := ask(t, "GET", "http://"+off.Addr()+path, nil); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	on := serve(t, Config{Snapshot: hostileSnapshot, Pprof: true})
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=1"} {
		if got, _, _ := ask(t, "GET", "http://"+on.Addr()+path, nil); got != 200 {
			t.Errorf("%s: %d", path, got)
		}
	}
}

// A node with very many containers has a page of a bounded size, and the filter reaches all.
func TestManyContainers(t *testing.T) {
	s := serve(t, Config{Snapshot: func() *Snapshot {
		all := &Snapshot{Time: time.Now(), Disk: &Disk{}}
		for i := range 2000 {
			all.Containers = append(all.Containers, Container{Namespace: "shop", Pod: "web-" + Number(int64(i)), Container: "app", Log: &Log{Disk: Disk{BehindSeconds: float64(i)}}})
		}
		return all
	}})
	get := func(path string) (back Snapshot) {
		_, _, body := ask(t, "GET", "http://"+s.Addr()+path, nil)
		if err := json.Unmarshal([]byte(body), &back); err != nil {
			t.Fatal(err)
		}
		return back
	}
	all := get("/status.json")
	if len(all.Containers) != maxContainers || all.MoreContainers != 2000-maxContainers || all.Containers[0].Pod != "web-1,999" {
		t.Errorf("%d, %d more, first %s", len(all.Containers), all.MoreContainers, all.Containers[0].Pod)
	}
	if one := get("/status.json?filter=WEB-7/"); len(one.Containers) != 1 || one.Containers[0].Pod != "web-7" || one.MoreContainers != 0 {
		t.Errorf("%+v", one.Containers)
	}
	if _, _, page := ask(t, "GET", "http://"+s.Addr()+"/", nil); len(page) > 1<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
}
