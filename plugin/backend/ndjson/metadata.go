package ndjson

import (
	"slices"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// appendMetadata appends what the API server says of a pod, as members of the object
// kubernetes, each with a comma before it. labels, annotations, pod_ip, container_image and
// container_hash are keys of Fluent Bit's kubernetes filter.
func appendMetadata(dst []byte, s *filters.Source, rename func(string) string) []byte {
	if s.Metadata == nil {
		return dst
	}
	if s.Missing() {
		dst = append(dst, `,"metadata_missing":true`...)
	}
	sent := &s.Metadata.Sent
	for _, m := range [...]struct{ key, value string }{
		{"owner_kind", sent.Owner.Kind},
		{"owner_name", sent.Owner.Name},
		{"container_image", sent.Image},
		{"container_hash", sent.ImageID},
		{"pod_ip", sent.PodIP},
		{"host_ip", sent.HostIP},
	} {
		if m.value != "" {
			dst = jsontext.AppendString(appendKey(dst, m.key), m.value)
		}
	}
	for _, g := range s.Groups() {
		if g.Object != "namespace" {
			dst = appendPairs(dst, groupKey(g), g.Pairs, rename)
		}
	}
	return dst
}

// appendNamespace appends what the API server says of the namespace of a pod, as the member
// that Fluent Bit's kubernetes filter has for it.
func appendNamespace(dst []byte, s *filters.Source, rename func(string) string) []byte {
	before := len(dst)
	dst = append(dst, `,"kubernetes_namespace":{"name":`...)
	dst = jsontext.AppendString(dst, s.Namespace)
	empty := len(dst)
	for _, g := range s.Groups() {
		if g.Object == "namespace" {
			dst = appendPairs(dst, groupKey(g), g.Pairs, rename)
		}
	}
	if len(dst) == empty {
		return dst[:before]
	}
	return append(dst, '}')
}

func groupKey(g filters.Group) string {
	key := "labels"
	if g.Annotations {
		key = "annotations"
	}
	if g.Object == "node" {
		key = "node_" + key
	}
	return key
}

// appendPairs appends labels or annotations as a member.
func appendPairs(dst []byte, key string, pairs filters.Pairs, rename func(string) string) []byte {
	before := len(dst)
	dst = appendKey(dst, key)
	open := len(dst)
	var names []string
	for _, p := range pairs {
		name := rename(p.Key)
		if name == "" || slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
		dst = jsontext.AppendString(append(dst, ','), name)
		dst = jsontext.AppendString(append(dst, ':'), p.Value)
	}
	if len(names) == 0 {
		return dst[:before]
	}
	dst[open] = '{' // in place of the first comma
	return append(dst, '}')
}
