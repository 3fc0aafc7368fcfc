package splunk

import (
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// rendered is a source as Splunk has it.
type rendered struct {
	// event are host, source, sourcetype and index, each with a comma before it.
	event []byte
	// fields are the indexed fields that all records of the source share,
	// likewise.
	fields []byte
	index  string
	// object is what ndjson makes of the source.
	object []byte
}

// Render implements backend.Backend. The names of the fields are the semantic
// conventions of OpenTelemetry, as Splunk's own collector uses them.
func (b *Backend) Render(s *filters.Source) any {
	source := &rendered{index: b.indexOf(s)}
	source.object, _ = ndjson.Render(s).([]byte)
	for _, m := range [...]struct{ name, value string }{
		{"host", s.Node},
		{"source", b.source.Text(s, 0, nil)},
		{"sourcetype", b.sourcetype.Text(s, 0, nil)},
		{"index", source.index},
	} {
		source.event = appendMember(source.event, m.name, m.value)
	}
	restart := ""
	if s.Restart != nil {
		restart = strconv.Itoa(*s.Restart)
	}
	for _, m := range [...]struct{ name, value string }{
		{"k8s.cluster.name", s.Cluster},
		{"k8s.node.name", s.Node},
		{"k8s.namespace.name", s.Namespace},
		{"k8s.pod.name", s.Pod},
		{"k8s.pod.uid", s.PodUID},
		{"k8s.container.name", s.Container},
		{"k8s.container.restart_count", restart},
		{"container.id", s.ContainerID},
		{"component", s.Component},
	} {
		source.fields = appendMember(source.fields, m.name, m.value)
	}
	return source
}

// appendMember appends a comma and a member, unless its value is empty.
func appendMember(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return jsontext.AppendString(dst, value)
}
