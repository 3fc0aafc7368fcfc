package victorialogs

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

// newBackend sends to a server, with the options given as name, value, …
func newBackend(t testing.TB, handler http.Handler, set ...string) *Backend {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return backendtest.New(t, New, append([]string{"backend", "victorialogs", "endpoint", server.URL}, set...)...)
}

func send(t *testing.T, b *Backend, records ...filters.Record) error {
	t.Helper()
	var frames [][]byte
	for i := range records {
		e := b.NewEncoder()
		e.Append(&records[i])
		frames = append(frames, e.Frame())
	}
	body, err := b.Pack(frames)
	if err != nil {
		t.Fatal(err)
	}
	if body.Release != nil {
		defer body.Release()
	}
	return b.Send(t.Context(), body)
}

var restart = 3

// pod is a source that b has rendered.
func pod(b *Backend) *filters.Source {
	s := &filters.Source{
		Kind: filters.Container, Namespace: "default", Pod: "web-1", Container: "web", ContainerID: "e3e2",
		PodUID: "b576", Restart: &restart, Node: "node-1", Cluster: "eu",
	}
	s.Rendered = b.Render(s)
	return s
}

// identity is what is stored of that pod, and stream its fields of a stream.
var (
	identity = map[string]string{
		"kubernetes.namespace_name": "default", "kubernetes.pod_name": "web-1", "kubernetes.container_name": "web",
		"kubernetes.docker_id": "e3e2", "kubernetes.pod_id": "b576", "kubernetes.restart_count": "3", "node": "node-1", "cluster": "eu",
	}
	stream = []string{"stream=stderr", "kubernetes.namespace_name=default", "kubernetes.pod_name=web-1", "kubernetes.container_name=web", "cluster=eu"}
)

func with(more map[string]string) map[string]string {
	all := maps.Clone(identity)
	maps.Copy(all, more)
	return all
}

const when = int64(1533958925658698744)

func TestSend(t *testing.T) {
	for _, compression := range []string{"none", "gzip", "zstd", "snappy"} {
		t.Run(compression, func(t *testing.T) {
			var server fake.VictoriaLogs
			b := newBackend(t, &server, "compression", compression, "tenant", "12:7")
			record := filters.Record{
				Source: pod(b), Time: when, Log: filters.PlainText([]byte("a \"b\"")), Stream: filters.Stderr, Severity: filters.Warn,
				Fields: []filters.Field{{Key: []byte("attrs"), JSON: []byte(`{"a":{"b":"c"},"n":[1,{"x":2}]}`)}},
			}
			if err := send(t, b, record, record); err != nil {
				t.Fatal(err)
			}
			want := fake.Row{Tenant: "12:7", Time: time.Unix(0, when).UTC(), Stream: stream, Fields: with(map[string]string{
				"_msg": `a "b"`, "stream": "stderr", "severity": "warn", "severity_number": "13", "attrs.a.b": "c", "attrs.n": `[1,{"x":2}]`,
			})}
			if rows := server.Rows(); len(rows) != 2 || !reflect.DeepEqual(rows[0], want) || !reflect.DeepEqual(rows[1], want) || server.Dropped() != nil {
				t.Errorf("%+v\nwant %+v, dropped %q", rows, want, server.Dropped())
			}
		})
	}
}

func TestStreamFields(t *testing.T) {
	var server fake.VictoriaLogs
	b := newBackend(t, &server, "stream_fields", "container, node, severity", "tenant", "5")
	if err := send(t, b, filters.Record{Source: pod(b), Log: filters.PlainText([]byte("x")), Severity: filters.Info}); err != nil {
		t.Fatal(err)
	}
	if row := server.Rows()[0]; row.Tenant != "5:0" || !slices.Equal(row.Stream, []string{"severity=info", "kubernetes.container_name=web", "node=node-1"}) {
		t.Errorf("%+v", row)
	}
}

func TestAnswers(t *testing.T) {
	var status int
	var text string
	server := fake.VictoriaLogs{Answer: func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
		return true
	}}
	b := newBackend(t, &server)
	for _, c := range []struct {
		status     int
		text, want string
	}{
		{200, "", "ok"}, {204, "", "ok"}, {200, "\n", "ok"},
		{200, "<html>sign in</html>", "again"}, {200, "sign in", "again"}, {200, `{"login":"required"}`, "again"},
		{400, "Client sent an HTTP request to an HTTPS server.", "again"}, {422, "", "rejected, some"},
		{402, "", "again"}, {406, "", "again"}, {409, "", "again"}, {411, "", "again"}, {415, "", "again"}, {417, "", "again"}, {426, "", "again"},
		{431, "", "again"}, {451, "", "again"}, {499, "", "again"},
		{400, `cannot parse "x" as uint32`, "again"},
		{400, "requests to /insert/* are disabled with -insert.disable command-line flag", "again"},
		{400, `cannot process jsonline request; error: cannot parse JSON`, "rejected, some"},
		{401, "", "again"}, {403, "", "again"}, {404, "", "again"}, {405, "", "again"}, {302, "", "again"},
		{408, "", "again"}, {413, "", "too large"}, {410, "", "again"},
		{429, "cannot add rows into storage in read-only mode", "throttled"},
		{500, "", "failed"}, {507, "", "failed"}, {502, "", "again"}, {503, "", "again"},
	} {
		status, text = c.status, c.text
		if got := kind(send(t, b, filters.Record{Source: pod(b)})); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.text, got, c.want)
		}
	}
}

func kind(err error) string {
	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var throttled *backend.Throttled
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &rejected) && rejected.Some:
		return "rejected, some"
	case errors.As(err, &rejected):
		return "rejected"
	case errors.As(err, &tooLarge):
		return "too large"
	case errors.As(err, &throttled):
		return "throttled"
	}
	var failed *backend.Failed
	if errors.As(err, &failed) {
		return "failed"
	}
	return "again"
}

// An answer that quotes the request spills no credentials.
func TestAnswersAreClean(t *testing.T) {
	server := fake.VictoriaLogs{Answer: func(w http.ResponseWriter, r *http.Request) bool {
		http.Error(w, "refused "+r.Header.Get("Authorization"), http.StatusForbidden)
		return true
	}}
	b := newBackend(t, &server, "headers", "Authorization: Bearer hunter2")
	if err := send(t, b, filters.Record{Source: pod(b)}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}
