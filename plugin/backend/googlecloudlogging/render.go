package googlecloudlogging

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// rendered is a source as it is written.
type rendered struct {
	// heads are the beginnings of entries, up to their resource, and logs the names of
	// their logs, by the stream.
	heads [filters.Stderr + 1][]byte
	logs  [filters.Stderr + 1]string
	// labels are those of all entries, each with a comma before it; count is their number.
	labels []byte
	count  int
}

// The limits of labels (https://cloud.google.com/logging/quotas). maxLabelBytes is what the
// labels of a source may take of an entry.
const (
	maxLabels     = 64
	maxLabelKey   = 512
	maxLabelBytes = 16 << 10
	// spareLabels are for those of a single record: its flags and fields_dropped.
	spareLabels = 4
)

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	source := &rendered{}
	for stream := range source.heads {
		name := logName(s, filters.Stream(stream))
		log := "projects/" + b.place.project + "/logs/" + url.PathEscape(name)
		head := jsontext.AppendString([]byte(`{"logName":`), log)
		source.heads[stream] = b.appendResource(head, s)
		source.logs[stream] = log
	}
	source.appendLabels(s)
	return source
}

// maxLogName is the greatest length of a log's name. With the project, and a / escaped to
// three bytes, it stays below 512.
const maxLogName = 128

// logName returns the name of a record's log: letters, digits, /, _, - and .
func logName(s *filters.Source, stream filters.Stream) string {
	name := s.Component
	if s.Kind == filters.Container || name == "" {
		name = cmp.Or(stream.String(), s.Container, "k8slog")
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("/_-.", r):
			return r
		}
		return '_'
	}, name)
	return name[:min(len(name), maxLogName)]
}

// appendResource appends the monitored resource
// (https://cloud.google.com/monitoring/api/resources#tag_k8s_container).
func (b *Backend) appendResource(dst []byte, s *filters.Source) []byte {
	kind, labels := "k8s_node", [][2]string{{"node_name", s.Node}}
	if s.Pod != "" {
		kind, labels = "k8s_pod", [][2]string{{"namespace_name", s.Namespace}, {"pod_name", s.Pod}}
		if s.Container != "" {
			kind, labels = "k8s_container", append(labels, [2]string{"container_name", s.Container})
		}
	}
	dst = append(dst, `,"resource":{"type":"`...)
	dst = append(dst, kind...)
	dst = append(dst, `","labels":{"project_id":"`...)
	dst = append(dst, b.place.project...)
	dst = append(dst, '"')
	for _, l := range append([][2]string{{"location", b.place.location}, {"cluster_name", cmp.Or(s.Cluster, b.place.cluster)}}, labels...) {
		dst = append(dst, ',', '"')
		dst = append(dst, l[0]...)
		dst = append(dst, '"', ':')
		dst = jsontext.AppendString(dst, l[1])
	}
	return append(dst, '}', '}')
}

// ownPrefixes are the beginnings of the keys of labels that only the plugin and Google write.
var ownPrefixes = []string{
	"k8s-pod/", "k8s-pod-annotation/", "k8s-namespace/", "k8s-namespace-annotation/", "k8s-node/", "k8s-node-annotation/",
	"k8s.", "container.", "k8slog/", "compute.googleapis.com/", "logging.googleapis.com/", "logging.gke.io/", "gke.googleapis.com/",
}

// appendLabels fills in the labels. The first are those of GKE's agent; what it does not
// write has the names of OpenTelemetry's semantic conventions. Labels beyond the limits are
// left out, annotations first.
func (r *rendered) appendLabels(s *filters.Source) {
	r.label("compute.googleapis.com/resource_name", s.Node)
	restart := ""
	if s.Restart != nil {
		restart = strconv.Itoa(*s.Restart)
	}
	if m := s.Metadata; m != nil {
		r.label("logging.gke.io/top_level_controller_name", m.Sent.Owner.Name)
		r.label("logging.gke.io/top_level_controller_type", m.Sent.Owner.Kind)
	}
	r.label("k8s.pod.uid", s.PodUID)
	r.label("k8s.container.restart_count", restart)
	r.label("container.id", s.ContainerID)
	if s.Pod != "" && s.Component != "" {
		r.label("k8slog/component", s.Component)
	}
	if m := s.Metadata; m != nil {
		r.label("container.image.name", m.Sent.Image)
		r.label("container.image.id", m.Sent.ImageID)
		r.label("k8s.pod.ip", m.Sent.PodIP)
		r.label("k8s.node.ip", m.Sent.HostIP)
		if s.Missing() {
			r.label("k8slog/metadata_missing", "true")
		}
	}
	for _, annotations := range []bool{false, true} {
		for _, g := range s.Groups() {
			if g.Annotations != annotations {
				continue
			}
			prefix := "k8s-" + g.Object
			if annotations {
				prefix += "-annotation"
			}
			said := map[string]bool{}
			for _, p := range g.Pairs {
				// GKE's agent writes k8s-pod/app_kubernetes_io/name.
				if key := prefix + "/" + strings.ReplaceAll(p.Key, ".", "_"); !said[key] {
					said[key] = true
					r.label(key, p.Value)
				}
			}
		}
	}
}

// label appends a label, unless it has no value or does not fit.
func (r *rendered) label(key, value string) {
	if value == "" || len(key) > maxLabelKey || r.count == maxLabels-spareLabels || len(r.labels)+len(key)+len(value) > maxLabelBytes {
		return
	}
	r.count++
	r.labels = append(r.labels, ',')
	r.labels = append(jsontext.AppendString(r.labels, key), ':')
	r.labels = jsontext.AppendString(r.labels, value)
}
