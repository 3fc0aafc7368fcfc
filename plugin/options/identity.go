package options

import (
	"strings"

	"github.com/k8slog/k8slog/filters/source/kubepath"
)

// The choices of the option identity.
const (
	ByFiles    = "files"
	ByResource = "resource"
	ByNobody   = "none"
)

var identities = []string{ByFiles, ByResource, ByNobody}

// Pod is the value of the option pod. Its zero value is no pod.
type Pod struct{ Namespace, Name, Container, UID string }

// setPod reads namespace/pod/container/uid, of which the last two may be empty
// or absent. Of variables that are not set nothing but the slashes is left: that
// is an error.
func setPod(c *Config, value string) string {
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

func (c *Config) checkIdentity() error {
	if c.Pod != (Pod{}) && c.Identity != ByFiles {
		return &Error{"identity", c.Identity, "contradicts pod; allowed: one of both"}
	}
	return nil
}
