package main

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/k8slog/k8slog/test/agent"
)

// collector is one of those that are compared.
type collector struct {
	name string
	ramp bool // it has a row in the case ramp
	// command returns how to run it once, with a folder of its own.
	command func(b *bench, at place) (command, error)
}

// place is where a run has its files: the logs are in root/var/log/containers, and
// what the collector keeps is in state, which is new.
type place struct{ root, state, receiver string }

func (p place) logs() string { return filepath.Join(p.root, "var/log/containers") }

type command struct {
	path      string
	args, env []string
}

// collectors returns all of them, those of another build or configuration of the
// plugin last.
func (b *bench) collectors() []*collector {
	all := []*collector{
		{"k8slog → VictoriaLogs, zstd", true, plugin("", "victorialogs", "zstd")},
		{"k8slog → HTTP, uncompressed", false, plugin("", "http", "none")},
		{"vlagent → JSON lines, zstd", true, vlagent("jsonline")},
		{"vlagent → native, zstd", false, vlagent("native")},
		{"OpenTelemetry Collector → OTLP, zstd", true, otelcol},
		{"Fluent Bit: multiline cri, kubernetes → HTTP, uncompressed", true, builtin},
		{"Fluent Bit: tail alone → HTTP, MessagePack", false, tailAlone},
	}
	if b.plugin != "" || len(b.changes) > 0 {
		all = append(all, &collector{"other k8slog → VictoriaLogs, zstd", true, plugin(b.plugin, "victorialogs", "zstd", b.changes...)},
			&collector{"other k8slog → HTTP, uncompressed", false, plugin(b.plugin, "http", "none", b.changes...)})
	}
	var some []*collector
	for _, c := range all {
		if b.only.MatchString(c.name) {
			some = append(some, c)
		}
	}
	return some
}

// plugin is this plugin with the shipped configuration. library is empty for the one of
// this build, and changes are those of the configuration.
func plugin(library, backend, compression string, changes ...string) func(*bench, place) (command, error) {
	return func(b *bench, at place) (command, error) {
		ours := agent.Plugin(b.root)
		conf, c, err := b.shipped(at)
		if err != nil {
			return command{}, err
		}
		if backend == "victorialogs" {
			if err := edit(filepath.Join(conf, "fluent-bit.conf"), "clusters/default.conf", "backends/victorialogs.conf"); err != nil {
				return command{}, err
			}
		}
		for _, name := range []string{"fluent-bit.conf", "clusters/default.conf", "backends/victorialogs.conf"} {
			if err := edit(filepath.Join(conf, name), changes...); err != nil {
				return command{}, err
			}
		}
		c.env = append(c.env, "K8SLOG_BACKEND="+backend, "K8SLOG_ENDPOINT=http://"+at.receiver+"/", "K8SLOG_COMPRESSION="+compression)
		return c, edit(filepath.Join(conf, "plugins.conf"), ours, cmp.Or(library, ours))
	}
}

// tailAlone is the least that Fluent Bit costs with the shipped inputs: nothing is
// decoded.
func tailAlone(b *bench, at place) (command, error) {
	conf, c, err := b.shipped(at)
	if err != nil {
		return command{}, err
	}
	return c, os.WriteFile(filepath.Join(conf, "clusters/default.conf"), []byte(output(at, "msgpack")), 0o644)
}

// shipped copies the shipped configuration for a node that has nothing but containers,
// and returns its folder and how to run it.
func (b *bench) shipped(at place) (conf string, c command, err error) {
	conf = filepath.Join(at.state, "conf")
	if err := agent.CopyConf(b.root, conf); err != nil {
		return "", c, err
	}
	for _, dir := range []string{"var/log/journal", "var/lib/k8slog"} {
		if err := os.RemoveAll(filepath.Join(at.root, dir)); err != nil {
			return "", c, err
		}
		if err := os.MkdirAll(filepath.Join(at.root, dir), 0o755); err != nil {
			return "", c, err
		}
	}
	return conf, command{b.fluentBit, []string{"-c", filepath.Join(conf, "fluent-bit.conf")}, []string{
		"K8SLOG_NODE_ROOT=" + at.root, "K8SLOG_JOURNAL=" + filepath.Join(at.root, "var/log/journal"),
		"K8SLOG_CLUSTER=", "NODE_NAME=node-1", "POD_NAME=agent", "POD_NAMESPACE=logging", "K8SLOG_STATUS=off",
	}}, nil
}

