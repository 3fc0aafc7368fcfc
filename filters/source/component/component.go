// Package component lists the components of a node and their log files.
package component

import (
	"path"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// File is a log file and the component that writes it.
type File struct {
	Path      string // relative to /var/log
	Component string
}

// Files are the log files of components, as Kubernetes' fluentd-gcp addon collected them, and
// the files of the host's syslog. The component of a syslog file is named after the file: the
// lines state a program, but any process can write any program there (logger -t kubelet).
var Files = []File{
	{"salt/minion", "salt"},
	{"startupscript.log", "startupscript"},
	{"docker.log", "docker"},
	{"etcd.log", "etcd"},
	{"kubelet.log", "kubelet"},
	{"kube-proxy.log", "kube-proxy"},
	{"kube-apiserver.log", "kube-apiserver"},
	{"kube-controller-manager.log", "kube-controller-manager"},
	{"kube-scheduler.log", "kube-scheduler"},
	{"rescheduler.log", "rescheduler"},
	{"glbc.log", "glbc"},
	{"cluster-autoscaler.log", "cluster-autoscaler"},
	{"syslog", "syslog"},
	{"messages", "syslog"},
	{"daemon.log", "daemon"},
	{"auth.log", "auth"},
	{"secure", "auth"},
	{"kern.log", "kern"}, // and not kernel: a process can send lines as the kernel's
}

// FromPath returns the source of the log file at p. /var/log can be mounted in any directory.
// ok is false for a file that is not in Files.
func FromPath(p string) (source filters.Source, ok bool) {
	p = path.Clean(p)
	for _, f := range Files {
		if rest, ok := strings.CutSuffix(p, "/"+f.Path); ok && (path.Base(rest) == "log" || rest == "") {
			return filters.Source{Kind: filters.Component, Component: f.Component}, true
		}
	}
	return filters.Source{}, false
}

// TagPrefix precedes the name of a component in the tag of its input.
const TagPrefix = "component."

// FromTag returns the source of a tag such as component.kubelet. ok is false for a tag
// without TagPrefix.
func FromTag(tag string) (source filters.Source, ok bool) {
	name, ok := strings.CutPrefix(tag, TagPrefix)
	if !ok || name == "" {
		return filters.Source{}, false
	}
	return filters.Source{Kind: filters.Component, Component: name}, true
}
