package splunk

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

const token = "11111111-2222-3333-4444-555555555555"

// newBackend sends to a server, with the options given as name, value, …
func newBackend(t testing.TB, handler http.Handler, set ...string) *Backend {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return backendtest.New(t, New, append([]string{"backend", "splunk", "endpoint", server.URL, "authorization_file", path}, set...)...)
}

// send sends records of one source, as a batch of a frame each.
func send(t *testing.T, b *Backend, source *filters.Source, records ...filters.Record) error {
	t.Helper()
	source.Rendered, source.Partition = b.Render(source), b.Partition(source)
	var frames [][]byte
	for i := range records {
		e := b.NewEncoder()
		records[i].Source = source
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
	body.Partition, body.Items = source.Partition, len(records)
	return b.Send(t.Context(), body)
}

func texts(list ...string) (records []filters.Record) {
	for _, text := range list {
		records = append(records, filters.Record{Time: when, Log: filters.PlainText([]byte(text))})
	}
	return records
}

var restart = 3

func pod() *filters.Source {
	return &filters.Source{
		Kind: filters.Container, Namespace: "default", Pod: "web-1", Container: "web", ContainerID: "e3e2",
		PodUID: "b576", Restart: &restart, Node: "node-1", Cluster: "eu",
	}
}

const when = int64(1533958925000000744)

// identity are the indexed fields of that pod.
func identity(more ...string) map[string]string {
	all := map[string]string{
		"k8s.namespace.name": "default", "k8s.pod.name": "web-1", "k8s.container.name": "web", "container.id": "e3e2",
		"k8s.pod.uid": "b576", "k8s.container.restart_count": "3", "k8s.node.name": "node-1", "k8s.cluster.name": "eu",
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

func TestSend(t *testing.T) {
	for _, compression := range []string{"none", "gzip"} {
		t.Run(compression, func(t *testing.T) {
			server := fake.Splunk{Token: token, Indexes: []string{"k8s_default"}}
			b := newBackend(t, &server, "compression", compression,
				"splunk_index", "k8s_{namespace}", "splunk_source", "{pod|component}", "splunk_sourcetype", "kube:{container|other}")
			err := send(t, b, pod(), filters.Record{
				Time: when, Log: filters.PlainText([]byte("a \"b\"")), Stream: filters.Stderr, Severity: filters.Warn, Flags: filters.Partial,
			}, texts("x")[0])
			if err != nil {
				t.Fatal(err)
			}
			want := fake.Event{
				Time: "1533958925.000000744", Host: "node-1", Source: "web-1", Sourcetype: "kube:web", Index: "k8s_default", Event: []byte(`"a \"b\""`),
				Fields: identity("log.iostream", "stderr", "severity", "warn", "severity_number", "13", "partial", "true"),
			}
			if got := server.Events(); len(got) != 2 || !reflect.DeepEqual(got[0], want) || got[1].Text() != "x" {
				t.Errorf("%+v\nwant %+v", got, want)
			}
		})
	}
}

func TestObjects(t *testing.T) {
	server := fake.Splunk{Token: token}
	b := newBackend(t, &server, "splunk_event", "object")
	r := filters.Record{Time: when, Log: filters.PlainText([]byte("")), Fields: []filters.Field{{Key: []byte("log_processed"), Own: true, JSON: []byte(`{"a":"b"}`)}}}
	if err := send(t, b, pod(), r); err != nil {
		t.Fatal(err)
	}
	const want = `{"time":"2018-08-11T03:42:05.000000744Z","log":"","kubernetes":{"namespace_name":"default","pod_name":"web-1","container_name":"web",` +
		`"docker_id":"e3e2","pod_id":"b576","restart_count":3},"node":"node-1","cluster":"eu","log_processed":{"a":"b"}}`
	if e := server.Events()[0]; string(e.Event) != want || e.Fields != nil || e.Host != "node-1" || e.Index != "" {
		t.Errorf("%+v: %s", e, e.Event)
	}
}

// What names are made of stays inside the name of an index.
func TestIndexes(t *testing.T) {
	b := newBackend(t, &fake.Splunk{}, "splunk_index", "{namespace|main}", "tenant", "{cluster}")
	for namespace, want := range map[string]string{"shop": "shop", "": "main", "Kube.System": "kube_system", "-_a": "a", "a/b\n": "a_b_"} {
		if got := b.Partition(&filters.Source{Namespace: namespace, Cluster: "eu"}); got != "eu\n"+want {
			t.Errorf("%q: %q", namespace, got)
		}
	}
}

// The tenant travels in its header, and the index does not.
func TestTenant(t *testing.T) {
	got := "none"
	server := fake.Splunk{Token: token, Indexes: []string{"default"}, Answer: func(_ http.ResponseWriter, r *http.Request) bool {
		got = r.Header.Get("X-Scope-OrgID")
		return false
	}}
	b := newBackend(t, &server, "splunk_index", "{namespace}", "tenant", "{cluster}")
	if err := send(t, b, pod(), texts("x")...); err != nil || got != "eu" {
		t.Errorf("%v, tenant %q", err, got)
	}
}

// A wrong index waits to be put right: alone where it is one of many, and with all
// records where it is the only one.
func TestIncorrectIndex(t *testing.T) {
	server := fake.Splunk{Token: token}
	for template, want := range map[string]string{"k8s_{namespace}": "[again again]", "k8s": "again"} {
		if got := kind(send(t, newBackend(t, &server, "splunk_index", template), pod(), texts("x", "y")...)); got != want {
			t.Errorf("%s: %s, want %s", template, got, want)
		}
	}
}

func TestWrongToken(t *testing.T) {
	server := fake.Splunk{Token: "another"}
	b := newBackend(t, &server)
	if err := send(t, b, pod(), texts("x")...); kind(err) != "again" || !strings.Contains(err.Error(), "Invalid token") || strings.Contains(err.Error(), token) {
		t.Error(err)
	}
	b = newBackend(t, &server, "authorization_type", "Bearer")
	if err := send(t, b, pod(), texts("x")...); kind(err) != "again" || !strings.Contains(err.Error(), "Invalid authorization") {
		t.Error(err)
	}
}

// kind names what an error says; of Mixed, what it says of each event.
func kind(err error) string {
	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var throttled *backend.Throttled
	var mixed *backend.PartialError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &mixed):
		var kinds []string
		for _, err := range mixed.Items {
			kinds = append(kinds, kind(err))
		}
		return fmt.Sprint(kinds)
	case errors.As(err, &rejected) && rejected.Some:
		return "rejected, some"
	case errors.As(err, &rejected):
		return "rejected"
	case errors.As(err, &tooLarge):
		return "too large"
	case errors.As(err, &throttled):
		return "throttled"
	}
	return "again"
}
