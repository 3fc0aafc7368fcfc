// Package kubepath determines the source of a container's log file from its path, which the
// kubelet chooses (pkg/kubelet/kuberuntime/{helpers,legacy}.go in Kubernetes).
package kubepath

import (
	"path"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// maxName is the length to which the kubelet truncates the name of a symbolic link in
// /var/log/containers, without the suffix.
const maxName = 251

// suffix ends the name of a log file.
const suffix = ".log"

// FromPath returns the source of the path of a container's log file: in a directory
// "containers", or in a directory "pods" with one of its three layouts. ok is false for any
// other path, and for paths with names that Kubernetes does not allow.
func FromPath(p string) (source filters.Source, ok bool) {
	dir, file := path.Split(p)
	dir = path.Clean(dir)
	if path.Base(dir) == "containers" {
		return FromName(file)
	}
	if path.Base(path.Dir(dir)) == "pods" {
		return oldLayout(path.Base(dir), file)
	}
	if path.Base(path.Dir(path.Dir(dir))) == "pods" {
		return newLayout(path.Base(path.Dir(dir)), path.Base(dir), file)
	}
	return filters.Source{}, false
}

// FromTag returns the source of a tag that Fluent Bit derived from a path (Tag kube.*), with
// dots in place of the slashes. Names contain dots as well, so prefix must be everything
// before the name of the file, such as "kube.var.log.containers.". A tag of a file in
// /var/log/pods has the same prefix with "pods." in place of "containers.". ok is false for
// any other tag.
func FromTag(tag, prefix string) (source filters.Source, ok bool) {
	if name, ok := strings.CutPrefix(tag, prefix); ok {
		return FromName(name)
	}
	root, ok := strings.CutSuffix(prefix, "containers.")
	if !ok {
		return filters.Source{}, false
	}
	name, ok := strings.CutPrefix(tag, root+"pods.")
	if !ok {
		return filters.Source{}, false
	}
	// UIDs and names of containers do not contain dots, and the name of the pod ends at
	// the second underscore. So the first dot after that replaces a slash.
	i := max(strings.LastIndexByte(name, '_'), 0)
	if strings.Count(name, "_") == 1 {
		i = 0 // the old layout: <uid>/<container>_<restart>.log
	}
	dir, rest, ok := strings.Cut(name[i:], ".")
	if !ok {
		return filters.Source{}, false
	}
	dir = name[:i] + dir
	if i == 0 && strings.Contains(rest, "_") {
		return oldLayout(dir, rest)
	}
	container, file, ok := strings.Cut(rest, ".")
	if !ok {
		return filters.Source{}, false
	}
	return newLayout(dir, container, file)
}

// FromName returns the source of <pod>_<namespace>_<container>-<id>.log, the name of a
// symbolic link in /var/log/containers. In a name that the kubelet truncated, the ID is
// incomplete or missing, and the container and the namespace can be missing. ok is false for
// any other name.
func FromName(file string) (source filters.Source, ok bool) {
	name, ok := strings.CutSuffix(file, suffix)
	if !ok {
		return filters.Source{}, false
	}
	truncated := len(name) == maxName
	pod, rest, ok := strings.Cut(name, "_")
	if !ok || !isSubdomain(pod) {
		return filters.Source{}, false
	}
	namespace, rest, ok := strings.Cut(rest, "_")
	if !ok && truncated {
		// The namespace is truncated. What is left can be the name of another
		// namespace, so it is dropped.
		return filters.Source{Kind: filters.Container, Pod: pod}, true
	}
	if !ok || !isLabel(namespace) {
		return filters.Source{}, false
	}
	container, id := splitID(rest, truncated)
	if truncated {
		container = strings.TrimRight(container, "-") // truncated inside a--b
	}
	if !isLabel(container) && !(truncated && rest == "") {
		return filters.Source{}, false
	}
	return filters.Source{
		Kind: filters.Container, Pod: pod, Namespace: namespace, Container: container, ContainerID: id,
	}, true
}

// splitID splits <container>-<id>. Names of containers can contain hyphens, so only 64
// hexadecimal digits are an ID, or fewer in a truncated name.
func splitID(s string, truncated bool) (container, id string) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return s, ""
	}
	switch id := s[i+1:]; {
	case !isHex(id):
	case len(id) == 64, truncated && len(id) < 64:
		return s[:i], id
	}
	return s, ""
}

// newLayout parses <namespace>_<pod>_<uid>/<container>/<restart>.log, and the layout of
// Kubernetes 1.10 to 1.13, <uid>/<container>/<restart>.log, which does not contain the pod.
func newLayout(podDir, container, file string) (filters.Source, bool) {
	if isUID(podDir) {
		return oldLayout(podDir, container+"_"+file)
	}
	parts := strings.Split(podDir, "_")
	if len(parts) != 3 || !isLabel(parts[0]) || !isSubdomain(parts[1]) || !isUID(parts[2]) || !isLabel(container) {
		return filters.Source{}, false
	}
	restart, ok := restartCount(file)
	if !ok {
		return filters.Source{}, false
	}
	return filters.Source{
		Kind: filters.Container, Namespace: parts[0], Pod: parts[1], PodUID: parts[2],
		Container: container, Restart: restart,
	}, true
}

// oldLayout parses <uid>/<container>_<restart>.log, which does not contain the pod.
func oldLayout(uid, file string) (filters.Source, bool) {
	container, rest, ok := strings.Cut(file, "_")
	if !ok || !isUID(uid) || !isLabel(container) {
		return filters.Source{}, false
	}
	restart, ok := restartCount(rest)
	if !ok {
		return filters.Source{}, false
	}
	return filters.Source{Kind: filters.Container, PodUID: uid, Container: container, Restart: restart}, true
}

// restartCount parses <n>.log, and <n>.log.<date> of a rotated file.
func restartCount(file string) (*int, bool) {
	digits, rest, ok := strings.Cut(file, suffix)
	if !ok || rest != "" && rest[0] != '.' {
		return nil, false
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return nil, false
	}
	restart := int(n)
	return &restart, true
}

// isLabel returns whether s is an RFC 1123 label, as the names of namespaces and containers
// are.
func isLabel(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' && only(s, func(c byte) bool { return lowerOrDigit(c) || c == '-' })
}

// isSubdomain returns whether s is an RFC 1123 subdomain, as the names of pods are.
func isSubdomain(s string) bool {
	return s != "" && len(s) <= 253 && lowerOrDigit(s[0]) && lowerOrDigit(s[len(s)-1]) &&
		only(s, func(c byte) bool { return lowerOrDigit(c) || c == '-' || c == '.' })
}

// isUID returns whether s can be the UID of a pod: a UUID, or the 32 hexadecimal digits of
// a static pod.
func isUID(s string) bool {
	switch len(s) {
	case 32:
		return isHex(s)
	case 36:
		return s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
			isHex(strings.ReplaceAll(s, "-", ""))
	}
	return false
}

// IsPod returns whether Kubernetes allows these names for a container of a pod.
func IsPod(namespace, pod, container string) bool {
	return isLabel(namespace) && isSubdomain(pod) && isLabel(container)
}

// IsContainerID returns whether s is a complete container ID: 64 hexadecimal digits.
func IsContainerID[T string | []byte](s T) bool { return len(s) == 64 && isHex(s) }

func isHex[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func lowerOrDigit(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// only returns whether ok is true for all bytes of s.
func only(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}
