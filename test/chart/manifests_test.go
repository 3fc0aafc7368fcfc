package chart

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent/session"
)

var update = flag.Bool("update", false, "write the generated files")

// copies are the files of the chart that are copies: Helm reads nothing outside of
// the chart.
var copies = map[string]string{
	"alerts.yaml":                "deploy/monitoring/alerts.yaml",
	"dashboard.json":             "deploy/monitoring/dashboard.json",
	"conf/fluent-bit.yaml":       "conf/fluent-bit.yaml",
	"conf/direct.yaml":           "conf/direct.yaml",
	"conf/clusters/default.yaml": "conf/clusters/default.yaml",
}

// manifests are the plain manifests, with the values that they are rendered with.
var manifests = map[string]struct {
	head  string
	flags []string
}{
	"daemonset.yaml": {
		`# An agent on every node, without labels of pods: it needs no access to the API server,
# because the names of the files say who wrote a log. Set the image and the three values that are marked
# below, then: kubectl apply -f daemonset.yaml. After a later change of the ConfigMap:
# kubectl -n logging rollout restart daemonset/k8slog.
`,
		[]string{"--set", "namespace.create=true,metadata.enabled=false"},
	},
	"direct.yaml": {
		`# A Fluent Bit on every node for applications that send their logs themselves. They
# find it at the address of the node (Downward API: status.hostIP): forward at port
# 24224, JSON over HTTP at 9880, OTLP at 4318, all of them over TLS. The NetworkPolicy
# says who may send: here, every pod of a namespace with the label logging=direct. Set
# the image and the values that are marked below. The certificate is that of the nodes'
# addresses, or of a name that the applications expect:
# kubectl -n logging create secret tls k8slog-direct --cert=tls.crt --key=tls.key.
`,
		[]string{
			"--set", "namespace.create=true,direct.enabled=true,direct.tls.secret=k8slog-direct,serviceAccount.create=false,priorityClass.create=false",
			"--set", "direct.networkPolicy.from[0].namespaceSelector.matchLabels.logging=direct",
			"--show-only", "templates/namespace.yaml", "--show-only", "templates/direct.yaml",
		},
	},
}

// The generated files are what they are generated from. make manifests writes them.
func TestGeneratedManifests(t *testing.T) {
	needsHelm(t)
	backends, err := filepath.Glob(filepath.Join(session.Root, "conf/backends/*.yaml"))
	if err != nil || len(backends) == 0 {
		t.Fatal("no backends", err)
	}
	for _, path := range backends {
		copies["conf/backends/"+filepath.Base(path)] = "conf/backends/" + filepath.Base(path)
	}
	for name, from := range copies {
		text, err := os.ReadFile(filepath.Join(session.Root, from))
		if err != nil {
			t.Fatal(err)
		}
		generated(t, filepath.Join(Folder, "files", name), string(text))
	}
	for name, m := range manifests {
		text, err := Template(append([]string{"--set", "backend=loki,endpoint=http://loki.logging:3100,cluster=production"}, m.flags...)...)
		if err != nil {
			t.Fatal(err)
		}
		generated(t, filepath.Join(session.Root, "deploy", name),
			"# Generated from the chart in deploy/helm/k8slog, by \"make manifests\".\n"+m.head+plain(text))
	}
}

// generated compares a file with what it must hold, or writes it.
func generated(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != text {
		t.Errorf("%s is not what it is generated from; run make manifests (%v)", path, err)
	}
}

var (
	ofHelm = regexp.MustCompile(`(?m)^ +(app.kubernetes.io/managed-by|helm.sh/chart|app.kubernetes.io/instance|checksum/[a-z]+):.*\n|^# Source:.*\n`)
	empty  = regexp.MustCompile(`(?m)^ +annotations:\n +# A change of the configuration.*\n|^ +annotations:\n( +spec:\n)`)
	marked = regexp.MustCompile(`(?m)^ +(image|backend|endpoint|cluster_name|- namespaceSelector): .*$|^ +logging: direct$`)
	blank  = regexp.MustCompile(`(?m)^\s*\n(---\n)`)
)

// plain removes from rendered manifests what is Helm's, and marks what must be set.
func plain(text string) string {
	text = ofHelm.ReplaceAllString(text, "")
	text = empty.ReplaceAllString(text, "$1")
	text = marked.ReplaceAllString(text, "$0 # <-")
	text = blank.ReplaceAllString(text, "$1")
	return strings.TrimRight(text, "\n") + "\n"
}
