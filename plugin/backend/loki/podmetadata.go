package loki

import (
	"bytes"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// addMetadata adds what the API server says of a pod: pod_label_app, namespace_label_team,
// node_annotation_…, and the names below. What is a label of the stream is left out.
func (b *Backend) addMetadata(source *rendered, s *filters.Source, isLabel map[string]bool) {
	if s.Metadata == nil {
		return
	}
	if s.Missing() {
		source.add("metadata_missing", "true")
	}
	sent := &s.Metadata.Sent
	workload := s.SentWorkload()
	source.add("workload_kind", workload.Kind)
	if !isLabel["workload"] {
		source.add("workload", workload.Name)
	}
	source.add("container_image", sent.Image)
	source.add("pod_ip", sent.PodIP)
	source.add("host_ip", sent.HostIP)
	said := map[string]bool{}
	for _, l := range b.labels {
		said[l.Name] = true
	}
	for _, g := range s.Groups() {
		kind, field := "label", map[string]string{"pod": "label:", "namespace": "namespace_label:", "node": "node_label:"}[g.Object]
		if g.Annotations {
			kind, field = "annotation", "" // no annotation is a label of a stream
		}
		for _, p := range g.Pairs {
			name := g.Object + "_" + kind + "_" + labelName(p.Key)
			if said[name] || field != "" && isLabel[field+p.Key] {
				continue
			}
			said[name] = true
			source.add(name, strings.ToValidUTF8(p.Value, "\ufffd"))
		}
	}
}

// labelName returns the key of a label as a part of a name in Loki: a character that is no
// letter, digit or _ becomes _, as in Prometheus.
func labelName(key string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, key)
}

// tagPrefixes begin the names of labels and annotations.
var tagPrefixes = [][]byte{
	[]byte("pod_label_"), []byte("pod_annotation_"), []byte("namespace_label_"), []byte("namespace_annotation_"),
	[]byte("node_label_"), []byte("node_annotation_"),
}

// isTag reports whether a name is that of a label or an annotation.
func isTag(name []byte) bool {
	return len(name) > 0 && (name[0] == 'p' || name[0] == 'n') &&
		slices.ContainsFunc(tagPrefixes, func(prefix []byte) bool { return bytes.HasPrefix(name, prefix) })
}
