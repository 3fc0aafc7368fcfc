package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/sample"
)

const splunkToken = "11111111-2222-3333-4444-555555555555"

// splunkNode lays a sample node, and runs an agent with the configuration that
// is shipped for Splunk.
func splunkNode(t *testing.T, a agent.Agent, endpoint string, replace *strings.Replacer) (*session, *sample.Node) {
	t.Helper()
	dir := t.TempDir()
	node, err := sample.Lay(filepath.Join(dir, "node"), 50)
	if err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(dir, "token")
	write(t, token, splunkToken+"\n")
	return runBackend(t, a, dir, "splunk", replace, "K8SLOG_ENDPOINT="+endpoint, "K8SLOG_TOKEN_FILE="+token), node
}

// sameEvents compares events with what the node wrote.
func sameEvents(t *testing.T, events []fake.Event, node *sample.Node) {
	t.Helper()
	got := map[string][]string{}
	for _, e := range events {
		f := e.Fields
		who, source := f["component"], "component_"+f["component"]
		if f["k8s.pod.name"] != "" {
			who = f["k8s.namespace.name"] + " " + f["k8s.pod.name"] + " " + f["k8s.container.name"]
			source = f["k8s.pod.name"]
			if f["k8s.pod.uid"] == "" || f["log.iostream"] == "" || e.Sourcetype != "kube:"+f["k8s.container.name"] {
				t.Fatalf("%+v", e)
			}
		} else if e.Sourcetype != "kube:"+who {
			t.Fatalf("%+v", e)
		}
		seconds, err := e.Time.Float64()
		if at := time.Unix(int64(seconds), 0); err != nil || at.Before(node.Begin.Truncate(time.Second)) || at.After(node.Begin.Add(time.Hour)) ||
			e.Host != "node-1" || e.Source != source || f["k8s.cluster.name"] != "test" || f["k8s.node.name"] != "node-1" {
			t.Fatalf("%+v", e)
		}
		got[who] = append(got[who], e.Text())
	}
	sameTexts(t, got, node.Texts)
}

// The sample node into Splunk, with the configuration that is shipped for it:
// every record is there, once. The collector acknowledges, or it does not.
func TestSplunk(t *testing.T) {
	for name, ack := range map[string]bool{"taken": false, "acknowledged": true} {
		t.Run(name, func(t *testing.T) {
			eachAgent(t, func(t *testing.T, a agent.Agent) {
				server := fake.Splunk{Token: splunkToken, Ack: ack, MaxBytes: 1 << 20}
				web := httptest.NewServer(&server)
				defer web.Close()
				var replace *strings.Replacer
				if ack {
					replace = strings.NewReplacer("# splunk_ack ", "splunk_ack ")
				}
				s, node := splunkNode(t, a, web.URL, replace)
				s.eventually("all records", func() bool { return len(server.Events()) >= node.Total })
				s.stop()
				sameEvents(t, server.Events(), node)
				if !strings.Contains(s.log.String(), fmt.Sprintf("received %[1]d = delivered %[1]d + dead-lettered 0", node.Total)) {
					t.Error("no balance in the log")
				}
				if len(server.Refused()) > 0 {
					t.Errorf("refused: %q", server.Refused())
				}
			})
		})
	}
}

// Fluent Bit's own splunk input receives the same.
func TestSplunkToFluentBit(t *testing.T) {
	receiverAgent, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		out := t.TempDir()
		port := freePort(t)
		receiver := run(t, receiverAgent, fmt.Sprintf(`[SERVICE]
    flush 0.2
[INPUT]
    name         splunk
    listen       127.0.0.1
    port         %d
    splunk_token %s
[OUTPUT]
    name   file
    match  *
    format plain
    path   %s
    file   events
`, port, splunkToken, out))
		address := fmt.Sprintf("127.0.0.1:%d", port)
		receiver.eventually("open port", func() bool {
			c, err := net.DialTimeout("tcp", address, time.Second)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		s, node := splunkNode(t, a, "http://"+address, nil)
		path := filepath.Join(out, "events")
		receiver.eventually("all events", func() bool { return countLines(path) >= node.Total })
		s.stop()
		receiver.stop()
		var events []fake.Event
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var e fake.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			events = append(events, e)
		}
		sameEvents(t, events, node)
	})
}
