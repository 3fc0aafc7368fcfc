package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// APIServer is an API server of Kubernetes, as far as its lists and watches go. It refuses what
// the real one refuses, and what no agent of a thousand nodes should ask for: pods without a
// node, whole objects of anything but pods, and a list of all namespaces. It is made by
// NewAPIServer.
type APIServer struct {
	*httptest.Server
	// Token must come with every request; empty for any.
	Token string

	mu       sync.Mutex
	version  int
	oldest   int // events before it are forgotten
	objects  map[string]map[string]any
	events   []apiEvent
	changed  chan struct{} // closed at the next event
	cut      chan struct{} // closed to cut all watches
	fail     func(r *http.Request) int
	stalled  bool
	problems []string
	requests []string
	sent     atomic.Int64
}

type apiEvent struct {
	version int
	kind    string
	path    string // of the object
	object  map[string]any
}

// NewAPIServer starts an API server. With start nil it listens on the loopback.
func NewAPIServer(start func(http.Handler) *httptest.Server) *APIServer {
	s := &APIServer{version: 100, oldest: 100, objects: map[string]map[string]any{}, changed: make(chan struct{}), cut: make(chan struct{})}
	if start == nil {
		start = httptest.NewServer
	}
	s.Server = start(http.HandlerFunc(s.serve))
	return s
}

// Set creates or changes an object.
func (s *APIServer) Set(o map[string]any) { s.change(o, false) }

// Delete deletes an object.
func (s *APIServer) Delete(o map[string]any) { s.change(o, true) }

func (s *APIServer) change(o map[string]any, gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	o = maps.Clone(o)
	meta := maps.Clone(o["metadata"].(map[string]any))
	meta["resourceVersion"] = strconv.Itoa(s.version)
	o["metadata"] = meta
	path := pathOf(o)
	kind := "MODIFIED"
	if s.objects[path] == nil {
		kind = "ADDED"
	}
	if s.objects[path] = o; gone {
		kind = "DELETED"
		delete(s.objects, path)
	}
	s.add(apiEvent{version: s.version, kind: kind, path: path, object: o})
}

func (s *APIServer) add(e apiEvent) {
	s.events = append(s.events, e)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Bookmark sends a bookmark to all watches.
func (s *APIServer) Bookmark() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.add(apiEvent{version: s.version, kind: "BOOKMARK"})
}

// Forget forgets all events so far, and cuts the watches.
func (s *APIServer) Forget() {
	s.mu.Lock()
	s.version++
	s.oldest = s.version
	s.mu.Unlock()
	s.Cut()
}

// Cut cuts the connections of all watches.
func (s *APIServer) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.cut)
	s.cut = make(chan struct{})
}

// Fail makes requests fail with the status that a function returns, 0 for those that do not;
// nil for none.
func (s *APIServer) Fail(f func(r *http.Request) int) {
	s.mu.Lock()
	s.fail = f
	s.mu.Unlock()
}

// Stall makes all requests wait, until it is called with false.
func (s *APIServer) Stall(on bool) {
	s.mu.Lock()
	s.stalled = on
	s.mu.Unlock()
}

// Problems returns what was wrong with requests.
func (s *APIServer) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

// Requests returns the requests so far, as "list /api/v1/pods".
func (s *APIServer) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *APIServer) refuse(w http.ResponseWriter, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	if code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure", "message": message, "code": code,
	})
}

func (s *APIServer) problem(w http.ResponseWriter, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.mu.Lock()
	s.problems = append(s.problems, text)
	s.mu.Unlock()
	s.refuse(w, http.StatusBadRequest, text)
}

// Sent returns how many bytes of answers were sent.
func (s *APIServer) Sent() int64 { return s.sent.Load() }

// counted is an answer whose bytes are counted.
type counted struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	c.sent.Add(int64(len(b)))
	return c.ResponseWriter.Write(b)
}

func (c counted) Flush() { c.ResponseWriter.(http.Flusher).Flush() }

func (s *APIServer) serve(answer http.ResponseWriter, r *http.Request) {
	w := http.ResponseWriter(counted{answer, &s.sent})
	query := r.URL.Query()
	watch := query.Get("watch") == "1"
	kind, single := "", ""
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	for i, part := range parts {
		for _, plural := range apiPaths {
			if part == plural && (i == len(parts)-1 || i == len(parts)-2) {
				kind = plural
				if i == len(parts)-2 {
					single = parts[i+1]
				}
			}
		}
	}
	verb := "list"
	if watch {
		verb = "watch"
	} else if single != "" {
		verb = "get"
	}
	s.mu.Lock()
	s.requests = append(s.requests, verb+" "+r.URL.Path)
	fail, stalled := s.fail, s.stalled
	s.mu.Unlock()
	if stalled {
		<-r.Context().Done()
		return
	}
	if fail != nil {
		if code := fail(r); code != 0 {
			s.refuse(w, code, "it was told to refuse "+r.Header.Get("Authorization"))
			return
		}
	}
	accept, whole := r.Header.Get("Accept"), false
	as := "as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	if verb == "list" {
		as = "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	}
	if whole = !strings.Contains(accept, as); whole && !strings.HasPrefix(accept, "application/json") {
		s.refuse(w, http.StatusNotAcceptable, "only application/json is served")
		return
	}
	switch {
	case s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token:
		s.refuse(w, http.StatusUnauthorized, "Unauthorized")
	case r.Method != http.MethodGet || kind == "":
		s.problem(w, "%s %s", r.Method, r.URL.Path)
	case whole && kind != "pods":
		s.problem(w, "whole objects of %s are asked for: Accept %s", kind, accept)
	case verb != "get" && kind == "pods" && !strings.HasPrefix(query.Get("fieldSelector"), "spec.nodeName="):
		s.problem(w, "pods of all nodes are asked for")
	case verb == "list" && kind == "namespaces" && !strings.HasPrefix(query.Get("fieldSelector"), "metadata.name="):
		s.problem(w, "all namespaces are asked for")
	case watch && (query.Get("allowWatchBookmarks") != "true" || query.Get("resourceVersion") == "" || query.Get("timeoutSeconds") == ""):
		s.problem(w, "a watch without bookmarks, version or timeout: %s", r.URL.RawQuery)
	case watch && query.Get("resourceVersionMatch") != "":
		s.problem(w, "resourceVersionMatch is forbidden for watch")
	case !watch && query.Get("resourceVersionMatch") != "" && query.Get("resourceVersion") == "":
		s.problem(w, "resourceVersionMatch is forbidden unless resourceVersion is provided")
	case verb == "get":
		s.get(w, r.URL.Path, whole)
	case watch:
		s.watch(w, r, kind, whole)
	default:
		s.list(w, r, kind, whole)
	}
}
