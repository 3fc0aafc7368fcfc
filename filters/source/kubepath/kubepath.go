// Package kubepath reads who wrote a log from the name of its file, as the
// kubelet makes it (pkg/kubelet/kuberuntime/{helpers,legacy}.go in Kubernetes).
package kubepath

import (
	"path"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// maxName is where the kubelet cuts the name of a symlink in
// /var/log/containers, before the suffix.
const maxName = 251

const suffix = ".log"

// FromPath reads the path of a container's log: in a folder "containers", or
// in one of the three layouts of a folder "pods". It returns false for any other
// path; names that only look like a container's are such.
func FromPath(p string) (filters.Source, bool) {
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

// FromTag reads a tag that Fluent Bit made of a path (Tag kube.*), with every
// slash turned into a dot. Names contain dots as well, so what stands before
// the file's name is cut off first: prefix, as kube.var.log.containers. The
// same prefix with pods. at its end is that of /var/log/pods.
func FromTag(tag, prefix string) (filters.Source, bool) {
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
	// Neither a uid nor a container's name contains a dot, and the pod's name
	// ends at the second underscore: the first dot after that is a slash.
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

// FromName reads <pod>_<namespace>_<container>-<id>.log, the name of a symlink
// in /var/log/containers. Of a name that the kubelet has cut, the id is
// shortened or gone, and even the container may be.
func FromName(file string) (filters.Source, bool) {
	name, ok := strings.CutSuffix(file, suffix)
	if !ok {
		return filters.Source{}, false
	}
	cut := len(name) == maxName
	pod, rest, ok := strings.Cut(name, "_")
	if !ok || !isSubdomain(pod) {
		return filters.Source{}, false
	}
	namespace, rest, ok := strings.Cut(rest, "_")
	if !ok && cut {
		// The cut went through the namespace. What is left of it may be the
		// name of another namespace, so it is not claimed.
		return filters.Source{Kind: filters.Container, Pod: pod}, true
	}
	if !ok || !isLabel(namespace) {
		return filters.Source{}, false
	}
	container, id := splitID(rest, cut)
	if cut {
		container = strings.TrimRight(container, "-") // cut inside a--b
	}
	if !isLabel(container) && !(cut && rest == "") {
		return filters.Source{}, false
	}
	return filters.Source{
		Kind: filters.Container, Pod: pod, Namespace: namespace, Container: container, ContainerID: id,
	}, true
}

// splitID splits <container>-<id>. Container names contain hyphens as well:
// only 64 hex digits are an id, or in a cut name what there is of them.
func splitID(s string, cut bool) (container, id string) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return s, ""
	}
	switch id := s[i+1:]; {
	case !isHex(id):
	case len(id) == 64, cut && len(id) < 64:
		return s[:i], id
	}
	return s, ""
}

// newLayout reads <namespace>_<pod>_<uid>/<container>/<restart>.log, and what
// was there between 1.10 and 1.13 of Kubernetes, <uid>/<container>/<restart>.log,
// which names no pod.
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

// oldLayout reads <uid>/<container>_<restart>.log, which names no pod.
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

// restartCount reads <n>.log, or a rotated <n>.log.<date>.
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

// isLabel says whether s can be the name of a namespace or a container: an
// RFC 1123 label.
func isLabel(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' && only(s, func(c byte) bool { return lowerOrDigit(c) || c == '-' })
}

// isSubdomain says whether s can be the name of a pod: labels with dots between.
func isSubdomain(s string) bool {
	return s != "" && len(s) <= 253 && lowerOrDigit(s[0]) && lowerOrDigit(s[len(s)-1]) &&
		only(s, func(c byte) bool { return lowerOrDigit(c) || c == '-' || c == '.' })
}

// isUID says whether s can be a pod's uid: a UUID, or the 32 hex digits of a
// static pod.
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

// IsPod says whether these can be the names of a pod's container.
func IsPod(namespace, pod, container string) bool {
	return isLabel(namespace) && isSubdomain(pod) && isLabel(container)
}

// IsContainerID says whether s is a whole container id: 64 hex digits.
func IsContainerID(s string) bool { return len(s) == 64 && isHex(s) }

func isHex(s string) bool {
	return only(s, func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' })
}

func lowerOrDigit(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

func only(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}
