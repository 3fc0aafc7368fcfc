package logsdata

import (
	"cmp"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/protowire"
	"github.com/k8slog/k8slog/internal/version"
)

// Resource is a source as OTLP has it: the beginning of a ResourceLogs, which is
// its resource, encoded as a field. Sources of the same resource render alike.
// It is made by Render.
type Resource struct{ field string }

// Render returns the resource of a source.
func Render(s *filters.Source) *Resource {
	dst, resource := protowire.Open(nil, resourceLogsResource)
	str := func(key, value string) {
		if value != "" {
			dst = appendStringPair(dst, resourceAttributes, key, strings.ToValidUTF8(value, "\ufffd"))
		}
	}
	// What they mean: https://opentelemetry.io/docs/specs/semconv/resource/k8s/
	str("service.name", serviceName(s))
	str("k8s.cluster.name", s.Cluster)
	str("k8s.node.name", s.Node)
	str("k8s.namespace.name", s.Namespace)
	str("k8s.pod.name", s.Pod)
	str("k8s.pod.uid", s.PodUID)
	str("k8s.container.name", s.Container)
	if s.Restart != nil {
		var pair, value int
		dst, pair = protowire.Open(dst, resourceAttributes)
		dst = protowire.AppendBytes(dst, pairKey, "k8s.container.restart_count")
		dst, value = protowire.Open(dst, pairValue)
		dst = protowire.AppendVarint(dst, valueInt, uint64(*s.Restart))
		dst = protowire.Seal(protowire.Seal(dst, value), pair)
	}
	str("container.id", s.ContainerID)
	dst = appendMetadata(dst, s)
	return &Resource{string(protowire.Seal(dst, resource))}
}

// serviceName is the component, or the container, or the pod. OpenTelemetry's
// own rule (https://opentelemetry.io/docs/specs/semconv/non-normative/k8s-attributes/)
// begins with annotations, labels and the workload, which only the API server
// knows, and ends with the names of the pod and the container. With metadata of
// the API server the name stays the same: none is to change when it is asked. Of these the
// container's comes first here: that of a pod is another one in every replica,
// and after every roll-out. Loki chooses the same where it has to.
func serviceName(s *filters.Source) string { return cmp.Or(s.Component, s.Container, s.Pod) }

// scope is that of all records, as a field of a ScopeLogs.
var scope = func() []byte {
	dst, start := protowire.Open(nil, scopeLogsScope)
	dst = protowire.AppendBytes(dst, scopeName, "k8slog")
	if version.Version != "" {
		dst = protowire.AppendBytes(dst, scopeVersion, strings.ToValidUTF8(version.Version, "\ufffd"))
	}
	return protowire.Seal(dst, start)
}()
