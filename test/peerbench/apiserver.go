package main

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// apiServer gives the answers of an API server that vlagent asks for: the node, its
// pods, the namespaces. Nothing changes, so a watch is silent.
type apiServer struct {
	server     *http.Server
	address    string
	containers int
}

func newAPIServer() (*apiServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &apiServer{address: listener.Addr().String()}
	a.server = &http.Server{Handler: a}
	go func() { _ = a.server.Serve(listener) }()
	return a, nil
}

func (a *apiServer) close() { _ = a.server.Close() }

type object = map[string]any

func named(name string) object { return object{"metadata": object{"name": name}} }

func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("watch") {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return
	}
	var answer any
	switch path := r.URL.Path; {
	case path == "/api/v1/nodes":
		answer = object{"items": []object{named("node-1")}}
	case strings.HasPrefix(path, "/api/v1/nodes/"):
		answer = named("node-1")
	case path == "/api/v1/namespaces":
		answer = object{"items": []object{named("default")}}
	case path == "/api/v1/pods":
		answer = object{"metadata": object{"resourceVersion": "1"}, "items": a.pods()}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func (a *apiServer) pods() []object {
	var all []object
	for i := range a.containers {
		c := containerOf(i)
		all = append(all, object{
			"metadata": object{"name": c.pod, "namespace": "default", "resourceVersion": "1"},
			"spec":     object{"nodeName": "node-1", "containers": []object{{"name": "web"}}},
			"status":   object{"podIP": "10.244.0.1", "containerStatuses": []object{{"name": "web", "containerID": "containerd://" + c.id}}},
		})
	}
	return all
}

// kubeconfig writes the file that names the server.
func (a *apiServer) kubeconfig(dir string) (string, error) {
	path := filepath.Join(dir, "kubeconfig")
	return path, os.WriteFile(path, []byte(`clusters: [{name: local, cluster: {server: "http://`+a.address+`"}}]
users: [{name: local, user: {}}]
contexts: [{name: local, context: {cluster: local, user: local}}]
current-context: local
`), 0o644)
}
