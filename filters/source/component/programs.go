package component

import "github.com/k8slog/k8slog/filters"

// IsHostSyslog returns whether the component is that of the host's syslog files to which all
// programs write.
func IsHostSyslog(component string) bool { return component == "syslog" || component == "daemon" }

// Programs maps the name of a program in the host's syslog to its component.
var Programs = map[string]string{
	"kernel":                  "kernel",
	"containerd":              "containerd",
	"crio":                    "crio",
	"cri-o":                   "crio",
	"cri-dockerd":             "cri-dockerd",
	"dockerd":                 "docker",
	"docker":                  "docker",
	"etcd":                    "etcd",
	"kubelet":                 "kubelet",
	"kube-proxy":              "kube-proxy",
	"kube-apiserver":          "kube-apiserver",
	"kube-controller-manager": "kube-controller-manager",
	"kube-scheduler":          "kube-scheduler",
	"cluster-autoscaler":      "cluster-autoscaler",
	"salt-minion":             "salt",
	"startupscript":           "startupscript",
	"google-startup-scripts":  "startupscript",
}

// Sources returns the source of each of Programs on a node. render completes each of them,
// as source.Config.Render does.
func Sources(node, cluster string, render func(*filters.Source)) map[string]*filters.Source {
	sources := map[string]*filters.Source{}
	for program, component := range Programs {
		s := &filters.Source{Kind: filters.Component, Component: component, Node: node, Cluster: cluster}
		render(s)
		sources[program] = s
	}
	return sources
}
