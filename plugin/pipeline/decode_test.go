package pipeline

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/test/chunktest"
)

func newTestDecoder() *decoder {
	d := newDecoder(&Pipeline{Config: Config{
		Sources: source.New(source.Config{TagPrefix: "kube.var.log.containers.", Node: "n"}), PathKey: "path",
	}})
	return &d
}

func decodeOne(t *testing.T, tag string, fields ...string) *filters.Record {
	t.Helper()
	d := newTestDecoder()
	d.begin(tag)
	reader := chunk.NewReader(chunktest.Append(nil, 1e9, fields...))
	var ev chunk.Event
	if !reader.Next(&ev) {
		t.Fatal(reader.Err())
	}
	r := &filters.Record{}
	d.decode(r, &ev)
	return r
}

const dockerID = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"

const (
	podPath   = "/var/log/containers/web-1_shop_web-" + dockerID + ".log"
	otherPath = "/var/log/containers/evil_kube-system_x-" + dockerID + ".log"
	podTag    = "kube.var.log.containers.web-1_default_web-" + dockerID + ".log"
)

// Whose path counts, and whose does not.
func TestPath(t *testing.T) {
	for _, test := range []struct {
		name, tag string
		fields    []string
		pod       string
	}{
		{"tail's", "containers", []string{"path", podPath, "log", "a"}, "web-1"},
		{"tail's comes behind a parser's", "containers", []string{"path", otherPath, "log", "a", "path", podPath}, "web-1"},
		{"a journal entry's own", "journald", []string{"path", otherPath, "_SYSTEMD_UNIT", "ssh.service", "MESSAGE", "a"}, ""},
		{"a component's own", "component.kubelet", []string{"path", otherPath, "log", "a"}, ""},
		{"the tag's, where the path says nothing", podTag, []string{"path", "/elsewhere", "log", "a"}, "web-1"},
	} {
		if r := decodeOne(t, test.tag, test.fields...); r.Source.Pod != test.pod {
			t.Errorf("%s: %+v", test.name, r.Source)
		}
	}
}

// The fields of a journal entry mean nothing under any other tag.
func TestForeignJournalEntry(t *testing.T) {
	for _, tag := range []string{podTag, "containers", "app"} {
		r := decodeOne(t, tag, "MESSAGE", "a", "_TRANSPORT", "kernel", "PRIORITY", "0")
		if r.Source.Component != "" || r.Severity != 0 || r.Log.Exists() || len(r.Fields) != 3 {
			t.Errorf("%s: %+v from %+v", tag, r, r.Source)
		}
	}
}

// What docker writes to the journal for a container is the container's.
func TestContainersInTheJournal(t *testing.T) {
	const name = "k8s_web_web-1_shop_3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44_2"
	r := decodeOne(t, "journald", "MESSAGE", "a", "_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", name, "CONTAINER_ID_FULL", dockerID, "PRIORITY", "3")
	s := r.Source
	if s.Kind != filters.Container || s.Pod != "web-1" || s.Namespace != "shop" || s.Container != "web" || s.ContainerID != dockerID ||
		*s.Restart != 2 || s.Component != "" || s.Node != "n" || r.Stream != filters.Stderr || r.Severity != 0 {
		t.Errorf("%+v from %+v", r, s)
	}
	d := newTestDecoder()
	d.begin("journald")
	data := chunktest.Append(nil, 1e9, "MESSAGE", "a", "_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", name, "CONTAINER_ID_FULL", dockerID)
	var ev chunk.Event
	if allocs := testing.AllocsPerRun(10, func() {
		reader := chunk.NewReader(data)
		reader.Next(&ev)
		d.decode(r, &ev)
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// Records that one of Fluent Bit's parsers has decoded.
func TestParsedRecords(t *testing.T) {
	inner := `{"log":"inner\\n","stream":"stderr","time":"2018-08-11T03:42:05Z"}`
	for _, test := range []struct {
		name   string
		fields []string
		text   string
		time   int64
		flags  filters.Flags
		left   int
	}{
		{"docker", []string{"log", "a\n", "stream", "stdout", "time", "1970-01-01T00:00:02Z"}, "a", 2e9, filters.Decoded | filters.Timed, 0},
		{"cri", []string{"time", "1970-01-01T00:00:02Z", "stream", "stdout", "logtag", "P", "message", "a"}, "a", 2e9, filters.Decoded | filters.Timed | filters.Partial, 0},
		{"a text that looks like docker's", []string{"log", inner, "stream", "stdout"}, inner, 1e9, filters.Decoded, 0},
		{"no such stream", []string{"log", "a", "stream", "elsewhere"}, "a", 1e9, 0, 1},
		{"a time that is none", []string{"log", "a", "stream", "stdout", "time", "noon"}, "a", 1e9, filters.Decoded, 1},
	} {
		r := decodeOne(t, podTag, test.fields...)
		if text, _ := r.Log.Plain(); string(text) != test.text || r.Time != test.time || r.Flags != test.flags || len(r.Fields) != test.left {
			t.Errorf("%s: %q at %d, flags %b, %d fields left", test.name, text, r.Time, r.Flags, len(r.Fields))
		}
	}
}
