package fake

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
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

// Pod is a pod as the API server has it. Labels and annotations are key, value, …
func Pod(namespace, name, uid, node string, labels, annotations map[string]string, owner ...string) map[string]any {
	meta := map[string]any{
		"name": name, "namespace": namespace, "uid": uid, "creationTimestamp": "2026-11-29T10:00:00Z",
		"generateName": name[:len(name)/2], "labels": labels, "annotations": annotations,
		"managedFields": []any{map[string]any{
			"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": "2026-11-29T10:00:00Z", "fieldsType": "FieldsV1",
			"fieldsV1": map[string]any{"f:status": map[string]any{`k:{"type":"Ready"}`: map[string]any{".": map[string]any{}}}}, "subresource": "status",
		}},
	}
	if len(owner) == 2 {
		versions := map[string]string{"ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1", "Node": "v1"}
		meta["ownerReferences"] = []any{map[string]any{
			"apiVersion": versions[owner[0]], "kind": owner[0], "name": owner[1], "uid": "11111111-0000-0000-0000-000000000000",
			"controller": true, "blockOwnerDeletion": true,
		}}
	}
	return map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": meta,
		"spec": map[string]any{"nodeName": node, "containers": []any{map[string]any{"name": "app", "image": "registry:5000/shop/app:1.2", "resources": map[string]any{}}}},
		"status": map[string]any{
			"phase": "Running", "hostIP": "192.0.2.7", "podIP": "10.244.0.9", "podIPs": []any{map[string]any{"ip": "10.244.0.9"}},
			"containerStatuses": []any{map[string]any{"name": "app", "ready": true, "image": "registry:5000/shop/app:1.2", "imageID": "registry:5000/shop/app@sha256:abcd", "state": map[string]any{"running": map[string]any{}}}},
		},
	}
}

// Object is an object of another kind: a Namespace, Node, Job or ReplicaSet.
func Object(apiVersion, kind, namespace, name string, labels, annotations map[string]string, owner ...string) map[string]any {
	o := Pod(namespace, name, "22222222-0000-0000-0000-"+fmt.Sprintf("%012d", len(name)), "", labels, annotations, owner...)
	o["apiVersion"], o["kind"] = apiVersion, kind
	if namespace == "" {
		delete(o["metadata"].(map[string]any), "namespace")
	}
	delete(o, "spec")
	o["status"] = map[string]any{"phase": "Active"}
	return o
}

var apiPaths = map[string]string{"Pod": "pods", "Namespace": "namespaces", "Node": "nodes", "Job": "jobs", "ReplicaSet": "replicasets"}

func pathOf(o map[string]any) string {
	root := "/api/v1/"
	if v := o["apiVersion"].(string); v != "v1" {
		root = "/apis/" + v + "/"
	}
	meta := o["metadata"].(map[string]any)
	if ns, ok := meta["namespace"].(string); ok && ns != "" {
		root += "namespaces/" + ns + "/"
	}
	return root + apiPaths[o["kind"].(string)] + "/" + meta["name"].(string)
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

// shown is an object as it is sent.
func shown(o map[string]any, whole bool) map[string]any {
	if whole {
		return o
	}
	return map[string]any{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": o["metadata"]}
}

func selected(selector string, o map[string]any) bool {
	key, value, _ := strings.Cut(selector, "=")
	switch key {
	case "spec.nodeName":
		spec, _ := o["spec"].(map[string]any)
		return spec["nodeName"] == value
	case "metadata.name":
		return o["metadata"].(map[string]any)["name"] == value
	}
	return selector == ""
}

func (s *APIServer) get(w http.ResponseWriter, path string, whole bool) {
	s.mu.Lock()
	o := s.objects[path]
	s.mu.Unlock()
	if o == nil {
		s.refuse(w, http.StatusNotFound, path+" not found")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(shown(o, whole))
}

func (s *APIServer) list(w http.ResponseWriter, r *http.Request, kind string, whole bool) {
	s.mu.Lock()
	items := []any{}
	for _, path := range slices.Sorted(maps.Keys(s.objects)) {
		if o := s.objects[path]; apiPaths[o["kind"].(string)] == kind && selected(r.URL.Query().Get("fieldSelector"), o) {
			items = append(items, shown(o, whole))
		}
	}
	version := s.version
	s.mu.Unlock()
	if at, _ := strconv.Atoi(r.URL.Query().Get("resourceVersion")); at > version {
		s.refuse(w, http.StatusGatewayTimeout, "Too large resource version")
		return
	}
	list := struct {
		Kind       string         `json:"kind"`
		APIVersion string         `json:"apiVersion"`
		Metadata   map[string]any `json:"metadata"`
		Items      []any          `json:"items"`
	}{"PartialObjectMetadataList", "meta.k8s.io/v1", map[string]any{"resourceVersion": strconv.Itoa(version)}, items}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list)
}

func (s *APIServer) watch(w http.ResponseWriter, r *http.Request, kind string, whole bool) {
	seconds, _ := strconv.Atoi(r.URL.Query().Get("timeoutSeconds"))
	from, _ := strconv.Atoi(r.URL.Query().Get("resourceVersion"))
	timer := time.NewTimer(time.Duration(seconds) * time.Second)
	defer timer.Stop()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	flusher := w.(http.Flusher)
	flusher.Flush()
	encoder := json.NewEncoder(w)
	s.mu.Lock()
	oldest, cut := s.oldest, s.cut
	s.mu.Unlock()
	if from < oldest {
		_ = encoder.Encode(map[string]any{"type": "ERROR", "object": map[string]any{
			"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure",
			"message": fmt.Sprintf("too old resource version: %d (%d)", from, oldest), "reason": "Expired", "code": 410,
		}})
		return
	}
	for {
		s.mu.Lock()
		var next []apiEvent
		for _, e := range s.events {
			if e.version > from {
				next = append(next, e)
			}
		}
		changed := s.changed
		s.mu.Unlock()
		for _, e := range next {
			from = e.version
			switch {
			case e.kind == "BOOKMARK":
				object := map[string]any{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": map[string]any{"resourceVersion": strconv.Itoa(e.version), "creationTimestamp": nil}}
				_ = encoder.Encode(map[string]any{"type": e.kind, "object": object})
			case apiPaths[e.object["kind"].(string)] == kind && selected(r.URL.Query().Get("fieldSelector"), e.object):
				_ = encoder.Encode(map[string]any{"type": e.kind, "object": shown(e.object, whole)})
			}
		}
		flusher.Flush()
		select {
		case <-changed:
		case <-timer.C:
			return
		case <-cut:
			panic(http.ErrAbortHandler)
		case <-r.Context().Done():
			return
		}
	}
}

// Memory is connections to servers of this process, without a network, so that they work in
// synthetic time. It is made by NewMemory.
type Memory struct{ connections chan net.Conn }

// NewMemory returns connections to one server.
func NewMemory() *Memory { return &Memory{make(chan net.Conn)} }

// Serve starts a server. It is for NewAPIServer.
func (m *Memory) Serve(h http.Handler) *httptest.Server {
	s := &httptest.Server{Listener: memoryListener{m, make(chan struct{}), new(sync.Once)}, Config: &http.Server{Handler: h}}
	s.Start()
	s.URL = "http://localhost"
	return s
}

// Dial makes a connection to the server.
func (m *Memory) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.connections <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryListener struct {
	*Memory
	closed chan struct{}
	once   *sync.Once
}

func (l memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.connections:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l memoryListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
