package splunk

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/fake"
)

func isAck(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/ack") }

// sendWithin sends one event that must be acknowledged in that time.
func sendWithin(t *testing.T, b *Backend, within time.Duration) error {
	t.Helper()
	source := pod()
	source.Rendered, source.Partition = b.Render(source), b.Partition(source)
	e := b.NewEncoder()
	r := texts("x")[0]
	r.Source = source
	e.Append(&r)
	body, err := b.Pack([][]byte{e.Frame()})
	if err != nil {
		t.Fatal(err)
	}
	if body.Release != nil {
		defer body.Release()
	}
	body.Partition, body.Items = source.Partition, 1
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	return b.Send(ctx, backend.Body{Parts: body.Parts, Partition: body.Partition, Items: body.Items})
}

// An event counts when the indexers have it, however often they are asked. A
// channel is used again.
func TestAcknowledged(t *testing.T) {
	asked := 0
	server := fake.Splunk{Token: token, Ack: true, Indexed: func(string, int) bool { asked++; return asked%2 == 0 }}
	b := newBackend(t, &server, "splunk_ack", "on", "compression", "gzip")
	for range 2 {
		if err := sendWithin(t, b, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if len(server.Events()) != 2 || asked != 4 || server.Channels() != 1 {
		t.Errorf("%d events, asked %d times, %d channels", len(server.Events()), asked, server.Channels())
	}
}

// What is not acknowledged in time is no success, and its channel is not used
// for anything else.
func TestNotAcknowledged(t *testing.T) {
	server := fake.Splunk{Token: token, Ack: true}
	b := newBackend(t, &server, "splunk_ack", "on")
	var late atomic.Bool
	late.Store(true)
	server.Indexed = func(string, int) bool { return !late.Load() }
	if err := sendWithin(t, b, 500*time.Millisecond); kind(err) != "again" || !strings.Contains(err.Error(), "not acknowledged in time") {
		t.Error(err)
	}
	late.Store(false)
	if err := sendWithin(t, b, time.Minute); err != nil || server.Channels() != 2 {
		t.Errorf("%v, %d channels", err, server.Channels())
	}
}

// Where the token has no acknowledgement, nothing is sent: Splunk would take
// it again with every try.
func TestAcknowledgementIsOff(t *testing.T) {
	server := fake.Splunk{Token: token}
	b := newBackend(t, &server, "splunk_ack", "on")
	if err := sendWithin(t, b, time.Minute); kind(err) != "again" || !strings.Contains(err.Error(), "ACK is disabled") || len(server.Events()) > 0 {
		t.Errorf("%v, %d events", err, len(server.Events()))
	}
}

// The other way round, Splunk refuses what has no channel.
func TestAcknowledgementIsWanted(t *testing.T) {
	server := fake.Splunk{Token: token, Ack: true}
	b := newBackend(t, &server)
	if err := sendWithin(t, b, time.Minute); kind(err) != "again" || !strings.Contains(err.Error(), "Data channel is missing") {
		t.Error(err)
	}
}

// The question goes to the indexer that has the events: by the mark of a load
// balancer.
func TestStickySessions(t *testing.T) {
	server := fake.Splunk{Token: token, Ack: true}
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if cookie, err := r.Cookie("node"); isAck(r) && len(server.Events()) > 0 && (err != nil || cookie.Value != "7") {
			t.Errorf("cookie %v, %v", cookie, err)
		}
		http.SetCookie(w, &http.Cookie{Name: "node", Value: "7"})
		return false
	}
	if err := sendWithin(t, newBackend(t, &server, "splunk_ack", "on"), time.Minute); err != nil {
		t.Error(err)
	}
}

// Another indexer's acknowledgement is none, whoever else sends there.
func TestAnotherIndexer(t *testing.T) {
	var one, two fake.Splunk
	one.Token, two.Token, one.Ack, two.Ack = token, token, true, true
	// Events go to one and the other in turn, questions always to the first.
	events := 0
	balancer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isAck(r) {
			events++
		}
		if !isAck(r) && events%2 == 0 {
			two.ServeHTTP(w, r)
			return
		}
		one.ServeHTTP(w, r)
	})
	b := newBackend(t, balancer, "splunk_ack", "on")
	if err := sendWithin(t, b, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := sendWithin(t, b, time.Minute); kind(err) != "again" || !strings.Contains(err.Error(), "another indexer") {
		t.Errorf("what the second indexer has was acknowledged by the first: %v", err)
	}
}

// An indexer that cannot be asked for a moment is asked again.
func TestQuestionsThatFail(t *testing.T) {
	failed := false
	server := fake.Splunk{Token: token, Ack: true}
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if isAck(r) && len(server.Events()) > 0 && !failed {
			failed = true
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	if err := sendWithin(t, newBackend(t, &server, "splunk_ack", "on"), time.Minute); err != nil || !failed {
		t.Errorf("%v, failed %t", err, failed)
	}
}
