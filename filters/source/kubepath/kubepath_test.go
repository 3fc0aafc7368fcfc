package kubepath

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

const (
	id        = "e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e"
	uid       = "b5765594-98b2-11e8-8483-42010a8a0017"
	staticUID = "0123456789abcdef0123456789abcdef"
	prefix    = "kube.var.log.containers."
)

// show returns a source on one line, without unknown parts.
func show(s filters.Source, ok bool) string {
	if !ok {
		if !reflect.DeepEqual(s, filters.Source{}) {
			return fmt.Sprintf("refused, and yet %+v", s)
		}
		return ""
	}
	out := ""
	for _, part := range []struct{ name, value string }{
		{"ns", s.Namespace}, {"pod", s.Pod}, {"c", s.Container}, {"id", s.ContainerID}, {"uid", s.PodUID},
		{"component", s.Component}, {"node", s.Node}, {"cluster", s.Cluster},
	} {
		if part.value != "" {
			out += " " + part.name + "=" + part.value
		}
	}
	if s.Restart != nil {
		out += fmt.Sprint(" restart=", *s.Restart)
	}
	if s.Kind != filters.Container {
		out += " kind?"
	}
	return strings.TrimSpace(out)
}

var names = []struct{ name, file, want string }{
	// Names of log files on real nodes.
	{"deployment", "blog-84bd9f6d5b-9f6kt_default_blog-" + id + ".log", "ns=default pod=blog-84bd9f6d5b-9f6kt c=blog id=" + id},
	{"dots in the pod", "fluentd-gcp-v2.0.9-5kd4h_kube-system_fluentd-gcp-6330ce359fb5c54012b85c1d6d57eb076578b15fbca1150f341e16f5f61f0655.log",
		"ns=kube-system pod=fluentd-gcp-v2.0.9-5kd4h c=fluentd-gcp id=6330ce359fb5c54012b85c1d6d57eb076578b15fbca1150f341e16f5f61f0655"},
	{"hyphens in the container", "fluentd-gcp-v2.0.9-5kd4h_kube-system_prometheus-to-sd-exporter-2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234.log",
		"ns=kube-system pod=fluentd-gcp-v2.0.9-5kd4h c=prometheus-to-sd-exporter id=2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"},

	{"static pod", "etcd-node-1.eu.example.com_kube-system_etcd-" + id + ".log", "ns=kube-system pod=etcd-node-1.eu.example.com c=etcd id=" + id},
	{"a pod named like a file", "a.log_b_c-" + id + ".log", "ns=b pod=a.log c=c id=" + id},
	{"digits only", "1_2_3-" + id + ".log", "ns=2 pod=1 c=3 id=" + id},
	{"a container named like an id", "a_b_" + id[:20] + "-" + id + ".log", "ns=b pod=a c=" + id[:20] + " id=" + id},
	{"no id", "a_b_c.log", "ns=b pod=a c=c"},
	{"an id that is too short", "a_b_c-" + id[:63] + ".log", ""},
	{"an id that is short enough for a name", "a_b_c-abc.log", "ns=b pod=a c=c-abc"},
	{"two hyphens", "a_b_c--" + id + ".log", ""},

	{"nothing", "", ""},
	{"only a suffix", ".log", ""},
	{"another file", "kubelet.log", ""},
	{"no suffix", "a_b_c-" + id, ""},
	{"rotated", "a_b_c-" + id + ".log.1", ""},
	{"one underscore", "a_b-" + id + ".log", ""},
	{"three underscores", "a_b_c_d-" + id + ".log", ""},
	{"no pod", "_b_c-" + id + ".log", ""},
	{"no namespace", "a__c-" + id + ".log", ""},
	{"no container", "a_b_-" + id + ".log", ""},
	{"an empty container", "a_b_.log", ""},
	{"upper case", "A_b_c-" + id + ".log", ""},
	{"upper case in the id", "a_b_c-" + strings.ToUpper(id) + ".log", ""},
	{"a dot in the namespace", "a_b.x_c-" + id + ".log", ""},
	{"a namespace that is too long", "a_" + strings.Repeat("b", 64) + "_c-" + id + ".log", ""},
	{"a hyphen at the end of the namespace", "a_b-_c-" + id + ".log", ""},
	{"a quote", "a\"_b_c-" + id + ".log", ""},
	{"a slash", "a/_b_c-" + id + ".log", ""},
	{"a line feed", "a_b_c\n-" + id + ".log", ""},
	{"not ASCII", "ä_b_c-" + id + ".log", ""},
}

