package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
