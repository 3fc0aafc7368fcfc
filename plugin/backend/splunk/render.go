package splunk

import (
	"strconv"
	"strings"

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
	source.fields = appendMetadata(source.fields, s)
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

// appendMetadata appends what the API server says of a pod. An indexed field needs a value, and
// a name of letters, digits, _, . and -.
func appendMetadata(dst []byte, s *filters.Source) []byte {
	if s.Metadata == nil {
		return dst
	}
	if s.Missing() {
		dst = appendMember(dst, "k8s.metadata_missing", "true")
	}
	sent := &s.Metadata.Sent
	workload := s.SentWorkload()
	dst = appendMember(dst, "k8s.workload.kind", workload.Kind)
	dst = appendMember(dst, "k8s.workload.name", workload.Name)
	dst = appendMember(dst, "container.image.name", sent.Image)
	dst = appendMember(dst, "k8s.pod.ip", sent.PodIP)
	dst = appendMember(dst, "k8s.node.ip", sent.HostIP)
	for _, g := range s.Groups() {
		prefix := "k8s." + g.Object + ".label."
		if g.Annotations {
			prefix = "k8s." + g.Object + ".annotation."
		}
		said := map[string]bool{}
		for _, p := range g.Pairs {
			name := prefix + fieldName(p.Key)
			if !said[name] {
				said[name] = true
				dst = appendMember(dst, name, p.Value)
			}
		}
	}
	return dst
}

// fieldName returns a key as a part of the name of an indexed field.
func fieldName(key string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == '-':
			return c
		}
		return '_'
	}, key)
}
