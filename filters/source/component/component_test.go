package component

import (
	"maps"
	"slices"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// seeded are the files of the document that the project started from.
var seeded = map[string]string{
	"/var/log/salt/minion":                 "salt",
	"/var/log/startupscript.log":           "startupscript",
	"/var/log/docker.log":                  "docker",
	"/var/log/etcd.log":                    "etcd",
	"/var/log/kubelet.log":                 "kubelet",
	"/var/log/kube-proxy.log":              "kube-proxy",
	"/var/log/kube-apiserver.log":          "kube-apiserver",
	"/var/log/kube-controller-manager.log": "kube-controller-manager",
	"/var/log/kube-scheduler.log":          "kube-scheduler",
	"/var/log/rescheduler.log":             "rescheduler",
	"/var/log/glbc.log":                    "glbc",
	"/var/log/cluster-autoscaler.log":      "cluster-autoscaler",
}

// syslogs are the files of the host's syslog, by the names that they have on
// Debian and on Red Hat.
var syslogs = map[string]string{
	"/var/log/syslog": "syslog", "/var/log/messages": "syslog", "/var/log/daemon.log": "daemon",
	"/var/log/auth.log": "auth", "/var/log/secure": "auth", "/var/log/kern.log": "kern",
}

func TestFromPath(t *testing.T) {
	want := map[string]string{
		"/host/var/log/kubelet.log": "kubelet", "/log/etcd.log": "etcd", "/var//log/./salt/minion": "salt", "/kubelet.log": "kubelet",
		"": "", "/": "", "kubelet.log": "", "/var/log/kubelet.log.1": "", "/var/log/my-kubelet.log": "", "/var/log/minion": "",
		"/var/log/pods/kubelet.log": "", "/var/log/containers/etcd.log": "", "/home/user/kubelet.log": "", "/var/log/Kubelet.log": "",
		"/var/log/kubelet.log/..": "", "/var/log/salt/minion/x": "", "/var/catalog/kubelet.log": "",
		"/var/log/syslog.1": "", "/var/log/app/messages": "", "/var/log/my-syslog": "",
	}
	maps.Copy(want, seeded)
	maps.Copy(want, syslogs)
	for path, component := range want {
		s, ok := FromPath(path)
		if ok != (component != "") || s.Component != component || ok && s.Kind != filters.Component {
			t.Errorf("FromPath(%q) = %+v, %t, want %q", path, s, ok, component)
		}
	}
	if len(Files) != len(seeded)+len(syslogs) {
		t.Errorf("%d files, %d are tested", len(Files), len(seeded)+len(syslogs))
	}
}

func TestFromTag(t *testing.T) {
	for tag, want := range map[string]string{
		"component.kubelet": "kubelet", "component.kube-apiserver": "kube-apiserver",
		"component.": "", "component": "", "": "", "kube.component.kubelet": "", "components.kubelet": "", "kubelet": "",
	} {
		s, ok := FromTag(tag)
		if ok != (want != "") || s.Component != want || ok && s.Kind != filters.Component {
			t.Errorf("FromTag(%q) = %+v, %t, want %q", tag, s, ok, want)
		}
	}
}

func FuzzFromPath(f *testing.F) {
	for path := range seeded {
		f.Add("/host" + path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		s, ok := FromPath(path)
		known := slices.ContainsFunc(Files, func(f File) bool { return f.Component == s.Component })
		if ok != known || s.Pod+s.Namespace+s.Container != "" {
			t.Errorf("FromPath(%q) = %+v, %t", path, s, ok)
		}
	})
}

func BenchmarkFromPath(b *testing.B) {
	const path = "/var/log/cluster-autoscaler.log"
	b.SetBytes(int64(len(path)))
	b.ReportAllocs()
	for b.Loop() {
		FromPath(path)
	}
}
