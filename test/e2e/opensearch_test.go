package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

var openSearchPath = flag.String("opensearch", "", "the folder of a real OpenSearch; make test-opensearch builds it")

// openSearch is a server that runs.
type openSearch struct {
	*session
	t    *testing.T
	base string
	port string
	data string
}

// startOpenSearch runs a server until the test ends.
func startOpenSearch(t *testing.T) *openSearch {
	t.Helper()
	if *openSearchPath == "" {
		t.Skip("needs a real OpenSearch: make test-opensearch")
	}
	port := strconv.Itoa(freePort(t))
	o := &openSearch{t: t, base: "http://" + net.JoinHostPort("127.0.0.1", port), port: port, data: t.TempDir()}
	o.start()
	return o
}

// start runs the server, and returns when it takes documents.
func (o *openSearch) start() {
	o.t.Helper()
	o.session = watch(o.t, func(log io.Writer) (*agent.Process, error) {
		classes := filepath.Join(*openSearchPath, "classes") + ":" + filepath.Join(*openSearchPath, "lib/*")
		return agent.Start("java", []string{"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classes, "Server", o.data, o.port}, nil, log)
	})
	o.Within(3*patience, "OpenSearch that is ready", func() bool {
		response, err := http.Get(o.base + "/_cluster/health?wait_for_status=yellow&timeout=1s")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// ask sends a request that must succeed, and reads the answer into to.
func (o *openSearch) ask(method, path, body string, to any) {
	o.t.Helper()
	request, err := http.NewRequest(method, o.base+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusServiceUnavailable && method == http.MethodPost {
		return // the shards of a new index are not there yet: it has no documents
	}
	if err != nil || response.StatusCode/100 != 2 {
		o.t.Fatalf("%s %s: %s: %s, %v", method, path, response.Status, text, err)
	}
	if to != nil {
		if err := json.Unmarshal(text, to); err != nil {
			o.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
}

func (o *openSearch) put(path, body string) { o.t.Helper(); o.ask(http.MethodPut, path, body, nil) }

// count returns how many documents of these indices a query finds, in the syntax of
// a query string. An index that is missing has none.
func (o *openSearch) count(index, query string) int {
	o.t.Helper()
	var answer struct{ Count int }
	body, _ := json.Marshal(map[string]any{"query": map[string]any{"query_string": map[string]any{"query": query}}})
	o.refresh(index)
	o.ask(http.MethodPost, "/"+index+"/_count?ignore_unavailable=true&allow_no_indices=true", string(body), &answer)
	return answer.Count
}

func (o *openSearch) refresh(index string) {
	o.t.Helper()
	o.ask(http.MethodPost, "/"+index+"/_refresh?ignore_unavailable=true&allow_no_indices=true", "", nil)
}

// shards returns how many there are, those as well that no node has.
func (o *openSearch) shards() int {
	o.t.Helper()
	var health struct {
		Active     int `json:"active_shards"`
		Unassigned int `json:"unassigned_shards"`
	}
	o.ask(http.MethodGet, "/_cluster/health", "", &health)
	return health.Active + health.Unassigned
}

// openDoc is a document with what the server knows of it.
type openDoc struct {
	Index  string         `json:"_index"`
	ID     string         `json:"_id"`
	Source map[string]any `json:"_source"`
}

// find returns the documents of these indices that a query finds, the oldest first.
func (o *openSearch) find(index, query string) []openDoc {
	o.t.Helper()
	var answer struct {
		Hits struct{ Hits []openDoc }
	}
	body, _ := json.Marshal(map[string]any{
		"size": 10000, "query": map[string]any{"query_string": map[string]any{"query": query}}, "sort": []any{map[string]any{"@timestamp": map[string]any{"order": "asc", "unmapped_type": "date"}}},
	})
	o.refresh(index)
	o.ask(http.MethodPost, "/"+index+"/_search?ignore_unavailable=true&allow_no_indices=true", string(body), &answer)
	return answer.Hits.Hits
}

// texts returns the values of a field of all documents of an index.
func (o *openSearch) texts(index, field string) (texts []string) {
	o.t.Helper()
	for _, d := range o.find(index, "*") {
		texts = append(texts, fmt.Sprint(d.Source[field]))
	}
	return texts
}
