package plugin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

const (
	cutTime = `{"time":"1970-01-01T00:00:01.000000000Z",`
	podForm = `"kubernetes":{"namespace_name":"shop","pod_name":"web-1","container_name":"web","pod_id":"3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44"},"node":"n"`
)

// Inside a pod all is that pod's, whatever the files are called and whatever
// their lines look like.
func TestPodOption(t *testing.T) {
	options := map[string]string{
		"pod": "shop/web-1/web/3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44", "node_name": "n", "path_key": "path", "offset_key": "offset",
	}
	for _, tag := range []string{"app", "component.kubelet", "journald", podTag} {
		for _, line := range []struct{ path, text, rest string }{
			{"/var/log/app/a.log", `it works`, ""},
			{otherPath, `a line`, ""},
			{"/var/log/kubelet.log", `{"level":"warn","msg":"x"}`, `"severity":"warn","severity_number":13,`},
			{"/app/b.log", `{"log":"inner\n","stream":"stdout","time":"2018-08-11T03:42:05Z"}`, ""},
			{"/app/b.log", `2018-08-11T03:42:05Z stderr P text`, ""},
		} {
			data := chunktest.Append(nil, 1e9, "path", line.path, "log", line.text)
			got := encodeLines(t, options, tag, data)
			want := cutTime + `"log":` + quote(line.text) + "," + line.rest + podForm + `,"path":` + quote(line.path) + "}"
			if len(got) != 1 || got[0] != want {
				t.Errorf("tag %s:\n got %s\nwant %s", tag, got, want)
			}
		}
	}
}

// A stack trace in a file of the pod's is one record.
func TestPodOptionJoins(t *testing.T) {
	trace := []string{"Traceback (most recent call last):", `  File "a.py", line 1, in <module>`, "    f()", "ValueError: no"}
	a, b := chunktest.File{Path: "/app/a.log"}, chunktest.File{Path: "/app/b.log"}
	data := b.Append(a.Append(nil, trace...), "another file")
	got := encodeLines(t, map[string]string{"pod": "shop/web-1", "path_key": "path", "offset_key": "offset", "multiline": "python"}, "app", data)
	slices.Sort(got) // the trace may go on, and waits
	if len(got) != 2 || !strings.Contains(got[0], `"log":`+quote(strings.Join(trace, "\n"))+",") || !strings.Contains(got[1], `"log":"another file"`) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

type m = chunktest.Map

// otlpChunk has a record of a resource with these attributes.
func otlpChunk(attributes m) []byte {
	event := chunktest.AppendEvent(nil, 1e9, m{"otlp", m{"severity_number", 17, "attributes", m{"k", "v"}}}, m{"log", "it failed"})
	return chunktest.AppendGroup(nil, m{"resource", m{"attributes", attributes}, "scope", m{"name", "lib"}}, event)
}

// What a sender says of itself counts only where the options say so, and what
// it writes into the tag, nowhere else than with files.
func TestWhoIsBelieved(t *testing.T) {
	claim := m{"k8s.namespace.name", "shop", "k8s.pod.name", "web-1", "service.name", "web"}
	const (
		said = `"attributes":{"k":"v"},"resource":{"attributes":{"k8s.namespace.name":"shop","k8s.pod.name":"web-1","service.name":"web"}},"scope":{"name":"lib"}}`
		text = cutTime + `"log":"it failed","severity":"error","severity_number":17,`
		own  = `"kubernetes":{"namespace_name":"shop","pod_name":"web-1"},`
	)
	for _, test := range []struct{ identity, tag, want string }{
		{"files", "otlp", text + said},
		{"none", "otlp", text + said},
		{"none", "component.kubelet", text + said},
		{"resource", "otlp", text + own + said},
		{"resource", "component.kubelet", text + own + said},
	} {
		got := encodeLines(t, map[string]string{"identity": test.identity}, test.tag, otlpChunk(claim))
		if len(got) != 1 || got[0] != test.want {
			t.Errorf("identity %s, tag %s:\n got %s\nwant %s", test.identity, test.tag, got, test.want)
		}
	}
	got := encodeLines(t, map[string]string{"identity": "files"}, podTag, otlpChunk(m{"k8s.pod.name", "evil"}))
	if !strings.Contains(got[0], `"pod_name":"web-1"`) {
		t.Errorf("a file's name was overridden: %s", got)
	}
}

// The node is the option's, and only without it the sender's.
func TestNodeOfASender(t *testing.T) {
	for option, want := range map[string]string{"": "there", "here": "here"} {
		got := encodeLines(t, map[string]string{"identity": "resource", "node_name": option}, "otlp", otlpChunk(m{"k8s.pod.name", "a", "k8s.node.name", "there"}))
		if !strings.Contains(got[0], `"node":"`+want+`"`) {
			t.Errorf("%q: %s", option, got)
		}
	}
}

// What applications send as maps: the text may be called otherwise, and what
// names somebody stays a field.
func TestSentRecords(t *testing.T) {
	data := chunktest.AppendEvent(nil, 1e9, m{}, m{"message", `{"log":"x","stream":"stdout","time":"2018-08-11T03:42:05Z"}`, "level", "warn", "kubernetes", m{"pod_name", "evil"}, "path", otherPath})
	got := encodeLines(t, map[string]string{"identity": "none"}, "journald", data)
	want := cutTime + `"log":"{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2018-08-11T03:42:05Z\"}","severity":"warn","severity_number":13,"level":"warn","field_kubernetes":{"pod_name":"evil"},"path":"` + otherPath + `"}`
	if len(got) != 1 || got[0] != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// Records of OTLP cost no memory each, whoever sends them.
func TestResourcesAllocateNothing(t *testing.T) {
	e := newEncodeOnly(t, map[string]string{"backend": "stdout", "identity": "resource"})
	data := func(records int) (data []byte) {
		for i := range records {
			data = append(data, otlpChunk(m{"k8s.namespace.name", "shop", "k8s.pod.name", fmt.Sprintf("web-%d", i/10)})...)
		}
		return data
	}
	checkAllocations(t, e, "otlp", data(1000), data(2000))
}
