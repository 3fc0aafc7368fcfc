package plugin

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
	"github.com/k8slog/k8slog/test/fake"
)

// kafkaCount returns how many records the partitions of a topic have.
func kafkaCount(c *kfake.Cluster, topic string) (n int64) {
	for _, p := range c.PartitionInfos(topic) {
		n += p.HighWatermark
	}
	return n
}

// namespaces makes a chunk with n records of each namespace by turns.
func namespaces(n int, names ...string) (c []byte) {
	for i := range n * len(names) {
		namespace := names[i%len(names)]
		c = chunktest.Append(c, int64(i), "path", "/var/log/containers/web-1_"+namespace+"_web-"+strings.Repeat("a", 64)+".log",
			"log", fmt.Sprintf("2026-11-22T10:00:00Z stdout F %s %d", namespace, i))
	}
	return c
}

// A topic that may not be written waits alone, and is parked. The other topics go on, and
// nothing of them is sent twice. It is delivered when it may be written.
func TestKafkaRefusesOneTopic(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(3, "logs.shop", "logs.test"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fault := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "logs.test", Err: kerr.TopicAuthorizationFailed, Count: -1})
	in, host := start(t, map[string]string{
		"backend": "kafka", "brokers": strings.Join(c.ListenAddrs(), ","), "topic": "logs.{namespace|no_name}", "path_key": "path",
		"park_path": filepath.Join(t.TempDir(), "parked"), "park_after": "0s",
	})
	chunk := namespaces(50, "shop", "test")
	waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, "containers", chunk) == OK })
	if shop, test, balance := kafkaCount(c, "logs.shop"), kafkaCount(c, "logs.test"), in.Balance(); shop != 50 || test != 0 || balance.Parked != 50 || balance.Delivered != 50 {
		t.Errorf("%d and %d records, %v", shop, test, balance)
	}
	if dead := letters(t, host); len(dead) != 0 {
		t.Errorf("%+v", dead)
	}
	if host.logged("TOPIC_AUTHORIZATION_FAILED") == 0 || host.logged("the permission WRITE") == 0 {
		t.Errorf("log %q", host.log)
	}
	fault.Remove()
	waitFor(t, "all records", func() bool { return kafkaCount(c, "logs.test") == 50 && in.Balance().Parked == 0 })
	if shop := kafkaCount(c, "logs.shop"); shop != 50 {
		t.Errorf("%d records of the other topic", shop)
	}
}

// Of a batch that a broker finds too large, only the record that is too large by itself goes to
// the dead-letter file.
func TestKafkaTooLarge(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CreateTopic("k8slog", 1, map[string]string{"max.message.bytes": "16000"}); err != nil {
		t.Fatal(err)
	}
	in, host := start(t, map[string]string{"backend": "kafka", "brokers": c.ListenAddrs()[0]})
	texts := numbered(300) // more than one batch of that size
	texts[77] = strings.Repeat("x", 20000)
	waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, podTag, dockerChunk(texts...)) == OK })
	if n, balance := kafkaCount(c, "k8slog"), in.Balance(); n != 299 || balance.Delivered != 299 || balance.DeadLettered != 1 {
		t.Errorf("%d records, %v", n, balance)
	}
	if dead := letters(t, host); len(dead) != 1 || !strings.Contains(dead[0].Answer, "MESSAGE_TOO_LARGE") {
		t.Errorf("%+v", dead)
	}
}

// An outage costs no record, and sends none twice.
func TestKafkaIsAway(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "k8slog"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fault := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.KafkaStorageError, Count: -1})
	in, _ := start(t, map[string]string{"backend": "kafka", "brokers": c.ListenAddrs()[0], "flush_deadline": "2s"})
	chunk := dockerChunk(numbered(200)...)
	if status := in.Flush(workerThread, podTag, chunk); status != Retry {
		t.Errorf("status %d", status)
	}
	fault.Remove()
	waitFor(t, "the chunk is acknowledged", func() bool { return in.Flush(workerThread, podTag, chunk) == OK })
	if n := kafkaCount(c, "k8slog"); n != 200 {
		t.Errorf("%d records", n)
	}
}

// With kafka_format otlp, each record of a chunk is a message with its resource.
func TestKafkaTakesOTLP(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "otlp_logs"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in, host := start(t, map[string]string{
		"backend": "kafka", "brokers": c.ListenAddrs()[0], "topic": "otlp_logs", "kafka_format": "otlp", "path_key": "path",
	})
	chunk := namespaces(50, "shop", "test")
	if status := in.Flush(workerThread, "containers", chunk); status != OK {
		t.Fatalf("status %d", status)
	}
	consumer, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics("otlp_logs"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	got, ids := map[string]bool{}, map[string]bool{}
	for n := 0; n < 100; {
		for _, r := range consumer.PollFetches(t.Context()).Records() {
			all, err := fake.ReadLogsData(r.Value)
			if err != nil || len(all) != 1 {
				t.Fatalf("%d records in a message, %v", len(all), err)
			}
			l := all[0]
			if id := l.Attributes["log.record.uid"]; ids[id] || len(id) != filters.IDLen || len(r.Headers) != 1 || string(r.Headers[0].Value) != id {
				t.Fatalf("ID %q, headers %v", id, r.Headers)
			}
			namespace, _, _ := strings.Cut(l.Body, " ")
			if got[l.Body] = true; l.Resource["k8s.namespace.name"] != namespace || l.Resource["service.name"] != "web" || l.Attributes["log.iostream"] != "stdout" {
				t.Errorf("%+v", l)
			}
			ids[l.Attributes["log.record.uid"]] = true
			n++
		}
	}
	if dead := letters(t, host); len(got) != 100 || len(dead) != 0 || kafkaCount(c, "otlp_logs") != 100 {
		t.Errorf("%d texts, %d records, %d dead letters", len(got), kafkaCount(c, "otlp_logs"), len(dead))
	}
}
