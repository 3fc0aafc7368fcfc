// Package component knows the log files of a node's own components.
package component

import (
	"path"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// File is a log file below /var/log and the component that writes it.
type File struct {
	Path      string // below /var/log
	Component string
}

// Files are the files that the classic node logging agent collects, and those
// of the host's syslog. The component of these is what the file is for; who
// wrote a line in them the line says (Programs).
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
	{"kern.log", "kernel"},
}

// FromPath returns the component that writes the file at p, wherever /var/log
// is mounted, and false for a file that is none of Files.
func FromPath(p string) (filters.Source, bool) {
	p = path.Clean(p)
	for _, f := range Files {
		if rest, ok := strings.CutSuffix(p, "/"+f.Path); ok && (path.Base(rest) == "log" || rest == "") {
			return filters.Source{Kind: filters.Component, Component: f.Component}, true
		}
	}
	return filters.Source{}, false
}

// TagPrefix is what stands before a component's name in the tag of its input.
const TagPrefix = "component."

// FromTag returns the component that a tag names (component.kubelet).
func FromTag(tag string) (filters.Source, bool) {
	name, ok := strings.CutPrefix(tag, TagPrefix)
	if !ok || name == "" {
		return filters.Source{}, false
	}
	return filters.Source{Kind: filters.Component, Component: name}, true
}
