package loki

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// rendered is a source as Loki has it.
type rendered struct {
	// labels are the labels that all of the source's streams share, as Loki
	// writes them, without braces.
	labels []byte
	// metadata is the structured metadata, encoded as fields of an entry.
	metadata []byte
	// pairs and bytes are how many entries that is, and how many bytes of
	// names and values.
	pairs, bytes int
}

// jobLabel is the label of a stream that would have none. Loki refuses a stream
// without a label.
const jobLabel = `job="k8slog"`

func (b *Backend) newRendered(s *filters.Source) *rendered {
	source := &rendered{}
	restart := ""
	if s.Restart != nil {
		restart = strconv.Itoa(*s.Restart)
	}
	// The names are the options' for what can be a label, and Kubernetes' own
	// terms for the rest.
	known := []struct{ name, value string }{
		{"cluster", s.Cluster},
		{"node", s.Node},
		{"namespace", s.Namespace},
		{"pod", s.Pod},
		{"container", s.Container},
		{"component", s.Component},
		{"container_id", s.ContainerID},
		{"pod_uid", s.PodUID},
		{"restart_count", restart},
	}
	isLabel := map[string]bool{}
	values := map[string]string{}
	for _, k := range known {
		values[k.name] = k.value
	}
	values["workload"] = s.Workload()
	for _, l := range b.labels {
		isLabel[l.Field] = true
		source.labels = appendLabel(source.labels, 0, l.Name, cmp.Or(l.Value, values[l.Field]))
	}
	for _, k := range known {
		if k.value != "" && !isLabel[k.name] {
			source.metadata = appendPair(source.metadata, k.name, []byte(k.value))
			source.pairs++
			source.bytes += len(k.name) + len(k.value)
		}
	}
	return source
}

// appendLabels appends all labels of a stream, in braces.
func (b *Backend) appendLabels(dst []byte, key streamKey) []byte {
	dst = append(dst, '{')
	start := len(dst)
	dst = append(dst, key.rendered.labels...)
	for _, l := range b.labels {
		switch l.Field {
		case "stream":
			dst = appendLabel(dst, start, l.Name, key.stream.String())
		case "severity":
			dst = appendLabel(dst, start, l.Name, key.severity.String())
		}
	}
	if len(dst) == start {
		dst = append(dst, jobLabel...)
	}
	return append(dst, '}')
}

// maxLabel is half of what Loki takes as the value of a label: a byte that is not
// UTF-8 becomes three.
const maxLabel = 1024

// appendLabel appends a label to those that begin at start.
func appendLabel(dst []byte, start int, name, value string) []byte {
	if value == "" {
		return dst
	}
	value = strings.ToValidUTF8(value[:min(len(value), maxLabel)], "\ufffd")
	if len(dst) > start {
		dst = append(dst, ',', ' ')
	}
	dst = append(dst, name...)
	dst = append(dst, '=')
	return strconv.AppendQuote(dst, value)
}
