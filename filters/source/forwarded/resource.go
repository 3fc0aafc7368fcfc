package forwarded

import (
	"bytes"
	"strconv"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// Resource is the part of an OpenTelemetry resource that identifies the source of its records
// (https://opentelemetry.io/docs/specs/semconv/resource/k8s/). The names are a part of the
// chunk; nil for absent and invalid names.
type Resource struct {
	Namespace, Pod, Container, PodUID, ContainerID, Node, Service []byte
	// Restart is the restart count of the container; -1 for unknown.
	Restart int64
}

// ReadResource reads the resource in the body of a group. Any other value is read as an empty
// resource.
func ReadResource(group msgpack.Value) Resource {
	r := Resource{Restart: -1}
	attributes := member(member(group, "resource"), "attributes").Fields()
	for {
		key, value, ok := attributes.Next()
		if !ok {
			return r
		}
		name, _ := key.Text()
		switch string(name) {
		case "k8s.namespace.name":
			r.Namespace = nameOf(value)
		case "k8s.pod.name":
			r.Pod = nameOf(value)
		case "k8s.container.name":
			r.Container = nameOf(value)
		case "k8s.pod.uid":
			r.PodUID = nameOf(value)
		case "k8s.node.name":
			r.Node = nameOf(value)
		case "service.name":
			r.Service = nameOf(value)
		case "container.id":
			if id, _ := value.Text(); kubepath.IsContainerID(id) {
				r.ContainerID = id
			}
		case "k8s.container.restart_count":
			if n, ok := value.Int(); ok && n >= 0 && n < 1<<31 {
				r.Restart = n
			}
		}
	}
}

// HasIdentity returns whether the resource identifies a source. A node alone does not.
func (r *Resource) HasIdentity() bool {
	return r.Pod != nil || r.Namespace != nil || r.Container != nil || r.PodUID != nil || r.ContainerID != nil || r.Service != nil
}

// AppendKey appends a key that is different for all resources with different sources.
func (r *Resource) AppendKey(dst []byte) []byte {
	for _, part := range [...][]byte{r.Namespace, r.Pod, r.Container, r.PodUID, r.ContainerID, r.Node, r.Service} {
		dst = append(append(dst, part...), 0)
	}
	return strconv.AppendInt(dst, r.Restart, 10)
}

// Source returns the source. The service is its component when the resource has neither a pod
// nor a container.
func (r *Resource) Source() filters.Source {
	s := filters.Source{
		Kind: filters.Container, Namespace: string(r.Namespace), Pod: string(r.Pod), Container: string(r.Container),
		PodUID: string(r.PodUID), ContainerID: string(r.ContainerID), Node: string(r.Node),
	}
	if r.Restart >= 0 {
		restart := int(r.Restart)
		s.Restart = &restart
	}
	if s.Namespace+s.Pod+s.Container+s.PodUID+s.ContainerID == "" {
		s = filters.Source{Component: string(r.Service), Node: s.Node}
	}
	return s
}

// member returns the value of a key of a map; the last one of a repeated key, nil for none.
func member(v msgpack.Value, name string) (found msgpack.Value) {
	fields := v.Fields()
	for {
		key, value, ok := fields.Next()
		if !ok {
			return found
		}
		if text, _ := key.Text(); string(text) == name {
			found = value
		}
	}
}

// maxName is the length of the longest name that Kubernetes allows.
const maxName = 253

// nameOf returns a valid name; nil for any other value. Backends use it as a label, and the
// sender of a record can choose it.
func nameOf(value msgpack.Value) []byte {
	name, _ := value.Text()
	name = bytes.TrimSpace(name)
	for _, c := range name {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return nil
		}
	}
	if len(name) == 0 || len(name) > maxName {
		return nil
	}
	return name
}
