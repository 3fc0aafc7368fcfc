package chart

import (
	"fmt"
	"strings"
	"testing"
)

// Values become what they are for.
func TestValues(t *testing.T) {
	all := render(t, "--values", everything)
	c, text := configuration(t, all, "k8slog", "fluent-bit.yaml")
	for option, want := range map[string]string{
		"endpoint": "https://logs.example.com/ingest", "tenant": "team-a", "cluster_name": "everything", "compression": "zstd",
		"headers": "X-Source: k8slog", "authorization_file": "/var/run/secrets/k8slog/auth/token",
		"header_files": "X-Api-Key: /var/run/secrets/k8slog/auth/api-key", "ca_file": "/var/run/secrets/k8slog/ca/ca.crt",
		"client_cert_file": "/var/run/secrets/k8slog/client/tls.crt", "client_key_file": "/var/run/secrets/k8slog/client/tls.key",
		"server_name": "logs.example.com", "rate_limit_bytes": "1MiB", "merge_log": "on", "batch_wait": "100ms", "id_key": "<nil>",
		"metadata": "api", "metadata_path": "/var/lib/k8slog/metadata", "metadata_labels": "app*, namespace:team", "metadata_annotations": "example.com/*",
		"metadata_fields": "owner, image", "metadata_steer": "exclude, parser", "time_zone": "Europe/Berlin", "rules_file": "/etc/k8slog-rules/rules.yaml",
		"disk_ledger_exclude": "/var/log/containers/${POD_NAME}_${POD_NAMESPACE}_*.log,/var/log/containers/*_noise_*.log,/var/log/containers/debug-*.log",
	} {
		if got := fmt.Sprint(c.Pipeline.Outputs[0][option]); got != want {
			t.Errorf("%s is %q, and not %q", option, got, want)
		}
	}
	if c.Pipeline.Inputs[0]["exclude_path"] != c.Pipeline.Outputs[0]["disk_ledger_exclude"] {
		t.Error("tail and the ledger of the disk leave out different files")
	}
	if _, ok := c.Service["storage.sync"]; ok || c.Service["flush"] != "2" || c.Service["log_level"] != "warn" {
		t.Errorf("the service is %v", c.Service)
	}
	for _, want := range []string{
		`path: "/var/log/kubelet.log,/var/log/auth.log"`, `systemd_filter: ["_SYSTEMD_UNIT=kubelet.service","_SYSTEMD_UNIT=containerd.service"]`,
		`path: "/var/log/journal"`, "- name: dummy", "- name: record_modifier", "- name: words",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the configuration has no %s", want)
		}
	}
	c, _ = configuration(t, all, "k8slog-direct", "direct.yaml")
	for _, input := range c.Pipeline.Inputs {
		if input["tls"] != "on" || input["tls.verify_client_cert"] != "on" {
			t.Errorf("an input without TLS: %v", input)
		}
	}
	for option := range c.Pipeline.Outputs[0] {
		if strings.HasPrefix(option, "disk_ledger") || strings.HasPrefix(option, "metadata") || option == "offset_key" {
			t.Errorf("what is not read from files has the option %s", option)
		}
	}
}

// What can be left out is not there.
func TestSwitchedOff(t *testing.T) {
	all := render(t, "--set", "metadata.enabled=false,logs.node.enabled=false,logs.journal.enabled=false,hostPaths.docker=,hostPaths.runLogs=,seLinuxType=,priorityClass.create=false,serviceAccount.create=false,probes.enabled=false")
	c, _ := configuration(t, all, "k8slog", "fluent-bit.yaml")
	if len(c.Pipeline.Inputs) != 1 || c.Pipeline.Inputs[0]["tag"] != "containers" {
		t.Errorf("the inputs are %v", c.Pipeline.Inputs)
	}
	if len(all) != 2 {
		t.Errorf("there are %d objects", len(all))
	}
	set := fmt.Sprint(all["DaemonSet/k8slog"])
	for _, without := range []string{"docker", "run/log", "seLinuxOptions", "priorityClassName", "Probe"} {
		if strings.Contains(set, without) {
			t.Errorf("the DaemonSet has %s", without)
		}
	}
}

// Access to the API server is there only where metadata is wanted.
func TestAccessOnlyForMetadata(t *testing.T) {
	for _, on := range []bool{true, false} {
		all := render(t, "--set", fmt.Sprint("metadata.enabled=", on))
		if (all["ClusterRole/logging-k8slog"] != nil) != on || (all["ClusterRoleBinding/logging-k8slog"] != nil) != on {
			t.Errorf("metadata %v: %v", on, all["ClusterRole/logging-k8slog"])
		}
		if got := all["DaemonSet/k8slog"].At("spec", "template", "spec", "automountServiceAccountToken"); got != on {
			t.Errorf("metadata %v: the token is mounted: %v", on, got)
		}
	}
}

// A change of the configuration or of the rules changes the pods, and nothing else
// does.
func TestChecksums(t *testing.T) {
	pod := func(flags ...string) string {
		return fmt.Sprint(render(t, flags...)["DaemonSet/k8slog"].At("spec", "template"))
	}
	before := pod()
	if again := pod("--set", "prometheusRule.enabled=true"); again != before {
		t.Error("an alert rolls the pods")
	}
	for _, set := range []string{"options.batch_wait=1s", "service.flush=5", "cluster=other", `rules[0].name=a`} {
		if pod("--set", set) == before {
			t.Errorf("%s does not roll the pods", set)
		}
	}
}

// The image has a tag or a digest, and that of the chart's version without one.
func TestImage(t *testing.T) {
	for set, want := range map[string]string{
		"image.repository=r/k":           "r/k:0.1.0",
		"image.tag=1.2":                  "k8slog:1.2",
		"image.digest=sha256:" + digest0: "k8slog@sha256:" + digest0,
	} {
		set := render(t, "--set", set)["DaemonSet/k8slog"]
		if got := set.At("spec", "template", "spec", "containers").([]any)[0].(map[string]any)["image"]; got != want {
			t.Errorf("the image is %v, and not %s", got, want)
		}
	}
}

var digest0 = strings.Repeat("0", 64)
