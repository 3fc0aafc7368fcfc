package otlp

import (
	"cmp"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// form is a source as OTLP has it: the beginning of a ResourceLogs, its
// resource, encoded as a field. Sources of the same resource have equal forms.
type rendered struct{ resource string }

func newRendered(s *filters.Source) *rendered {
	dst, resource := open(nil, resourceLogsResource)
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
		dst, pair = open(dst, resourceAttributes)
		dst = appendBytes(dst, pairKey, "k8s.container.restart_count")
		dst, value = open(dst, pairValue)
		dst = appendVarint(dst, valueInt, uint64(*s.Restart))
		dst = seal(seal(dst, value), pair)
	}
	str("container.id", s.ContainerID)
	return &rendered{string(seal(dst, resource))}
}

// serviceName is the component, or the container, or the pod. OpenTelemetry's
// own rule (https://opentelemetry.io/docs/specs/semconv/non-normative/k8s-attributes/)
// begins with annotations, labels and the workload, which only the API server
// knows, and ends with the names of the pod and the container. Of these the
// container's comes first here: that of a pod is another one in every replica,
// and after every roll-out. Loki chooses the same where it has to.
func serviceName(s *filters.Source) string { return cmp.Or(s.Component, s.Container, s.Pod) }

// appendScope appends the scope of all records, as a field of a ScopeLogs.
func appendScope(dst []byte, version string) []byte {
	dst, scope := open(dst, scopeLogsScope)
	dst = appendBytes(dst, scopeName, "k8slog")
	if version != "" {
		dst = appendBytes(dst, scopeVersion, strings.ToValidUTF8(version, "\ufffd"))
	}
	return seal(dst, scope)
}
