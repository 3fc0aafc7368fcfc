package dockerdir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const id = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"

func TestID(t *testing.T) {
	for p, ok := range map[string]bool{
		"/var/lib/docker/containers/" + id + "/" + id + "-json.log":     true,
		"/host/docker/" + id + "/" + id + "-json.log.1":                 true,
		"/var/lib/docker/containers/" + id + "/" + id + "-other.log":    false,
		"/var/lib/docker/containers/" + id[1:] + "/" + id + "-json.log": false,
		"/var/log/containers/a_b_c-" + id + ".log":                      false,
		"": false,
	} {
		if got, is := ID(p); is != ok || ok && got != id {
			t.Errorf("%q: %q, %v", p, got, is)
		}
	}
}

func TestRead(t *testing.T) {
	const labels = `"Config":{"Labels":{"io.kubernetes.pod.name":"web-1","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"u","io.kubernetes.container.name":"web"}}`
	for _, test := range []struct {
		name, config string
		want         string // namespace/pod/container/uid/restart
		problem      string // empty: none
	}{
		{"labels and name", `{"Name":"/k8s_web_web-1_shop_u_3",` + labels + `}`, "shop/web-1/web/u/3", ""},
		{"labels of the image", `{"Name":"/x",` + labels + `}`, "//x//", ""},
		{"an invalid name", `{"Name":"/k8s_{}_web-1_shop_u_3"}`, "//k8s_{}_web-1_shop_u_3//", ""},
		{"name only", `{"Name":"/k8s_web_web-1_shop_u_3"}`, "shop/web-1/web/u/3", ""},
		{"a plain container", `{"Name":"/registry","Config":{"Labels":null}}`, "//registry//", ""},
		{"broken", `{"Name":"/k8s_web`, "////", "not a JSON object with a Name"},
		{"absent", "", "////", "no such file"},
		{"before Kubernetes 1.6", `{"Name":"/k8s_blog.5c2a3b1f_blog-1_shop_u_80706050"}`, "shop/blog-1/blog/u/", ""},
		{"its sandbox", `{"Name":"/k8s_POD.5c2a3b1f_blog-1_shop_u_80706050"}`, "shop/blog-1/POD/u/", ""},
		{"a pod's sandbox", `{"Name":"/k8s_POD_w_shop_u_0"}`, "shop/w/POD/u/0", ""},
		{"a sandbox with an invalid namespace", `{"Name":"/k8s_POD_w_Shop_u_0"}`, "//k8s_POD_w_Shop_u_0//", ""},
		{"with large arguments", `{"Args":["` + strings.Repeat("x", 5<<20) + `"],"Name":"/registry"}`, "//registry//", ""},
		{"a large configuration after the name", `{"Name":"/registry","x":"` + strings.Repeat("x", maxConfig), "//registry//", ""},
		{"too large", `{"Args":["` + strings.Repeat("x", maxConfig) + `"],"Name":"/registry"}`, "////", "more than 16777216 bytes"},
		{"invalid JSON with a password", `{"Config":{"Env":["PASSWORD=hunter2" "A"]},"Name":"/registry"}`, "////", "not a JSON object with a Name"},
		{"no name", `{"Config":{"Name":"x"}}`, "////", "not a JSON object with a Name"},
		{"a name that is no text", `{"Name":{"x":1}}`, "////", "not a JSON object with a Name"},
		{"no object", `["Name"]`, "////", "not a JSON object with a Name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), id)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if test.config != "" {
				if err := os.WriteFile(filepath.Join(dir, "config.v2.json"), []byte(test.config), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			s, err := Read(filepath.Join(dir, id+"-json.log"))
			restart := ""
			if s.Restart != nil {
				restart = string(rune('0' + *s.Restart))
			}
			got := strings.Join([]string{s.Namespace, s.Pod, s.Container, s.PodUID, restart}, "/")
			problem := ""
			if err != nil {
				problem = err.Error()
			}
			if got != test.want || (problem == "") != (test.problem == "") || !strings.Contains(problem, test.problem) || strings.Contains(problem, "hunter2") || s.ContainerID != id {
				t.Errorf("%q, %q, %+v", got, problem, s)
			}
		})
	}
}
