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
		complete     bool
	}{
		{"labels and name", `{"Name":"/k8s_web_web-1_shop_u_3",` + labels + `}`, "shop/web-1/web/u/3", true},
		{"an image's own labels", `{"Name":"/x",` + labels + `}`, "//x//", true},
		{"a name that is none", `{"Name":"/k8s_{}_web-1_shop_u_3"}`, "//k8s_{}_web-1_shop_u_3//", true},
		{"name only", `{"Name":"/k8s_web_web-1_shop_u_3"}`, "shop/web-1/web/u/3", true},
		{"a plain container", `{"Name":"/registry","Config":{"Labels":null}}`, "//registry//", true},
		{"broken", `{"Name":"/k8s_web`, "////", false},
		{"absent", "", "////", false},
		{"huge", `{"Name":"/registry","x":"` + strings.Repeat("x", maxConfig) + `"}`, "////", false},
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
			s, complete := Read(filepath.Join(dir, id+"-json.log"))
			restart := ""
			if s.Restart != nil {
				restart = string(rune('0' + *s.Restart))
			}
			got := strings.Join([]string{s.Namespace, s.Pod, s.Container, s.PodUID, restart}, "/")
			if got != test.want || complete != test.complete || s.ContainerID != id {
				t.Errorf("%q, complete %v, %+v", got, complete, s)
			}
		})
	}
}
