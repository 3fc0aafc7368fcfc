package cluster

import "strings"

// The agent is installed as the documentation says, with the shipped chart.

const (
	release   = "k8slog"
	namespace = "logging"
)

// install installs the agent, and waits until its pod is ready.
func (r *rig) install() {
	r.helm("install", release, chart, "--create-namespace", "-f", r.values("production"))
	r.ready()
}

// upgrade changes a value of the configuration, which rolls the agent out anew.
func (r *rig) upgrade() {
	before := r.agents()
	r.helm("upgrade", release, chart, "-f", r.values("staging"))
	r.ready()
	if r.agents() == before {
		r.Error("the upgrade did not roll the agent out anew")
	}
}

// rollback brings the release before back.
func (r *rig) rollback() {
	r.helm("rollback", release)
	r.ready()
}

// uninstall removes the agent.
func (r *rig) uninstall() { r.helm("uninstall", release) }

const chart = "../../deploy/helm/k8slog"

// values writes the values of the release.
func (r *rig) values(cluster string) (path string) {
	repository, tag, _ := strings.Cut(AgentImage, ":")
	path = r.path("values.yaml")
	r.write(path, `image: {repository: "`+repository+`", tag: "`+tag+`"}
backend: http
endpoint: "`+r.sink.URL+`"
cluster: `+cluster+`
metadata:
  enabled: true
  annotations: "example.com/*"
`)
	return path
}

func (r *rig) helm(args ...string) {
	r.Helper()
	_, err := r.Helm(append(args, "-n", namespace, "--wait", "--timeout", "3m")...)
	r.must(err)
}

func (r *rig) ready() {
	r.Helper()
	r.kubectl("rollout", "status", "daemonset/"+release, "-n", namespace, "--timeout=2m")
}

// agents returns the names of the agent's pods.
func (r *rig) agents() string {
	return r.kubectl("get", "pods", "-n", namespace, "-o", "name")
}
