package plugin

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/pipeline"
	"github.com/k8slog/k8slog/test/chunktest"
)

// hotPath is the way from the chunk to the frame, of records from one source.
type hotPath struct {
	name    string
	options map[string]string
	tag     string
	fields  func(n int) []string
}

var hotPaths = []hotPath{
	{"docker/ndjson", map[string]string{"backend": "stdout"}, podTag, dockerLine},
	{"docker/loki", map[string]string{"backend": "loki", "endpoint": "http://localhost"}, podTag, dockerLine},
	{"docker/elasticsearch", map[string]string{"backend": "elasticsearch", "endpoint": "http://localhost"}, podTag, dockerLine},
	{"docker/elasticsearch ECS, dated", map[string]string{
		"backend": "elasticsearch", "endpoint": "http://localhost", "schema": "ecs", "index": "logs-{namespace|component|node}-{%Y.%m.%d}",
	}, podTag, dockerLine},
	{"component kubelet/elasticsearch ECS", map[string]string{"backend": "elasticsearch", "endpoint": "http://localhost", "schema": "ecs"},
		"component.kubelet", nodeLog("kubelet", `I0603 15:38:32.%06d       1 kubelet.go:2095] "SyncLoop UPDATE" source="api" pods=["kube-system/a","b"] n=3`).fields},
	{"application JSON, merged/elasticsearch", map[string]string{
		"backend": "elasticsearch", "endpoint": "http://localhost", "merge_log": "on",
	}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`{"log":"{\"level\":\"info\",\"ts\":\"2026-11-22T10:00:00Z\",\"msg\":\"request handled\",\"n\":%d}\n","stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`, n, n)}
	}},
	{"docker/victorialogs", map[string]string{"backend": "victorialogs", "endpoint": "http://localhost"}, podTag, dockerLine},
	{"docker/splunk", map[string]string{"backend": "splunk", "endpoint": "http://localhost"}, podTag, dockerLine},
	{"docker/cloudwatch", map[string]string{"backend": "cloudwatch", "endpoint": "http://localhost", "aws_region": "r"}, podTag, dockerLine},
	{"docker/cloudwatch, the text alone", map[string]string{"backend": "cloudwatch", "endpoint": "http://localhost", "aws_region": "r", "log_event": "text"}, podTag, dockerLine},
	{"docker/google_cloud_logging", googleOptions(), podTag, dockerLine},
	{"application JSON, merged/google_cloud_logging", mergeOptions(googleOptions(), "merge_log", "on"), podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00Z stdout F {"severity":"INFO","message":"a \\"request\\"","n":%d,"httpRequest":{"status":200},"logging.googleapis.com/labels":{"a":"b"},"logging.googleapis.com/trace":"projects/p/traces/5b8efff798038103d269b633813fc60c"}`, n)}
	}},
	{"docker/azure", azureOptions(), podTag, dockerLine},
	{"application JSON, merged/azure", mergeOptions(azureOptions(), "merge_log", "on"), podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00Z stdout F {"level":"info","msg":"a \\"request\\"","n":%d,"tags":["a","b"],"trace_id":"5b8efff798038103d269b633813fc60c"}`, n)}
	}},
	{"docker/kafka", map[string]string{
		"backend": "kafka", "brokers": "localhost:9092", "topic": "logs.{namespace|component|node}-{%Y.%m.%d}", "message_key": "{pod}/{container}", "id_key": "record_id",
	}, podTag, dockerLine},
	{"application JSON, merged/kafka, OTLP", map[string]string{
		"backend": "kafka", "brokers": "localhost:9092", "kafka_format": "otlp", "message_key": "{pod}/{container}", "merge_log": "on",
	}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00Z stdout F {"level":"info","msg":"a \\"request\\"","n":%d,"tags":["a","b"],"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"}`, n)}
	}},
	{"docker/s3", map[string]string{"backend": "s3", "endpoint": "http://localhost", "bucket": "logs"}, podTag, dockerLine},
	{"docker/syslog", map[string]string{"backend": "syslog", "syslog_addresses": "localhost:6514"}, podTag, dockerLine},
	{"application JSON, merged/syslog", map[string]string{"backend": "syslog", "syslog_addresses": "localhost:6514", "merge_log": "on"}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00Z stdout F {"level":"info","msg":"a \"request\"","n":%d,"ms":1.5,"tags":["a","b"]}`, n)}
	}},
	{"docker/otlp", map[string]string{"backend": "otlp", "endpoint": "http://localhost"}, podTag, dockerLine},
	{"application JSON, merged/otlp", map[string]string{
		"backend": "otlp", "endpoint": "http://localhost", "merge_log": "on",
	}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00Z stdout F {"level":"info","msg":"a \\"request\\"","n":%d,"ms":1.5,"tags":["a","b"],"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"}`, n)}
	}},
	{"docker/json array with ids", map[string]string{"backend": "http", "endpoint": "http://localhost", "http_format": "json", "id_key": "record_id"}, podTag, dockerLine},
	{"docker/preset of a vendor", map[string]string{"backend": "http", "endpoint": "http://localhost", "preset": "honeycomb"}, podTag, dockerLine},
	{"docker/loki with ids", map[string]string{"backend": "loki", "endpoint": "http://localhost", "id_key": "record_id"}, podTag, dockerLine},
	{"cri/ndjson", map[string]string{"backend": "stdout"}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00.%09dZ stderr F worker %d finished a job in 12 ms, queue length is now 4`, n, n)}
	}},
	{"docker by path/ndjson", map[string]string{"backend": "stdout", "path_key": "path"}, "containers", func(n int) []string {
		pod := fmt.Sprintf("/var/log/containers/web-%d_default_web-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log", n/10)
		return append([]string{"path", pod}, dockerLine(n)...)
	}},
	{"cri with a logger's header, multiline/ndjson", map[string]string{"backend": "stdout", "multiline": "all", "severity": "off"}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00.%09dZ stdout F 2026-11-22 10:00:00.123 [main] INFO  com.example.service.OrderService - order %d was accepted`, n, n)}
	}},
	{"docker by path, multiline/ndjson", map[string]string{
		"backend": "stdout", "path_key": "path", "offset_key": "offset", "multiline": "all",
	}, "containers", func(n int) []string {
		pod := fmt.Sprintf("/var/log/containers/web-%d_default_web-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log", n/10)
		return append([]string{"path", pod}, dockerLine(n)...)
	}},
	{"application JSON, merged/ndjson", map[string]string{
		"backend": "stdout", "merge_log": "on", "time_keys": "ts", "strip_ansi": "on",
	}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`{"log":"{\"level\":\"info\",\"ts\":\"2026-11-22T10:00:00Z\",\"msg\":\"request handled\",\"n\":%d}\n","stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`, n, n)}
	}},
	{"application logfmt, merged/ndjson", map[string]string{"backend": "stdout", "merge_log": "on"}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00Z stdout F level=warn msg="a \"slow\" request" n=%d`, n)}
	}},
	{"application JSON, rules/ndjson", map[string]string{"backend": "stdout", "rules_file": "testdata/rules.yaml"}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`{"log":"{\"level\":\"info\",\"msg\":\"card %d handled\",\"n\":%d}\n","stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`, n, n, n)}
	}},
	{"rules of other sources/ndjson", map[string]string{"backend": "stdout", "rules_file": "testdata/rules.yaml"},
		"kube.var.log.containers.a_b_c-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log", dockerLine},
	{"two destinations/ndjson", map[string]string{"backend": "stdout", "rules_file": "testdata/routes.yaml"}, podTag, dockerLine},
	{"routes of other sources/ndjson", map[string]string{"backend": "stdout", "rules_file": "testdata/routes.yaml"},
		"kube.var.log.containers.a_b_c-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log", dockerLine},
	nodeLog("kubelet", `I0603 15:38:32.%06d       1 proxier.go:345] Removing service port "default/monitoring:prometheus"`),
	nodeLog("kubelet, structured", `I0603 15:38:32.%06d       1 kubelet.go:2095] "SyncLoop UPDATE" source="api" pods=["kube-system/a","b"] n=3`),
	nodeLog("etcd", `2026-06-03 15:38:32.%06d I | etcdserver: applying snapshot at index 10001`),
	nodeLog("docker", `time="2026-06-03T15:38:32.%06dZ" level=warning msg="failed to \"exit\"" module=libcontainerd`),
	nodeLog("salt", `2026-06-03 15:38:32,066 [salt.state       ][INFO    ] Completed state [pkg%d]`),
	nodeLog("startupscript", `Jun  3 15:38:32 node-1 startupscript: step %d finished`),
	{"journald/ndjson", map[string]string{"backend": "stdout"}, "journald", func(n int) []string {
		return []string{"_SYSTEMD_UNIT", "kubelet.service", "PRIORITY", "6", "_PID", "812", "SYSLOG_IDENTIFIER", "kubelet",
			"MESSAGE", fmt.Sprintf("I0603 15:38:32.%06d     812 kubelet.go:2095] node is ready", n)}
	}},
	{"parsed/ndjson", map[string]string{"backend": "stdout"}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf("a \"quoted\" text, number %d\n", n), "stream", "stdout", "time", "2026-11-22T10:00:00.5Z"}
	}},
}

