package kubepath

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// checkLegal fails unless Kubernetes allows all names in a source. Backends rely on that.
func checkLegal(t *testing.T, from string, s filters.Source, ok bool) {
	t.Helper()
	if !ok {
		if show(s, ok) != "" {
			t.Errorf("%q was refused: %+v", from, s)
		}
		return
	}
	const label = "abcdefghijklmnopqrstuvwxyz0123456789-"
	for _, part := range []struct {
		name, value, legal string
		most               int
	}{
		{"pod", s.Pod, label + ".", 253}, {"namespace", s.Namespace, label, 63}, {"container", s.Container, label, 63},
		{"id", s.ContainerID, "0123456789abcdef", 64}, {"uid", s.PodUID, "0123456789abcdef-", 36},
	} {
		if len(part.value) > part.most || strings.Trim(part.value, part.legal) != "" {
			t.Errorf("%q: %s %q", from, part.name, part.value)
		}
	}
	if s.Kind != filters.Container || s.Pod == "" && s.PodUID == "" || s.Component+s.Node+s.Cluster != "" ||
		s.Restart != nil && *s.Restart < 0 {
		t.Errorf("%q: %+v", from, s)
	}
}

func FuzzFromName(f *testing.F) {
	for _, c := range names {
		f.Add(c.file)
	}
	for _, tail := range []string{"", "_", "_default", "_default_", "_default_web", "_default_web-", "_default_web-e3e2", "_a_a--", "_a_--"} {
		f.Add(strings.Repeat("p", maxName-len(tail)) + tail + suffix)
	}
	f.Fuzz(func(t *testing.T, file string) {
		s, ok := FromName(file)
		checkLegal(t, file, s, ok)
		// Pad the name to the length of a truncated one.
		if n := maxName + len(suffix) - len(file); n > 0 {
			file = strings.Repeat("p", n) + file
			s, ok = FromName(file)
			checkLegal(t, file, s, ok)
		}
	})
}

func FuzzFromPath(f *testing.F) {
	f.Add("/var/log/pods/default_blog_" + uid + "/blog/0.log")
	f.Add("/var/log/pods/" + staticUID + "/etcd_1.log.20260203-040506")
	f.Add("/var/log/containers/a_b_c-" + id + ".log")
	f.Fuzz(func(t *testing.T, path string) {
		s, ok := FromPath(path)
		checkLegal(t, path, s, ok)
	})
}

func FuzzFromTag(f *testing.F) {
	f.Add(prefix+"a.b_c_d-"+id+".log", prefix)
	f.Add("kube.var.log.pods.default_blog.x_"+uid+".blog.0.log", prefix)
	f.Add("kube.var.log.pods."+uid+".blog_0.log.20260203-040506", prefix)
	f.Fuzz(func(t *testing.T, tag, prefix string) {
		s, ok := FromTag(tag, prefix)
		checkLegal(t, tag, s, ok)
	})
}

func BenchmarkFromName(b *testing.B) {
	file := "fluentd-gcp-v2.0.9-5kd4h_kube-system_prometheus-to-sd-exporter-" + id + ".log"
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		FromName(file)
	}
}

func BenchmarkFromPath(b *testing.B) {
	path := "/var/log/pods/kube-system_etcd-node.example.com_" + staticUID + "/etcd/12.log"
	b.SetBytes(int64(len(path)))
	b.ReportAllocs()
	for b.Loop() {
		FromPath(path)
	}
}