func edit(path string, changes ...string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.NewReplacer(changes...).Replace(string(text))), 0o644)
}

// vlagent is VictoriaMetrics' collector for Kubernetes.
func vlagent(format string) func(*bench, place) (command, error) {
	return func(b *bench, at place) (command, error) {
		kubeconfig, err := b.api.kubeconfig(at.state)
		if err != nil {
			return command{}, err
		}
		listen, err := freeAddress()
		return command{filepath.Join(b.root, "build/vlagent"), []string{
			"-kubernetesCollector", "-kubernetesCollector.logsPath=" + at.logs(), "-tmpDataPath=" + filepath.Join(at.state, "vlagent"),
			"-remoteWrite.url=http://" + at.receiver + "/insert/" + format, "-remoteWrite.format=" + format, "-httpListenAddr=" + listen,
			"-loggerLevel=WARN",
		}, []string{"KUBECONFIG=" + kubeconfig, "KUBERNETES_SERVICE_HOST="}}, err
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// otelcol is the OpenTelemetry Collector. Its batches are those of the batch
// processor's defaults, made by the exporter.
func otelcol(b *bench, at place) (command, error) {
	path := filepath.Join(at.state, "otelcol.yaml")
	err := os.WriteFile(path, fmt.Appendf(nil, `receivers:
  filelog:
    include: [%s/*.log]
    start_at: beginning
    include_file_path: true
    include_file_name: false
    operators: [{type: container}]
exporters:
  otlphttp:
    endpoint: http://%s
    compression: zstd
    sending_queue:
      block_on_overflow: true
      batch: {flush_timeout: 1s, min_size: 8192, max_size: 8192, sizer: items}
service:
  telemetry:
    logs: {level: warn}
    metrics: {level: none}
  pipelines:
    logs: {receivers: [filelog], exporters: [otlphttp]}
`, at.logs(), at.receiver), 0o644)
	return command{filepath.Join(b.root, "build/otelcol"), []string{"--config=file:" + path}, nil}, err
}

// builtinInput reads the logs as the shipped configuration does, and with what Fluent Bit
// has to decode them.
const builtinInput = `[SERVICE]
    flush                 1
    grace                 5
    log_level             warn
    storage.path          %[2]s/storage
    storage.sync          normal
    storage.checksum      off
    storage.max_chunks_up 128
[INPUT]
    name              tail
    path              %[1]s/*.log
    tag               kube.*
    multiline.parser  docker, cri
    db                %[2]s/tail.db
    storage.type      filesystem
    read_from_head    on
    refresh_interval  1
    buffer_chunk_size 64k
    buffer_max_size   16M
`

// builtin does the plugin's job with what Fluent Bit has.
func builtin(b *bench, at place) (command, error) {
	meta := filepath.Join(at.state, "meta")
	if err := os.MkdirAll(meta, 0o755); err != nil {
		return command{}, err
	}
	for i := range b.api.containers {
		pod := containerOf(i).pod
		text := fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"default","uid":"b5765594-98b2-11e8-8483-42010a8a0017"},"spec":{"nodeName":"node-1"},"status":{}}`, pod)
		if err := os.WriteFile(filepath.Join(meta, "default_"+pod+".meta"), []byte(text), 0o644); err != nil {
			return command{}, err
		}
	}
	prefix := "kube" + strings.ReplaceAll(at.logs(), "/", ".") + "."
	path := filepath.Join(at.state, "fluent-bit.conf")
	conf := fmt.Sprintf(builtinInput+`[FILTER]
    name                        kubernetes
    match                       kube.*
    kube_tag_prefix             %[3]s
    kube_meta_preload_cache_dir %[4]s
    labels                      off
    annotations                 off
`, at.logs(), at.state, prefix, meta) + output(at, "json_lines")
	return command{b.fluentBit, []string{"-c", path}, nil}, os.WriteFile(path, []byte(conf), 0o644)
}

func output(at place, format string) string {
	host, port, _ := net.SplitHostPort(at.receiver)
	return fmt.Sprintf("[OUTPUT]\n    name         http\n    match        *\n    host         %s\n    port         %s\n    format       %s\n    retry_limit  no_limits\n    workers      2\n",
		host, port, format)
}
