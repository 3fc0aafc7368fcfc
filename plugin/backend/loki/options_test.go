package loki

import (
	"reflect"
	"testing"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
)

func TestOptions(t *testing.T) {
	for value, want := range map[string][]Label{
		` job="k8s" , pod,app=$container`: {{Name: "job", Value: "k8s"}, {Name: "pod", Field: "pod"}, {Name: "app", Field: "container"}},
		"cluster":                         {{Name: "cluster", Field: "cluster"}},
	} {
		c, _, err := backendtest.Parse[Config]("backend", "loki", "endpoint", "http://h", "labels", value)
		if err != nil || !reflect.DeepEqual(c.Labels, want) {
			t.Errorf("%s: %+v, %v", value, c, err)
		}
	}
	if c, _, err := backendtest.Parse[Config]("backend", "loki", "endpoint", "http://h"); err != nil || len(c.Labels) != 6 || c.Credentials.Scheme != "Bearer" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, field := range labelFields {
		c, _, err := backendtest.Parse[Config]("backend", "loki", "endpoint", "http://h", "labels", field+", x=$"+field)
		if err != nil || len(c.Labels) != 2 || c.Labels[1] != (Label{Name: "x", Field: field}) {
			t.Errorf("%s: %v", field, err)
		}
	}
	for value, want := range map[string]int{"auto": 256 << 10, "64KiB": 64 << 10} {
		if got := newBackendAt(t, "endpoint", "http://h", "text_bytes", value).TextLimit(); got != (backend.TextLimit{Bytes: want}) {
			t.Errorf("%s: %+v", value, got)
		}
	}
}

func TestOptionsRefuse(t *testing.T) {
	const labels = "allowed: up to 15, separated by commas: a field (cluster, node, namespace, workload, pod, container, component, stream, severity; or a label of the pod, its namespace or its node, as label:key, namespace_label:key, node_label:key), name=$field, or name=constant"
	const many = "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1,o=1,p=1"
	for _, c := range []struct{ option, value, want string }{
		{"endpoint", "http://host/?token=secret", `option endpoint: has a query; ` + urls},
		{"endpoint", "http://host/loki/api/v1/push/", `option endpoint: contains the path of the protocol, which is appended to it; ` + urls},
		{"labels", "9a=b", `option labels: "9a=b" has a label without a name of letters, digits and underscores; ` + labels},
		{"labels", "pod,", `option labels: "pod," has a label without a name of letters, digits and underscores; ` + labels},
		{"labels", "=x", `option labels: "=x" has a label without a name of letters, digits and underscores; ` + labels},
		{"labels", "ä=x", `option labels: "ä=x" has a label without a name of letters, digits and underscores; ` + labels},
		{"labels", "pods", `option labels: "pods" has the unknown field "pods"; ` + labels},
		{"labels", "a=$log", `option labels: "a=$log" has the unknown field "log"; ` + labels},
		{"labels", "a=", `option labels: "a=" has the label a without a value; ` + labels},
		{"labels", "a=$", `option labels: "a=$" has the label a without a value; ` + labels},
		{"labels", "pod,pod=x", `option labels: "pod,pod=x" has the label pod twice; ` + labels},
		{"labels", many, `option labels: "` + many + `" has more than 15 labels; ` + labels},
		// To Loki, structured metadata with the name of a label is the label.
		{"id_key", "pods", `option id_key: "pods" is one of labels; allowed: another name`},
		{"merge_log_key", "app-log", `option merge_log_key: "app-log" is one of labels; allowed: another name`},
	} {
		set := []string{"backend", "loki", "endpoint", "http://h", "labels", "app_log=$container, pods=$pod", c.option, c.value}
		if _, _, err := backendtest.Parse[Config](set...); err == nil || err.Error() != c.want {
			t.Errorf("%s %s:\ngot  %v\nwant %s", c.option, c.value, err, c.want)
		}
	}
}

const urls = "allowed: http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100"