// googleOptions are those of a backend that asks no metadata server.
func googleOptions() map[string]string {
	return map[string]string{
		"backend": "google_cloud_logging", "endpoint": "http://localhost", "google_project": "p", "google_location": "l", "cluster_name": "c",
	}
}

// azureOptions are those of a backend that asks nobody for a token.
func azureOptions() map[string]string {
	return map[string]string{
		"backend": "azure", "endpoint": "http://localhost", "azure_dcr_id": "dcr-00000000000000000000000000000000", "id_key": "RecordId",
	}
}

// nodeLog is the log file of one of the node's components; format has a
// number in it.
func nodeLog(name, format string) hotPath {
	file, _, _ := strings.Cut(name, ",")
	return hotPath{"component " + name + "/ndjson", map[string]string{"backend": "stdout"}, "component." + file, func(n int) []string {
		return []string{"log", fmt.Sprintf(format, n)}
	}}
}

func dockerLine(n int) []string {
	return []string{"log", fmt.Sprintf(`{"log":"10.244.0.1 - - \"GET /api/v1/items/%d?page=2 HTTP/1.1\" 200 4711 \"-\" \"Mozilla/5.0\"\n","stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`, n, n)}
}

// encodeOnly processes chunks with a backend that accepts everything unread.
type encodeOnly struct {
	*pipeline.Pipeline
	records int
}

