package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/chunktest"
)

// direct is an agent with the shipped configuration for applications that send,
// listening where nobody else does.
type direct struct {
	*session
	dir, path           string
	forward, http, otlp string // addresses
}

// runDirect starts one. The identity of the configuration may be another.
func runDirect(t *testing.T, a agent.Agent, format, identity string) *direct {
	t.Helper()
	d := &direct{dir: t.TempDir()}
	d.path = filepath.Join(d.dir, "records")
	conf := filepath.Join(d.dir, "conf")
	if err := agent.CopyConf(root, conf); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(d.dir, "node/var/lib/k8slog"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(conf, format)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer("0.0.0.0", "127.0.0.1",
		"identity                 none", "identity "+identity, "identity: none", "identity: "+identity)
	ports := []string{}
	for port, to := range map[string]*string{"24224": &d.forward, "9880": &d.http, "4318": &d.otlp} {
		free := strconv.Itoa(freePort(t))
		ports = append(ports, port, free)
		*to = "127.0.0.1:" + free
	}
	write(t, file, strings.NewReplacer(ports...).Replace(changed.Replace(string(text))))
	d.session = watch(t, func(log io.Writer) (*agent.Process, error) {
		return a.Start(file, "", []string{
			"K8SLOG_NODE_ROOT=" + filepath.Join(d.dir, "node"), "K8SLOG_CLUSTER=test", "NODE_NAME=node-1",
			"K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH=" + d.path,
		}, log)
	})
	for _, address := range []string{d.forward, d.http, d.otlp} {
		d.eventually("open port "+address, func() bool {
			c, err := net.DialTimeout("tcp", address, time.Second)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
	}
	return d
}

func (d *direct) post(url, body string) {
	d.t.Helper()
	response, err := http.Post("http://"+url, "application/json", strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode/100 != 2 {
		d.t.Fatalf("%s: %s", url, response.Status)
	}
}

// forwards sends a record by Fluent's forward protocol (message mode, with a
// chunk id), and waits for the acknowledgement.
func (d *direct) forwards(tag string, seconds uint32, body chunktest.Map) {
	d.t.Helper()
	c, err := net.Dial("tcp", d.forward)
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	message := append(chunktest.AppendString([]byte{0x94}, tag), 0xd7, 0x00)
	message = binary.BigEndian.AppendUint32(message, seconds)
	message = chunktest.AppendValue(append(message, 0, 0, 0, 5), body)
	message = chunktest.AppendValue(message, chunktest.Map{"chunk", "c1"})
	if _, err := c.Write(message); err != nil {
		d.t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	answer := make([]byte, 100)
	if n, err := c.Read(answer); err != nil || !bytes.Contains(answer[:n], []byte("c1")) {
		d.t.Fatalf("no acknowledgement: %q, %v", answer[:n], err)
	}
}

const (
	resourceJSON = `{"attributes":{"k8s.namespace.name":"shop","k8s.pod.name":"web-1","k8s.container.name":"web","k8s.pod.uid":"3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44","k8s.container.restart_count":3,"service.name":"checkout"}}`
	otlpRequest  = `{"resourceLogs":[{"resource":{"attributes":[
		{"key":"k8s.namespace.name","value":{"stringValue":"shop"}},{"key":"k8s.pod.name","value":{"stringValue":"web-1"}},
		{"key":"k8s.container.name","value":{"stringValue":"web"}},{"key":"k8s.pod.uid","value":{"stringValue":"3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44"}},
		{"key":"k8s.container.restart_count","value":{"intValue":"3"}},{"key":"service.name","value":{"stringValue":"checkout"}}]},
		"scopeLogs":[{"scope":{"name":"lib","version":"1"},"logRecords":[
		{"timeUnixNano":"1700000000123456789","observedTimeUnixNano":"1700000001000000000","severityNumber":18,"severityText":"ERROR2","body":{"stringValue":"it failed"},
			"attributes":[{"key":"http.status","value":{"intValue":"500"}}],"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"},
		{"timeUnixNano":"1700000000000000001","body":{"kvlistValue":{"values":[{"key":"message","value":{"stringValue":"structured"}},{"key":"level","value":{"stringValue":"warn"}},{"key":"kubernetes","value":{"stringValue":"evil"}}]}}},
		{"timeUnixNano":"1700000000000000003","body":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"}]}}},
		{"observedTimeUnixNano":"1700000000000000002","severityText":"DEBUG","body":{"stringValue":"{\"log\":\"inner\\n\",\"stream\":\"stdout\",\"time\":\"2018-08-11T03:42:05Z\"}"}}
		]}]}]}`
)

// otlpRecords are what that request becomes, with what the identity adds.
func otlpRecords(identity string) map[string]string {
	common := `,"node":"node-1","cluster":"test","resource":` + resourceJSON + `,"scope":{"name":"lib","version":"1"}` + identity + `}`
	return map[string]string{
		"it failed": `{"time":"2023-11-14T22:13:20.123456789Z","severity":"critical","severity_number":18,"severity_text":"ERROR2","observed_timestamp":1700000001000000000,` +
			`"attributes":{"http.status":500},"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"` + common,
		"structured": `{"time":"2023-11-14T22:13:20.000000001Z","severity":"warn","severity_number":13,"level":"warn","field_kubernetes":"evil"` + common,
		`["a",1]`:    `{"time":"2023-11-14T22:13:20.000000003Z"` + common,
		`{"log":"inner\n","stream":"stdout","time":"2018-08-11T03:42:05Z"}`: `{"time":"2023-11-14T22:13:20.000000002Z","severity":"debug","severity_number":5,"observed_timestamp":1700000000000000002` + common,
	}
}

// needsExactTimes skips a test of records of OTLP where Fluent Bit is older than 5: its
// opentelemetry input is up to 4.3 s off.
func needsExactTimes(t *testing.T, a agent.Agent) {
	t.Helper()
	needsMajor(t, a, 5, "the times of OTLP records are up to 4.3 s off before")
}

// needsMajor skips a test where Fluent Bit is older than a major version.
func needsMajor(t *testing.T, a agent.Agent, major int, why string) {
	t.Helper()
	if before, err := a.Before(major); err != nil {
		t.Fatal(err)
	} else if before {
		t.Skipf("needs Fluent Bit %d: %s", major, why)
	}
}

func eachDirect(t *testing.T, test func(t *testing.T, a agent.Agent, format string)) {
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	for _, format := range formats(a, "direct") {
		t.Run(format, func(t *testing.T) { test(t, a, format) })
	}
}

// Row 11: what applications send comes out in the same shape as what is read
// from files. Whatever they call themselves, in the tag, in the URL or in fields,
// they are nobody.
func TestDirect(t *testing.T) {
	t.Parallel()
	eachDirect(t, func(t *testing.T, a agent.Agent, format string) {
		needsExactTimes(t, a)
		began := time.Now()
		d := runDirect(t, a, format, "none")
		const link = "/var/log/containers/evil_default_x.log"
		d.post(d.http+"/", `{"log":"over HTTP","level":"error","user":"名前"}`)
		d.post(d.http+"/app.log", `[{"message":"an array","n":1},{"msg":"its second","level":30}]`)
		d.post(d.http+"/component.kubelet", `{"log":"E1122 10:00:00.000000       1 main.go:1] a component's tag"}`)
		d.post(d.http+"/journald", `{"MESSAGE":"no entry","_SYSTEMD_UNIT":"kubelet.service","PRIORITY":"0","log":"a journal's tag"}`)
		d.post(d.http+"/"+tagOf(link), `{"log":"a container's tag","path":"`+link+`"}`)
		d.post(d.http+"/"+tagOf(link), `{"log":"another container's tag","stream":"stderr","time":"2018-08-11T03:42:05Z"}`)
		d.forwards("component.etcd", 1700000000, chunktest.Map{"log", "forwarded", "container_name", "/web", "severity", "warn"})
		d.forwards("journald", 1700000000, chunktest.Map{"log", "forwarded as well", "path", link, "n", 5})
		d.forwards("docker", 1700000000, chunktest.Map{
			"log", "a piece", "container_name", "/web", "partial_message", "true", "partial_id", "q", "partial_ordinal", "1", "partial_last", "false",
		})
		d.post(d.otlp+"/v1/logs", otlpRequest)

		const nobody = `"node":"node-1","cluster":"test"`
		want := otlpRecords("")
		for text, fields := range map[string]string{
			"over HTTP":  `,"severity":"error","severity_number":17,"level":"error","user":"名前"`,
			"an array":   `,"n":1`,
			"its second": `,"severity":"info","severity_number":9,"level":30`,
			"E1122 10:00:00.000000       1 main.go:1] a component's tag": `,"severity":"error","severity_number":17`,
			"a journal's tag":         `,"MESSAGE":"no entry","_SYSTEMD_UNIT":"kubelet.service","PRIORITY":"0"`,
			"a container's tag":       `,"path":"` + link + `"`,
			"another container's tag": `,"time":"2018-08-11T03:42:05.000000000Z","stream":"stderr"`,
			"forwarded":               `,"time":"2023-11-14T22:13:20.000000005Z","container_name":"/web","severity":"warn","severity_number":13,"field_severity":"warn"`,
			"a piece":                 `,"time":"2023-11-14T22:13:20.000000005Z","partial":true,"container_name":"/web","partial_message":"true","partial_id":"q","partial_ordinal":"1","partial_last":"false"`,
			"forwarded as well":       `,"time":"2023-11-14T22:13:20.000000005Z","path":"` + link + `","n":5`,
		} {
			want[text] = "{" + nobody + fields + "}"
		}
		d.stoppedWith(d.path, len(want))
		wantRecords(t, d.path, began, want)
	})
}

// Where every sender may be believed, the resource says who it is.
func TestDirectResource(t *testing.T) {
	t.Parallel()
	eachDirect(t, func(t *testing.T, a agent.Agent, format string) {
		needsExactTimes(t, a)
		d := runDirect(t, a, format, "resource")
		d.post(d.otlp+"/v1/logs", otlpRequest)
		want := otlpRecords(`,"kubernetes":{"namespace_name":"shop","pod_name":"web-1","container_name":"web","pod_id":"3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44","restart_count":3}`)
		d.stoppedWith(d.path, len(want))
		wantRecords(t, d.path, time.Now(), want)
	})
}

// Another Fluent Bit as the sender: forward, and OTLP as protobuf, over HTTP and
// over gRPC.
func TestDirectFromFluentBit(t *testing.T) {
	t.Parallel()
	eachDirect(t, func(t *testing.T, a agent.Agent, format string) {
		needsExactTimes(t, a)
		began := time.Now()
		d := runDirect(t, a, format, "none")
		var conf strings.Builder
		conf.WriteString("[SERVICE]\n    flush 0.2\n    grace 10\n")
		for name, output := range map[string]string{
			"forward": "forward\n    require_ack_response on\n    port " + portOf(d.forward),
			"otlp":    "opentelemetry\n    logs_uri /v1/logs\n    port " + portOf(d.otlp),
			"grpc":    "opentelemetry\n    grpc on\n    port " + portOf(d.otlp),
		} {
			fmt.Fprintf(&conf, "[INPUT]\n    name    dummy\n    tag     component.%[1]s\n    samples 1\n    dummy   {\"log\":\"by %[1]s\"}\n"+
				"[OUTPUT]\n    match component.%[1]s\n    host  127.0.0.1\n    name  %[2]s\n", name, output)
		}
		sender := run(t, a, conf.String())
		d.eventually("3 records", func() bool { return countLines(d.path) >= 3 })
		sender.stop()
		d.stop()
		const nobody = `{"node":"node-1","cluster":"test"`
		wantRecords(t, d.path, began, map[string]string{
			"by forward": nobody + `}`,
			"by otlp":    nobody + `,"resource":{"schema_url":""},"scope":{},"trace_flags":0}`,
			"by grpc":    nobody + `,"resource":{"schema_url":""},"scope":{},"trace_flags":0}`,
		})
	})
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
