package logsdata

import (
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/protowire"
)

// ownerKeys are the attributes that name a workload, by its kind.
var ownerKeys = map[string]string{
	"Deployment": "k8s.deployment.name", "ReplicaSet": "k8s.replicaset.name", "StatefulSet": "k8s.statefulset.name",
	"DaemonSet": "k8s.daemonset.name", "Job": "k8s.job.name", "CronJob": "k8s.cronjob.name",
	"ReplicationController": "k8s.replicationcontroller.name",
}

// appendMetadata appends what the API server says of a pod, as attributes of the resource
// (https://opentelemetry.io/docs/specs/semconv/registry/attributes/k8s/, …/container/ and
// …/host/). k8slog.metadata_missing is the plugin's own.
func appendMetadata(dst []byte, s *filters.Source) []byte {
	if s.Metadata == nil {
		return dst
	}
	str := func(key, value string) {
		if key != "" && value != "" {
			dst = appendStringPair(dst, resourceAttributes, key, strings.ToValidUTF8(value, "\ufffd"))
		}
	}
	list := func(key, value string) {
		if value != "" {
			dst = appendListPair(dst, key, strings.ToValidUTF8(value, "\ufffd"))
		}
	}
	if s.Missing() {
		str("k8slog.metadata_missing", "true")
	}
	sent := &s.Metadata.Sent
	str(ownerKeys[sent.Owner.Kind], sent.Owner.Name)
	name, tag := splitImage(sent.Image)
	str("container.image.name", name)
	list("container.image.tags", tag)
	if strings.Contains(sent.ImageID, "@") {
		list("container.image.repo_digests", sent.ImageID)
	} else {
		str("container.image.id", sent.ImageID)
	}
	str("k8s.pod.ip", sent.PodIP)
	list("host.ip", sent.HostIP)
	for _, g := range s.Groups() {
		prefix := "k8s." + g.Object + ".label."
		if g.Annotations {
			prefix = "k8s." + g.Object + ".annotation."
		}
		for _, p := range g.Pairs { // a value may be empty
			dst = appendStringPair(dst, resourceAttributes, prefix+strings.ToValidUTF8(p.Key, "\ufffd"), strings.ToValidUTF8(p.Value, "\ufffd"))
		}
	}
	return dst
}

// splitImage splits an image into its name and its tag.
func splitImage(image string) (name, tag string) {
	name, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// appendListPair appends an attribute of the resource whose value is a list of one text.
func appendListPair(dst []byte, key, value string) []byte {
	dst, pair := protowire.Open(dst, resourceAttributes)
	dst = protowire.AppendBytes(dst, pairKey, key)
	dst, v := protowire.Open(dst, pairValue)
	dst, list := protowire.Open(dst, valueArray)
	dst, one := protowire.Open(dst, listValues)
	dst = protowire.AppendBytes(dst, valueString, value)
	return protowire.Seal(protowire.Seal(protowire.Seal(protowire.Seal(dst, one), list), v), pair)
}
