package cluster

import (
	"os"
	"regexp"
	"strings"
)

// install installs the agent, and waits for its first record.
func (r *rig) install() {
	text, err := os.ReadFile("../../deploy/daemonset.yaml")
	r.must(err)
	manifest := strings.NewReplacer(
		"image: k8slog ", "image: "+AgentImage+" ",
		"value: loki ", "value: http ",
		"value: http://loki.logging:3100", "value: "+r.sink.URL,
	).Replace(string(text))
	r.must(os.WriteFile(r.path("agent.yaml"), []byte(manifest), 0o644))
	r.kubectl("create", "namespace", "logging")
	r.kubectl("apply", "-f", r.path("agent.yaml"))
	r.kubectl("rollout", "status", "daemonset/k8slog", "-n", "logging", "--timeout=1m")
}

// upgrade changes a value of the configuration, which rolls the agent out anew.
func (r *rig) upgrade() {
	text, err := os.ReadFile(r.path("agent.yaml"))
	r.must(err)
	changed := regexp.MustCompile(`value: production`).ReplaceAll(text, []byte("value: staging"))
	r.must(os.WriteFile(r.path("agent.yaml"), changed, 0o644))
	r.kubectl("apply", "-f", r.path("agent.yaml"))
	r.kubectl("rollout", "status", "daemonset/k8slog", "-n", "logging", "--timeout=2m")
}

// uninstall removes the agent.
func (r *rig) uninstall() { r.kubectl("delete", "-f", r.path("agent.yaml"), "--timeout=2m") }
