package filters

import (
	"strings"
	"testing"
)

func TestWorkload(t *testing.T) {
	for pod, want := range map[string]string{
		"blog-84bd9f6d5b-9f6kt":             "blog",                  // a Deployment
		"my-blog-v2-5b9d8c4f7-x2x9z":        "my-blog-v2",            // a short hash
		"nginx-2371676037-x2x9z":            "nginx",                 // Kubernetes 1.7
		"fluentd-cloud-logging-x2x9z":       "fluentd-cloud-logging", // a DaemonSet
		"kube-proxy-v6v8d":                  "kube-proxy",
		"db-0":                              "db", // a StatefulSet
		"db-main-12":                        "db-main",
		"backup-28012345-x2x9z":             "backup", // a CronJob
		"backup-1533958920-x2x9z":           "backup",
		"import-x2x9z":                      "import",                            // a Job
		"etcd-node-1":                       "etcd",                              // a static pod
		"kube-apiserver-master.example.com": "kube-apiserver-master.example.com", // on another node
		"web":                               "web",
		"web-server":                        "web-server",
		"web-redis":                         "web-redis", // vowels
		"web-84bd9f6d5b":                    "web-84bd9f6d5b",
		"web-backend2-x2x9z":                "web-backend2", // not a hash
		"node-1":                            "node",
		"x2x9z":                             "x2x9z",
		"-x2x9z":                            "-x2x9z",
		"web-":                              "web-",
		"web-007":                           "web-007",
		"web-20181103":                      "web-20181103",
		"":                                  "",
		"-":                                 "-",
		"84bd9f6d5b-x2x9z":                  "84bd9f6d5b",
		strings.Repeat("a", 58) + "84bd9":   strings.Repeat("a", 58) + "84bd9",
	} {
		s := Source{Pod: pod, Node: "node-1"}
		if got := s.Workload(); got != want {
			t.Errorf("%s: %s, want %s", pod, got, want)
		}
	}
	if got := (&Source{Pod: "etcd-node-1"}).Workload(); got != "etcd-node" {
		t.Error(got)
	}
}

// The owner of a static pod is its node, as in the API. As a workload it has the name of its
// manifest, so that the control plane has the same one on every node.
func TestWorkloadOfTheAPI(t *testing.T) {
	for _, c := range []struct{ owner, want Owner }{
		{Owner{Kind: "Deployment", Name: "web"}, Owner{Kind: "Deployment", Name: "web"}},
		{Owner{Kind: "Node", Name: "node-1"}, Owner{Name: "etcd"}},
	} {
		m := NewMetadata()
		m.Owner, m.Sent.Owner = c.owner, c.owner
		s := Source{Pod: "etcd-node-1", Node: "node-1", Metadata: m}
		if s.SentWorkload() != c.want || s.Workload() != c.want.Name {
			t.Errorf("%v: %v, %s", c.owner, s.SentWorkload(), s.Workload())
		}
		m.Sent.Owner = Owner{}
		if got := s.SentWorkload(); got != (Owner{}) {
			t.Errorf("%v: %v is sent without the option", c.owner, got)
		}
	}
}

func FuzzWorkload(f *testing.F) {
	f.Add("blog-84bd9f6d5b-9f6kt", "node-1")
	f.Fuzz(func(t *testing.T, pod, node string) {
		got := (&Source{Pod: pod, Node: node}).Workload()
		if !strings.HasPrefix(pod, got) || got == "" && pod != "" {
			t.Errorf("%q became %q", pod, got)
		}
	})
}
