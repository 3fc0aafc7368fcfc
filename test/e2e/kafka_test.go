package e2e

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/test/agent"
)

var kafkaPath = flag.String("kafka", "", "the folder of a real Kafka; make test-kafka fetches it")

// kafkaServer is a real Kafka of one node. It keeps its data when it is killed.
type kafkaServer struct {
	*session
	t       *testing.T
	conf    string
	address string
}

// newKafka formats the storage of a server, and starts it.
func newKafka(t *testing.T) *kafkaServer {
	t.Helper()
	if *kafkaPath == "" {
		t.Skip("needs a real Kafka: make test-kafka")
	}
	dir := t.TempDir()
	broker, controller := "127.0.0.1:"+strconv.Itoa(freePort(t)), "127.0.0.1:"+strconv.Itoa(freePort(t))
	k := &kafkaServer{t: t, conf: filepath.Join(dir, "server.properties"), address: broker}
	write(t, k.conf, strings.NewReplacer("BROKER", broker, "CONTROLLER", controller, "DIR", dir).Replace(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@CONTROLLER
listeners=PLAINTEXT://BROKER,QUORUM://CONTROLLER
advertised.listeners=PLAINTEXT://BROKER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,QUORUM:PLAINTEXT
controller.listener.names=QUORUM
log.dirs=DIR/data
num.partitions=3
default.replication.factor=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
# A test does not wait for sessions of brokers that were killed.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
`))
	if out, err := exec.Command("java", "-cp", filepath.Join(*kafkaPath, "lib/*"),
		"kafka.tools.StorageTool", "format", "-t", "azhzbG9nLXRlc3RzLWlkIQ", "-c", k.conf).CombinedOutput(); err != nil {
		t.Fatalf("cannot format the storage: %v: %s", err, out)
	}
	k.start()
	return k
}

// start runs the server, and returns when it takes records.
func (k *kafkaServer) start() {
	k.t.Helper()
	k.session = watch(k.t, func(log io.Writer) (*agent.Process, error) {
		return agent.Start("java", []string{"-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(*kafkaPath, "lib/*"), "kafka.Kafka", k.conf}, nil, log)
	})
	k.Within(3*patience, "Kafka that is ready", func() bool {
		conn, err := net.DialTimeout("tcp", k.address, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// consume returns the records of a topic, from its beginning, until none came for a while after
// there were n.
func consume(t *testing.T, brokers, topic string, n int) (all []*kgo.Record) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	within := func(limit time.Duration) bool {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		fetches := client.PollFetches(ctx)
		all = append(all, fetches.Records()...)
		return ctx.Err() == nil
	}
	for end := time.Now().Add(3 * patience); len(all) < n; {
		if within(time.Second); time.Now().After(end) {
			t.Fatalf("%d records of topic %s, want %d", len(all), topic, n)
		}
	}
	for within(2 * time.Second) { // a repeat would follow
	}
	return all
}

// isNode fails unless records of Kafka are those of a sample node, each there once, with the key
// of its writer and the ID in a header.
func isNode(t *testing.T, total int, texts map[string][]string, records []*kgo.Record) {
	t.Helper()
	if len(records) != total {
		t.Errorf("%d records, want %d", len(records), total)
	}
	got, ids := map[string][]string{}, map[string]bool{}
	partitions := map[string]int32{}
	for _, r := range records {
		value := parse(t, r.Value)
		who, key := value.Component, "component_"+value.Component+"/no_name/no_name"
		if k := value.Kubernetes; k["pod_name"] != nil {
			who = fmt.Sprintf("%s %s %s", k["namespace_name"], k["pod_name"], k["container_name"])
			key = fmt.Sprintf("%s/%s/%s", k["namespace_name"], k["pod_name"], k["container_name"])
		}
		if string(r.Key) != key {
			t.Fatalf("the key of %s is %q, want %q", who, r.Key, key)
		}
		if p, known := partitions[key]; known && p != r.Partition {
			t.Errorf("%s is in two partitions", who)
		}
		partitions[key] = r.Partition
		when, err := time.Parse(time.RFC3339Nano, value.Time)
		if err != nil || when.UnixMilli() != r.Timestamp.UnixMilli() {
			t.Fatalf("time %v, and in the value %s", r.Timestamp, value.Time)
		}
		if len(r.Headers) != 1 || r.Headers[0].Key != "k8slog-id" || len(r.Headers[0].Value) != 32 || ids[string(r.Headers[0].Value)] {
			t.Fatalf("headers %v, or an ID that comes twice", r.Headers)
		}
		ids[string(r.Headers[0].Value)] = true
		got[who] = append(got[who], *value.Log)
	}
	sameTexts(t, got, texts)
}

// The shipped configuration, with brokers in the process of the test.
func TestConfOfKafka(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, format := range formats(a, "fluent-bit") {
			t.Run(format, func(t *testing.T) {
				c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(3, "k8slog"))
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				dir := t.TempDir()
				node := layNode(t, dir, 50)
				brokers := strings.Join(c.ListenAddrs(), ",")
				s := runBackendIn(t, a, dir, format, "kafka", nil, "K8SLOG_BROKERS="+brokers)
				isNode(t, node.Total, node.Texts, consume(t, brokers, "k8slog", node.Total))
				s.stop()
			})
		}
	})
}

// A real Kafka, which makes the topic: every record of the sample node is there once, with every
// compression.
func TestServerKafka(t *testing.T) {
	t.Parallel()
	k := newKafka(t)
	for i, compression := range []string{"zstd", "none", "gzip", "snappy", "lz4"} {
		t.Run(compression, func(t *testing.T) {
			all := agents(t)
			a := all[(len(all)-1+i)%len(all)]
			dir := t.TempDir()
			node := layNode(t, dir, 50)
			topic := "node-" + compression
			replace := strings.NewReplacer("topic                    k8slog", "topic "+topic, "compression              zstd", "compression "+compression+" ")
			s := runBackend(t, a, dir, "kafka", replace, "K8SLOG_BROKERS="+k.address)
			isNode(t, node.Total, node.Texts, consume(t, k.address, topic, node.Total))
			s.stop()
			if dead := readDead(dir); dead != "" {
				t.Errorf("dead letters: %.500s", dead)
			}
		})
	}
}

// The broker is killed three times while lines are written: every line is there once, because
// the producer is idempotent and the agent is the same process.
func TestServerKafkaKilled(t *testing.T) {
	t.Parallel()
	k := newKafka(t)
	for _, a := range agents(t) {
		t.Run(fmt.Sprintf("Fluent Bit %t", a.Real), func(t *testing.T) { // the name is in paths, and must have no comma
			top := t.TempDir()
			dir := filepath.Join(top, "containers")
			n := newWatchedNode(t, dir, "good")
			topic := fmt.Sprintf("killed-%d", time.Now().UnixNano())
			status := fmt.Sprintf("127.0.0.1:%d", freePort(t))
			s := run(t, a, watchedConf(top, dir, fmt.Sprintf("    backend kafka\n    brokers %s\n    topic %s\n    request_timeout 2s\n    batch_wait 10ms\n    status_listen %s\n", k.address, topic, status)))
			lines := 0
			writeFor := func(d time.Duration) {
				for end := time.Now().Add(d); time.Now().Before(end); lines++ {
					n.writeLine("good", lines)
					time.Sleep(2 * time.Millisecond)
				}
			}
			writeFor(3 * time.Second)
			for range 3 {
				k.Kill()
				writeFor(3 * time.Second)
				k.start()
				writeFor(4 * time.Second)
			}
			delivered := fmt.Sprintf(`k8slog_records_settled_total{fate="delivered"} %d`, lines)
			s.Within(3*patience, "all lines as delivered", func() bool { return strings.Contains(metrics(status), delivered) })
			counts := map[string]int{}
			for _, r := range consume(t, k.address, topic, lines) {
				counts[*parse(t, r.Value).Log]++
			}
			missing, repeated := 0, 0
			for i := range lines {
				switch c := counts[fmt.Sprintf("good %d", i)]; {
				case c == 0:
					missing++
				case c > 1:
					repeated++
				}
			}
			t.Logf("%d lines, %d missing, %d repeated", lines, missing, repeated)
			if missing > 0 || repeated > 0 || len(counts) != lines {
				t.Errorf("%d lines: %d missing, %d repeated, %d others", lines, missing, repeated, len(counts)-lines+missing)
			}
			s.stop()
		})
	}
}
