package chart

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/test/agent/session"
)

// backends are the values of backend, with what else each needs.
var backends = map[string][]string{
	"azure":                {"--set", "endpoint=http://127.0.0.1:8080,options.azure_dcr_id=dcr-00000000000000000000000000000000"},
	"cloudwatch":           nil,
	"elasticsearch":        {"--set", "endpoint=http://127.0.0.1:9200"},
	"file":                 nil,
	"google_cloud_logging": {"--set", "endpoint=http://127.0.0.1:8080"},
	"http":                 {"--set", "endpoint=http://127.0.0.1:8080/"},
	"loki":                 {"--set", "endpoint=http://127.0.0.1:3100"},
	"otlp":                 {"--set", "endpoint=http://127.0.0.1:4318"},
	"s3":                   {"--set", "options.bucket=logs"},
	"splunk":               {"--set", "endpoint=http://127.0.0.1:8088,auth.secret=s,auth.tokenKey=token"},
	"stdout":               nil,
	"victorialogs":         {"--set", "endpoint=http://127.0.0.1:9428"},
	"kafka":                {"--set-string", `endpoint=127.0.0.1:9092\,127.0.0.1:9093`},
	"syslog":               {"--set", "endpoint=127.0.0.1:6514"},
}

var everything = filepath.Join(Folder, "ci/everything-values.yaml")

// render renders the chart, or fails.
func render(t *testing.T, flags ...string) map[string]Object {
	t.Helper()
	needsHelm(t)
	text, err := Template(flags...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Objects(text)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Helm finds nothing wrong with the chart, with any backend and with every option.
func TestLint(t *testing.T) {
	needsHelm(t)
	cases := map[string][]string{"defaults": nil, "everything": {"--values", everything}}
	for name, flags := range backends {
		cases[name] = append([]string{"--set", "backend=" + name}, flags...)
	}
	for name, flags := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Helm(append([]string{"lint", "--strict", Folder}, flags...)...); err != nil {
				t.Error(err)
			}
		})
	}
}

// A value that is misspelt, or that cannot work, is an error that names it.
func TestRefusedValues(t *testing.T) {
	needsHelm(t)
	for set, want := range map[string]string{
		"backnd=loki":                                         "backnd",
		"backend=syslog":                                      "backend",
		"backend=loki":                                        "endpoint",
		"backend=stdout,endpoint=http://l:3100":               "backend stdout has no endpoint",
		"backend=loki,endpoint=loki:3100":                     "endpoint",
		"image.tag=latest":                                    "tag",
		"image.digest=abc":                                    "digest",
		"logs.jurnal.enabled=false":                           "jurnal",
		"terminationGracePeriodSeconds=20":                    "terminationGracePeriodSeconds",
		"backend=http,endpoint=http://l/,auth.tokenKey=token": "auth.secret",
		"extraInputs[0].tag=x":                                "name",
		"options.labels[0]=namespace":                         "labels",
	} {
		if out, err := Template("--set", set); err == nil {
			t.Errorf("%s is taken:\n%s", set, out)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error does not name %s: %v", set, want, err)
		}
	}
}

// conf is a configuration of Fluent Bit.
type conf struct {
	Plugins  []string
	Includes []string
	Service  map[string]string
	Parsers  []map[string]any
	Pipeline struct{ Inputs, Filters, Outputs []map[string]any }
}

// configuration returns that of a ConfigMap, and its text.
func configuration(t *testing.T, all map[string]Object, name, file string) (c conf, text string) {
	t.Helper()
	text, _ = all["ConfigMap/"+name].At("data", file).(string)
	if text == "" {
		t.Fatalf("no %s in the ConfigMap %s", file, name)
	}
	return readConf(t, text), text
}

func readConf(t *testing.T, text string) (c conf) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// shipped reads a file of conf/ for a node whose file system is at /.
func shipped(t *testing.T, name string) conf {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(session.Root, "conf", name))
	if err != nil {
		t.Fatal(err)
	}
	return readConf(t, strings.ReplaceAll(string(text), "${K8SLOG_NODE_ROOT}", ""))
}

