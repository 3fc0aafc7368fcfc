package options

import (
	"strings"

	"github.com/k8slog/k8slog/filters/source/kubepath"
)

// The values of the option identity: whose word counts about the writer of a
// record.
const (
	ByFiles    = "files"
	ByResource = "resource"
	ByNobody   = "none"
)

var identities = []string{ByFiles, ByResource, ByNobody}

// Pod is the value of the option pod. Its zero value is no pod.
type Pod struct{ Namespace, Name, Container, UID string }

// setPod reads namespace/pod/container/uid. The last two may be empty or
// absent. Variables that are not set leave nothing but the slashes, which is an
// error.
func (c *Config) setPod(value string) string {
	parts := strings.Split(value, "/")
	if len(parts) > 4 {
		return "has more than four names"
	}
	p := Pod{}
	for i, to := range []*string{&p.Namespace, &p.Name, &p.Container, &p.UID} {
		if i < len(parts) {
			*to = strings.TrimSpace(parts[i])
		}
	}
	name := func(s string) bool { return s == "" || kubepath.IsPod(s, "a", "a") }
	if !kubepath.IsPod(p.Namespace, p.Name, "a") || !name(p.Container) || !name(p.UID) {
		return "does not name a pod as Kubernetes does"
	}
	c.Pod = p
	return ""
}
