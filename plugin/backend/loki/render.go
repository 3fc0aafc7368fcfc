package loki

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/k8slog/k8slog/filters"
)

// rendered is a source as Loki has it.
type rendered struct {
	// labels are the labels that all of the source's streams share.
	labels []pair
	// streams are the labels of the source's streams as Loki prints them, by
	// stream and severity of the records; nil where no record came yet.
	streams []atomic.Pointer[string]
	// metadata is the structured metadata, encoded as fields of an entry.
	metadata []byte
	// members are the same as members of a JSON object, each with a comma before
	// it, where the line takes them (structured_metadata off).
	members []byte
	// pairs and bytes are how many entries that is, and how many bytes of
	// names and values.
	pairs, bytes int
}

// jobLabel is the label of a stream that would have none. Loki refuses a stream
// without a label.
var jobLabel = pair{"job", "k8slog"}

// The numbers of streams and of severities that a record can have.
const (
	allStreams    = int(filters.Stderr) + 1
	allSeverities = int(filters.Fatal) + 1
)

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
		value := cmp.Or(l.Value, values[l.Field])
		if filters.IsLabelField(l.Field) {
			value = s.LabelField(l.Field)
		}
		source.labels = appendLabel(source.labels, l.Name, value)
	}
	streams := 1
	if b.byStream {
		streams *= allStreams
	}
	if b.bySeverity {
		streams *= allSeverities
	}
	source.streams = make([]atomic.Pointer[string], streams)
	for _, k := range known {
		if !isLabel[k.name] {
			source.add(k.name, k.value)
		}
	}
	b.addMetadata(source, s, isLabel)
	return source
}

// add adds a name with a value, unless it is empty.
func (r *rendered) add(name, value string) {
	if value == "" {
		return
	}
	r.metadata = appendPair(r.metadata, name, []byte(value))
	r.members = appendMember(r.members, name, []byte(value))
	r.pairs++
	r.bytes += len(name) + len(value)
}

// keyOf returns the stream of a record.
func (b *Backend) keyOf(r *filters.Record) streamKey {
	source, _ := r.Source.Rendered.(*rendered)
	key := streamKey{rendered: source}
	if b.byStream {
		key.stream = r.Stream
	}
	if b.bySeverity {
		key.severity = r.Severity
	}
	return key
}

// Scope implements backend.Scoped: the labels of the record's stream, as Loki
// prints them. Loki decides on each stream by itself.
func (b *Backend) Scope(r *filters.Record) string { return b.labelsOf(b.keyOf(r)) }

// labelsOf returns the labels of a stream, as they are sent.
func (b *Backend) labelsOf(key streamKey) string {
	at := int(key.severity)
	if b.byStream {
		at = at*allStreams + int(key.stream)
	}
	if at >= len(key.rendered.streams) {
		return b.renderLabels(key)
	}
	slot := &key.rendered.streams[at]
	if labels := slot.Load(); labels != nil {
		return *labels
	}
	labels := b.renderLabels(key)
	slot.Store(&labels)
	return labels
}

func (b *Backend) renderLabels(key streamKey) string {
	labels := slices.Clone(key.rendered.labels)
	for _, l := range b.labels {
		switch l.Field {
		case "stream":
			labels = appendLabel(labels, l.Name, key.stream.String())
		case "severity":
			labels = appendLabel(labels, l.Name, key.severity.String())
		}
	}
	if len(labels) == 0 {
		labels = append(labels, jobLabel)
	}
	return canonical(labels)
}

// maxLabel is half of what Loki takes as the value of a label: a byte that is not
// UTF-8 becomes three.
const maxLabel = 1024

// appendLabel appends a label, unless it has no value.
func appendLabel(dst []pair, name, value string) []pair {
	if value == "" {
		return dst
	}
	return append(dst, pair{name, strings.ToValidUTF8(value[:min(len(value), maxLabel)], "\ufffd")})
}
