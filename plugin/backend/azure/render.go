package azure

import (
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// Columns are the names of all columns that a record may have. Those that ContainerLogV2
// has as well mean the same.
var Columns = []string{
	"TimeGenerated", "OriginalTime", "LogMessage", "LogSource", "LogLevel", "SeverityNumber", "Partial", "Undecoded", "Late", "TraceId", "SpanId",
	"Cluster", "Computer", "PodNamespace", "PodName", "PodUid", "ContainerName", "ContainerId", "RestartCount", "Component", "KubernetesMetadata",
	"Fields", "FieldsDropped",
}

// Render implements backend.Backend: the columns that all records of a source share, each
// with a comma before it.
func (b *Backend) Render(s *filters.Source) any {
	var dst []byte
	for _, c := range [...]struct{ name, value string }{
		{"Cluster", s.Cluster}, {"Computer", s.Node}, {"Component", s.Component},
		{"PodNamespace", s.Namespace}, {"PodName", s.Pod}, {"PodUid", s.PodUID}, {"ContainerName", s.Container}, {"ContainerId", s.ContainerID},
	} {
		dst = appendText(dst, c.name, c.value)
	}
	if s.Restart != nil {
		dst = append(dst, `,"RestartCount":`...)
		dst = strconv.AppendInt(dst, int64(*s.Restart), 10)
	}
	return appendMetadata(dst, s)
}

// appendText appends a member, unless its value is empty. name needs no escapes.
func appendText(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	return jsontext.AppendString(append(dst, '"', ':'), value)
}

// appendMetadata appends what the API server says of a pod. The names are those of
// ContainerLogV2, where it has them. filters.Sent is much smaller than a value may be.
func appendMetadata(dst []byte, s *filters.Source) []byte {
	if s.Metadata == nil {
		return dst
	}
	before := len(dst)
	dst = append(dst, `,"KubernetesMetadata":`...)
	open := len(dst)
	if s.Missing() {
		dst = append(dst, `,"metadataMissing":true`...)
	}
	sent := &s.Metadata.Sent
	for _, m := range [...]struct{ name, value string }{
		{"image", sent.Image}, {"imageID", sent.ImageID}, {"ownerKind", sent.Owner.Kind}, {"ownerName", sent.Owner.Name},
		{"podIP", sent.PodIP}, {"hostIP", sent.HostIP},
	} {
		dst = appendText(dst, m.name, m.value)
	}
	for _, g := range s.Groups() {
		dst = appendPairs(dst, g)
	}
	if len(dst) == open {
		return dst[:before]
	}
	dst[open] = '{' // in place of the first comma
	return append(dst, '}')
}

// appendPairs appends labels or annotations as a member.
func appendPairs(dst []byte, g filters.Group) []byte {
	before := len(dst)
	dst = append(dst, ',', '"')
	dst = append(dst, g.Object...)
	if g.Annotations {
		dst = append(dst, `Annotations":`...)
	} else {
		dst = append(dst, `Labels":`...)
	}
	open := len(dst)
	for _, p := range g.Pairs {
		dst = jsontext.AppendString(append(dst, ','), p.Key)
		dst = jsontext.AppendString(append(dst, ':'), p.Value)
	}
	if len(dst) == open {
		return dst[:before]
	}
	dst[open] = '{' // in place of the first comma
	return append(dst, '}')
}