func TestFromName(t *testing.T) {
	for _, c := range names {
		t.Run(c.name, func(t *testing.T) {
			if got := show(FromName(c.file)); got != c.want {
				t.Errorf("FromName(%q)\ngot  %s\nwant %s", c.file, got, c.want)
			}
			if got := show(FromTag(prefix+c.file, prefix)); got != c.want {
				t.Errorf("FromTag\ngot  %s\nwant %s", got, c.want)
			}
			if strings.Contains(c.file, "/") {
				return
			}
			for _, dir := range []string{"/var/log/containers/", "/host//var/log/containers/", "containers/"} {
				if got := show(FromPath(dir + c.file)); got != c.want {
					t.Errorf("FromPath in %s\ngot  %s\nwant %s", dir, got, c.want)
				}
			}
		})
	}
}

// The kubelet truncates names to 251 characters. FromName returns the names that are still
// complete.
func TestFromNameReadsTruncatedNames(t *testing.T) {
	for _, container := range []string{"web", "web-server", "a--b", "web-v2"} {
		for room := 0; room <= len("_default_"+container+"-"+id); room++ {
			pod := strings.Repeat("p", maxName-room)
			whole := pod + "_default_" + container + "-" + id
			name := whole[:maxName]
			s, ok := FromName(name + suffix)
			if room == 0 {
				if ok {
					t.Errorf("%q is nothing but the start of a name: %s", name, show(s, ok))
				}
				continue
			}
			if !ok || s.Kind != filters.Container || s.Pod != pod {
				t.Fatalf("cut after %q: %s", whole[maxName-room:maxName], show(s, ok))
			}
			want := map[bool]string{room > len("_default"): "default"}[true]
			if s.Namespace != want {
				t.Errorf("cut after %q: namespace %q", name[len(pod):], s.Namespace)
			}
			if !strings.HasPrefix(container, s.Container) || !strings.HasPrefix(id, s.ContainerID) && room > len("_default_"+container) {
				t.Errorf("cut after %q: container %q, id %q", name[len(pod):], s.Container, s.ContainerID)
			}
			if inID := room - len("_default_"+container+"-"); inID >= 0 && (s.Container != container || s.ContainerID != id[:inID]) {
				t.Errorf("cut after %q: container %q, id %q", name[len(pod):], s.Container, s.ContainerID)
			}
		}
	}
}

// A name of any other length is not truncated, so it must be complete.
func TestOnlyTruncatedNamesCanBeIncomplete(t *testing.T) {
	for _, n := range []int{maxName - 1, maxName + 1} {
		for _, tail := range []string{"_default", "_default_", "_default_web-", "_default_web-e3e2$"} {
			if name := strings.Repeat("p", n-len(tail)) + tail + suffix; show(FromName(name)) != "" {
				t.Errorf("%d characters, %s: %s", n, tail, show(FromName(name)))
			}
		}
	}
}