// Without values, the chart has the configuration of conf/, but for what it has no
// value for, and for the metrics and the metadata.
func TestConfigurationIsTheShippedOne(t *testing.T) {
	for backend, flags := range backends {
		t.Run(backend, func(t *testing.T) {
			got, _ := configuration(t, render(t, append([]string{"--set", "metadata.enabled=false,backend=" + backend}, flags...)...), "k8slog", "fluent-bit.yaml")
			want := shipped(t, "fluent-bit.yaml")
			want.Pipeline.Outputs = shipped(t, "backends/"+backend+".yaml").Pipeline.Outputs
			maps.Copy(want.Service, map[string]string{"http_server": "on", "http_listen": "0.0.0.0", "http_port": "2020"})
			output := want.Pipeline.Outputs[0]
			output["status_listen"] = "0.0.0.0:2021"
			for name, value := range map[string]string{"endpoint": "", "azure_dcr_id": "", "brokers": "", "bucket": "", "syslog_addresses": "", "file_path": "/var/lib/k8slog/records.ndjson", "authorization_file": "/var/run/secrets/k8slog/auth/token"} {
				if _, ok := output[name]; ok && (name != "authorization_file" || backend == "splunk") {
					if output[name] = value; value == "" {
						output[name] = got.Pipeline.Outputs[0][name]
					}
				}
			}
			maps.DeleteFunc(output, func(_ string, v any) bool { return v == nil || strings.Contains(fmt.Sprint(v), "${K8SLOG_") })
			same(t, "the plugin", got.Plugins, want.Plugins)
			same(t, "the service", got.Service, want.Service)
			same(t, "the inputs", got.Pipeline.Inputs, want.Pipeline.Inputs)
			same(t, "the outputs", got.Pipeline.Outputs, want.Pipeline.Outputs)
		})
	}
}

// The value endpoint arrives at the plugin, whatever the option is called.
func TestEndpoint(t *testing.T) {
	for backend := range backends {
		option, address := "endpoint", "http://127.0.0.1:8080"
		switch backend {
		case "file", "stdout":
			continue // they have none
		case "kafka":
			option, address = "brokers", "127.0.0.1:9092"
		case "syslog":
			option, address = "syslog_addresses", "127.0.0.1:6514"
		}
		flags := []string{"--set", "backend=" + backend}
		got, _ := configuration(t, render(t, slices.Concat(flags, backends[backend], []string{"--set-string", "endpoint=" + address})...), "k8slog", "fluent-bit.yaml")
		if value := got.Pipeline.Outputs[0][option]; value != address {
			t.Errorf("%s: %s is %v", backend, option, value)
		}
	}
}

// same compares as texts: Fluent Bit reads nothing else.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	text := func(v any) string {
		out, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(": true", ": on", ": false", ": off", `"`, "").Replace(string(out))
	}
	if g, w := text(got), text(want); g != w {
		t.Errorf("%s are\n%s\nand not\n%s", what, g, w)
	}
}

// What a pod refers to is there: volumes, ConfigMaps, ports of the probes.
func TestReferences(t *testing.T) {
	all := render(t, "--values", everything)
	for _, kind := range []string{"Namespace/" + Namespace, "ConfigMap/k8slog-dashboard"} {
		if (all[kind] == nil) != strings.HasPrefix(kind, "Namespace") {
			t.Errorf("%s: %v", kind, all[kind])
		}
	}
	for _, name := range []string{"k8slog", "k8slog-direct"} {
		set := all["DaemonSet/"+name]
		pod := Object(set.At("spec", "template", "spec").(map[string]any))
		container := Object(pod["containers"].([]any)[0].(map[string]any))
		volumes := map[string]bool{}
		for _, v := range pod["volumes"].([]any) {
			volume := Object(v.(map[string]any))
			volumes[fmt.Sprint(volume["name"])] = true
			if m := volume.At("configMap", "name"); m != nil && m != "authority" && all[fmt.Sprint("ConfigMap/", m)] == nil {
				t.Errorf("%s: no ConfigMap %v", name, m)
			}
		}
		mounted := map[string]bool{}
		for _, m := range container["volumeMounts"].([]any) {
			mounted[fmt.Sprint(m.(map[string]any)["name"])] = true
		}
		if !maps.Equal(volumes, mounted) {
			t.Errorf("%s: volumes %v, mounted %v", name, volumes, mounted)
		}
		var ports []string
		for _, p := range container["ports"].([]any) {
			ports = append(ports, fmt.Sprint(p.(map[string]any)["name"]))
		}
		for _, probe := range []string{"livenessProbe", "readinessProbe"} {
			if port := fmt.Sprint(container.At(probe, "httpGet", "port")); !slices.Contains(ports, port) {
				t.Errorf("%s: %s asks port %s of %v", name, probe, port, ports)
			}
		}
		if class := fmt.Sprint(pod["priorityClassName"]); all["PriorityClass/"+class] == nil {
			t.Errorf("%s: no priority class %s", name, class)
		}
		if account := fmt.Sprint(pod["serviceAccountName"]); all["ServiceAccount/"+account] == nil {
			t.Errorf("%s: no service account %s", name, account)
		}
		labels := Object(set.At("spec", "template", "metadata", "labels").(map[string]any))
		for label, value := range set.At("spec", "selector", "matchLabels").(map[string]any) {
			if labels[label] != value {
				t.Errorf("%s: selects %s=%v, and has %v", name, label, value, labels)
			}
		}
	}
}
