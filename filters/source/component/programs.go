package component

import "github.com/k8slog/k8slog/filters"

// Shared says whether the files of a component are those in which all programs
// of the host write.
func Shared(component string) bool { return component == "syslog" || component == "daemon" }

// Programs are the programs whose lines in such a file belong to a component
// of the node, under the name that it has everywhere else.
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

// Sources returns the source of each of Programs on a node, with what render
// adds to it.
func Sources(node, cluster string, render func(*filters.Source)) map[string]*filters.Source {
	sources := map[string]*filters.Source{}
	for program, component := range Programs {
		s := &filters.Source{Kind: filters.Component, Component: component, Node: node, Cluster: cluster}
		render(s)
		sources[program] = s
	}
	return sources
}