func TestFromPathReadsPodDirectories(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"/var/log/pods/default_blog-84bd9f6d5b-9f6kt_" + uid + "/blog/0.log", "ns=default pod=blog-84bd9f6d5b-9f6kt c=blog uid=" + uid + " restart=0"},
		{"/var/log/pods/kube-system_etcd-node.example.com_" + staticUID + "/etcd/12.log", "ns=kube-system pod=etcd-node.example.com c=etcd uid=" + staticUID + " restart=12"},
		{"/var/log/pods/a_b_" + uid + "/c/3.log.20260203-040506", "ns=a pod=b c=c uid=" + uid + " restart=3"},
		{"/var/log/pods/a_b_" + uid + "/c/3.log.20260203-040506.gz", "ns=a pod=b c=c uid=" + uid + " restart=3"},
		{"/host/var/log//pods/a_b_" + uid + "//c/3.log", "ns=a pod=b c=c uid=" + uid + " restart=3"},
		{"/var/log/pods/b5765594-98b2-11e8-8483-42010a8a0017/blog_0.log", "c=blog uid=" + uid + " restart=0"},
		{"/var/log/pods/82a88873-9d18-11e8-b3c9-42010a8a0140/prometheus-to-sd-exporter_10.log", "c=prometheus-to-sd-exporter uid=82a88873-9d18-11e8-b3c9-42010a8a0140 restart=10"},
		{"/var/log/pods/" + staticUID + "/etcd_1.log.20260203-040506", "c=etcd uid=" + staticUID + " restart=1"},
		{"/var/log/pods/" + uid + "/blog/0.log", "c=blog uid=" + uid + " restart=0"},
		{"/var/log/pods/" + staticUID + "/etcd/1.log.20260203-040506", "c=etcd uid=" + staticUID + " restart=1"},

		{"/var/log/pods/" + uid + "/Blog/0.log", ""},
		{"/var/log/pods/" + uid + "/blog/x.log", ""},
		{"/var/log/pods/" + uid[:35] + "/blog/0.log", ""},
		{"/var/log/pods/" + uid + "/blog_0/0.log", ""},
		{"/var/log/pods/a_b_" + uid + "/c/3.logs", ""},
		{"/var/log/pods/a_b_" + uid + "/c/log", ""},
		{"/var/log/pods/a_b_" + uid + "/c/-1.log", ""},
		{"/var/log/pods/a_b_" + uid + "/c/+1.log", ""},
		{"/var/log/pods/a_b_" + uid + "/c/99999999999999999999.log", ""},
		{"/var/log/pods/a_b_" + uid + "/C/0.log", ""},
		{"/var/log/pods/a_b_" + uid + "/c/d/0.log", ""},
		{"/var/log/pods/a_b_" + uid[:35] + "/c/0.log", ""},
		{"/var/log/pods/a_b_" + strings.ReplaceAll(uid, "-", "x") + "/c/0.log", ""},
		{"/var/log/pods/a_b_" + strings.ToUpper(uid) + "/c/0.log", ""},
		{"/var/log/pods/a_b/c/0.log", ""},
		{"/var/log/pods/a_b_c_" + uid + "/c/0.log", ""},
		{"/var/log/pods/a_B_" + uid + "/c/0.log", ""},
		{"/var/log/pods/" + uid + "/blog.log", ""},
		{"/var/log/pods/" + uid + "/blog_x.log", ""},
		{"/var/log/pods/" + uid + "/_0.log", ""},
		{"/var/log/pods/nouid/blog_0.log", ""},
		{"/var/lib/docker/containers/" + id + "/" + id + "-json.log", ""},
		{"/var/log/kubelet.log", ""}, {"", ""}, {"/", ""}, {"pods", ""}, {"containers", ""}, {"/var/log/containers/", ""},
	} {
		if got := show(FromPath(c.path)); got != c.want {
			t.Errorf("FromPath(%q)\ngot  %s\nwant %s", c.path, got, c.want)
		}
		// The tag of the same path has the same source.
		if !strings.HasPrefix(c.path, "/var/log/pods/") {
			continue
		}
		tag := "kube" + strings.ReplaceAll(c.path, "/", ".")
		if strings.Contains(c.path, "/d/0.log") {
			continue // the tag of a deeper directory equals that of a longer file name
		}
		if got := show(FromTag(tag, prefix)); got != c.want {
			t.Errorf("FromTag(%q)\ngot  %s\nwant %s", tag, got, c.want)
		}
	}
}

func TestFromTagNeedsItsPrefix(t *testing.T) {
	name := "a_b_c-" + id + ".log"
	for _, c := range []struct{ tag, prefix, want string }{
		{"k8s." + name, "k8s.", "ns=b pod=a c=c id=" + id},
		{name, "", "ns=b pod=a c=c id=" + id},
		{"kube.host.var.log.containers." + name, prefix, ""},
		{"other." + name, prefix, ""},
		{prefix, prefix, ""},
		{"", prefix, ""},
		{"kube.var.log.pods.", prefix, ""},
		{"kube.var.log.pods._", prefix, ""},
		{"kube.var.log.pods.a_b_" + uid, prefix, ""},
		{"k8s.pods.a_b_" + uid + ".c.0.log", "k8s.", ""}, // no folder is named: nothing is guessed
	} {
		if got := show(FromTag(c.tag, c.prefix)); got != c.want {
			t.Errorf("FromTag(%q, %q) = %s, want %s", c.tag, c.prefix, got, c.want)
		}
	}
}