// Pack implements delivery.Sender.
func (e *encodeOnly) Pack([][]byte) (backend.Body, error) { return backend.Body{}, nil }

// Send implements delivery.Sender.
func (e *encodeOnly) Send(_ context.Context, b backend.Body) error {
	e.records += b.Items
	return nil
}

func newEncodeOnly(t testing.TB, options map[string]string) *encodeOnly {
	if options["backend"] == "s3" {
		options = mergeOptions(options, "store_dir", t.TempDir())
	}
	in, _ := start(t, options)
	in.config.BatchBytes = 64 << 20
	e := &encodeOnly{}
	config := in.pipelineConfig()
	to := e
	for i := range config.Destinations {
		config.Destinations[i].Batcher = delivery.New(to, in.deliveryConfig(in.config, nil))
		to = new(encodeOnly) // which counts for nobody
	}
	e.Pipeline = pipeline.New(config)
	t.Cleanup(func() {
		e.Close()
		for _, d := range config.Destinations {
			d.Batcher.Close()
		}
		e.Wait()
	})
	return e
}

// encode returns how many records a chunk has.
func (e *encodeOnly) encode(t testing.TB, tag string, data []byte) int {
	before := e.records
	if err := e.Process(tag, data, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return e.records - before
}

func (path *hotPath) chunk(records int) (data []byte) {
	for n := range records {
		data = chunktest.Append(data, int64(n)*1e6, path.fields(n)...)
	}
	return data
}

// checkAllocations fails when a chunk with 1000 records more costs an allocation
// for one record in twenty. A chunk costs some itself, and more where a worker is
// new.
func checkAllocations(t *testing.T, e *encodeOnly, tag string, few, more []byte) {
	t.Helper()
	if n := e.encode(t, tag, more) - e.encode(t, tag, few); n != 1000 {
		t.Fatalf("%d records", n)
	}
	count := func(data []byte) float64 {
		return testing.AllocsPerRun(20, func() { e.encode(t, tag, data) })
	}
	if extra := count(more) - count(few); extra > 50 {
		t.Errorf("%v allocations for 1000 records", extra)
	}
}

func TestHotPathAllocatesNothing(t *testing.T) {
	for _, path := range hotPaths {
		t.Run(path.name, func(t *testing.T) {
			checkAllocations(t, newEncodeOnly(t, path.options), path.tag, path.chunk(1000), path.chunk(2000))
		})
	}
}

func BenchmarkHotPath(b *testing.B) {
	for _, path := range hotPaths {
		b.Run(path.name, func(b *testing.B) {
			e, data := newEncodeOnly(b, path.options), path.chunk(1000)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			n := 0
			for b.Loop() {
				n += e.encode(b, path.tag, data)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/record")
		})
	}
}
