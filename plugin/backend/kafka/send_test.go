package kafka

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
)

func TestSend(t *testing.T) {
	for _, compression := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		t.Run(compression, func(t *testing.T) {
			c := cluster(t, kfake.SeedTopics(3, "logs.shop"))
			b := newBackend(t, c, "topic", "logs.{namespace}", "message_key", "{namespace}/{pod}", "compression", compression,
				"record_headers", "source: k8slog | empty:", "id_key", "record_id")
			when := time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.UTC)
			r := record(b, "shop", `a "quoted" text`)
			r.Time = when.UnixNano()
			r.Stream, r.Severity = filters.Stderr, filters.Error
			if err := send(t, b, r); err != nil {
				t.Fatal(err)
			}
			got := read(t, c.ListenAddrs(), 1, []string{"logs.shop"})[0]
			id := string(r.AppendID(nil))
			want := `{"time":"2026-11-22T10:00:00.123456789Z","log":"a \"quoted\" text","stream":"stderr","severity":"error","severity_number":17,` +
				`"kubernetes":{"namespace_name":"shop","pod_name":"pod","container_name":"app"},"record_id":"` + id + `"}`
			if string(got.Value) != want {
				t.Errorf("value\n%s, want\n%s", got.Value, want)
			}
			if string(got.Key) != "shop/pod" || !got.Timestamp.Equal(when.Truncate(time.Millisecond)) {
				t.Errorf("key %q, time %v", got.Key, got.Timestamp)
			}
			var headers []string
			for _, h := range got.Headers {
				headers = append(headers, h.Key+"="+string(h.Value))
			}
			if !slices.Equal(headers, []string{"source=k8slog", "empty=", "k8slog-id=" + id}) {
				t.Errorf("headers %q", headers)
			}
		})
	}
}

// A time that is far ahead is not that of the record of Kafka: brokers refuse its whole batch.
func TestTimes(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "k8slog"))
	b := newBackend(t, c, "message_key", "", "id_header", "none")
	ahead, before := record(b, "a", "ahead"), record(b, "a", "before 1970")
	ahead.Time, before.Time = time.Now().Add(48*time.Hour).UnixNano(), -5
	if err := send(t, b, ahead, before); err != nil {
		t.Fatal(err)
	}
	for _, r := range read(t, c.ListenAddrs(), 2, []string{"k8slog"}) {
		if strings.Contains(string(r.Value), "ahead") && time.Until(r.Timestamp) > 2*maxAhead || r.Timestamp.UnixMilli() < 0 || r.Key != nil || r.Headers != nil {
			t.Errorf("%+v", r)
		}
	}
}

// items returns the verdicts of an error.
func items(t *testing.T, err error, n int) []error {
	t.Helper()
	var partial *backend.PartialError
	if !errors.As(err, &partial) || len(partial.Items) != n {
		t.Fatalf("got %v, want verdicts for %d records", err, n)
	}
	return partial.Items
}

// What a broker says of one topic is a verdict on its records. Those of another are stored.
func TestVerdictsByTopic(t *testing.T) {
	for _, e := range []*kerr.Error{
		kerr.TopicAuthorizationFailed, kerr.NotEnoughReplicas, kerr.InvalidTopicException, kerr.PolicyViolation, kerr.KafkaStorageError,
	} {
		t.Run(e.Message, func(t *testing.T) {
			t.Parallel()
			c := cluster(t, kfake.SeedTopics(2, "good", "bad"))
			b := newBackend(t, c, "topic", "{namespace|other_}")
			fault := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "bad", Err: e, Count: -1})
			good, want := numbered(b, "good", 3)
			bad, _ := numbered(b, "bad", 2)
			errs := items(t, send(t, b, good[0], bad[0], good[1], bad[1], good[2]), 5)
			for i, refused := range []bool{false, true, false, true, false} {
				var rejected *backend.Rejected
				if refused != (errs[i] != nil) || errors.As(errs[i], &rejected) || refused && !errors.Is(errs[i], e) {
					t.Errorf("%d: %v", i, errs[i])
				}
			}
			// Alone as well: it is about the topic, and not about the brokers.
			items(t, send(t, b, bad...), 2)
			fault.Remove()
			if err := send(t, b, bad...); err != nil {
				t.Error(err)
			}
			want = append(want, "bad 0000", "bad 0001")
			slices.Sort(want)
			if got := texts(read(t, c.ListenAddrs(), 5, []string{"good", "bad"})); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestATopicThatIsMissing(t *testing.T) {
	c := cluster(t, kfake.AllowAutoTopicCreation(), kfake.SeedTopics(1, "there"))
	b := newBackend(t, c, "topic", "{namespace|other_}", "create_topics", "off")
	errs := items(t, send(t, b, record(b, "there", "x"), record(b, "missing", "y")), 2)
	if errs[0] != nil || !errors.Is(errs[1], kerr.UnknownTopicOrPartition) || !strings.Contains(errs[1].Error(), "create the topic") {
		t.Error(errs)
	}
	creating := newBackend(t, c, "topic", "{namespace|other_}")
	if err := send(t, creating, record(creating, "missing", "y")); err != nil {
		t.Fatal(err)
	}
	read(t, c.ListenAddrs(), 1, []string{"missing"})
	if err := send(t, b, record(b, "missing", "y")); err != nil {
		t.Error(err)
	}
}

// A record that is too large is refused by itself, however many are in its batch.
func TestTooLarge(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		c := cluster(t, kfake.SeedTopics(1, "k8slog"))
		b := newBackend(t, c, "max_message_bytes", "32KiB", "text_bytes", "64KiB")
		small, large := record(b, "a", "small"), record(b, "a", strings.Repeat("x", 40<<10))
		errs := items(t, send(t, b, small, large), 2)
		var rejected *backend.Rejected
		if errs[0] != nil || !errors.As(errs[1], &rejected) {
			t.Error(errs)
		}
		if err := send(t, b, large); !errors.As(err, new(*backend.PartialError)) {
			t.Error(err)
		} else if errs := items(t, err, 1); !errors.As(errs[0], &rejected) || rejected.Some {
			t.Error(errs)
		}
	})
	t.Run("broker", func(t *testing.T) {
		c := cluster(t)
		limit := "20000"
		if err := c.CreateTopic("k8slog", 1, map[string]string{"max.message.bytes": limit}); err != nil {
			t.Fatal(err)
		}
		b := newBackend(t, c)
		small, large := record(b, "a", "small"), record(b, "a", strings.Repeat("x", 40<<10))
		for _, err := range items(t, send(t, b, small, large), 2) {
			var rejected *backend.Rejected
			if !errors.As(err, &rejected) || !rejected.Some {
				t.Errorf("some of both: %v", err)
			}
		}
		if err := send(t, b, small); err != nil {
			t.Error(err)
		}
		var rejected *backend.Rejected
		if errs := items(t, send(t, b, large), 1); !errors.As(errs[0], &rejected) || rejected.Some {
			t.Error(errs)
		}
		read(t, c.ListenAddrs(), 1, []string{"k8slog"})
	})
}

// A record that is sent alone is not refused because of another one in its batch.
func TestARefusalOfTheBatchIsNotTheRecords(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "k8slog"))
	b := newBackend(t, c)
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.MessageTooLarge, Count: 1})
	if err := send(t, b, record(b, "a", "innocent")); err != nil {
		t.Fatal(err)
	}
	read(t, c.ListenAddrs(), 1, []string{"k8slog"})
}

// Without a broker nothing is taken, and that is no verdict on a record or a topic.
func TestNoBroker(t *testing.T) {
	c := cluster(t)
	b := newBackend(t, c)
	c.Close()
	err := send(t, b, record(b, "a", "x"), record(b, "a", "y"))
	var notTaken *backend.NotTaken
	if !errors.As(err, &notTaken) || len(notTaken.Items) != 2 {
		t.Error(err)
	}
}

// An answer that is lost is no loss, and no repeat: the client sends the batch again with the
// same sequence numbers, also after the deadline of the request, and Send waits for it.
func TestALostAnswer(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "k8slog"))
	b := newBackend(t, c)
	if err := send(t, b, record(b, "a", "first")); err != nil { // the producer has its ID
		t.Fatal(err)
	}
	var requests atomic.Int32
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // for the request to be sent
	defer cancel()
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.RequestTimedOut, Count: 3, When: func(kmsg.Request) bool {
		<-ctx.Done() // the deadline passes while the answer is out
		requests.Add(1)
		return true
	}})
	if err := b.Send(ctx, body(t, b, record(b, "a", "second"))); err != nil {
		t.Fatal(err)
	}
	if ctx.Err() == nil || requests.Load() < 2 {
		t.Errorf("%v, %d requests", ctx.Err(), requests.Load())
	}
	if err := send(t, b, record(b, "a", "third")); err != nil {
		t.Fatal(err)
	}
	if got := texts(read(t, c.ListenAddrs(), 3, []string{"k8slog"})); !slices.Equal(got, []string{"first", "second", "third"}) {
		t.Errorf("%q", got)
	}
	if info := c.PartitionInfo("k8slog", 0); info.HighWatermark != 3 {
		t.Errorf("%d records are stored", info.HighWatermark)
	}
}

// A stop does not wait for what the brokers do not answer. The next process may send.
func TestAStopGivesUp(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "k8slog"))
	b := newBackend(t, c)
	asked := make(chan struct{})
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		select {
		case asked <- struct{}{}:
		case <-t.Context().Done():
		}
		return nil, errors.New("the connection ends without an answer"), true
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- b.Send(ctx, body(t, b, record(b, "a", "x"))) }()
	<-asked
	cancel()
	for {
		select {
		case <-asked: // the client tries until it knows of the stop
		case err := <-ended:
			if err == nil {
				t.Error("it says that the record is stored")
			}
			return
		}
	}
}

// A topic that does not answer takes in no more, while others answer.
func TestASilentTopic(t *testing.T) {
	w := waiting{}
	now := time.Now()
	const late = time.Second
	if err := w.begin("silent", 2, late, now); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * late)
	if err := w.begin("silent", 1, late, now); err != nil {
		t.Errorf("no topic answers: %v", err) // slow is not away
	}
	if err := w.begin("other", 1, late, now); err != nil {
		t.Error(err)
	}
	w.end("other", now)
	now = now.Add(late)
	var silent *silentError
	if err := w.begin("silent", 1, late, now); !errors.As(err, &silent) || silent.records != 3 || !isAboutTopic(err) {
		t.Error(err)
	}
	for range 3 {
		w.end("silent", now)
	}
	if err := w.begin("silent", 1, late, now.Add(late)); err != nil || len(w.topics) != 1 {
		t.Error(err, w.topics)
	}
}

// A frame that is damaged is an error, and not a panic.
func TestADamagedFrame(t *testing.T) {
	c := cluster(t)
	b := newBackend(t, c)
	whole := body(t, b, record(b, "a", "x"))
	for n := 1; n < len(whole.Parts[0]); n += 7 {
		cut := backend.Body{Items: 1, Parts: [][]byte{whole.Parts[0][:n]}}
		if err := b.Send(t.Context(), cut); !errors.Is(err, errFrame) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// A broker that is not one of Kafka, or that is silent, is a failure of the backend.
func TestNoKafka(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			_ = conn.Close()
		}
	}()
	c := cluster(t)
	b := newBackend(t, c, "brokers", l.Addr().String())
	var notTaken *backend.NotTaken
	if err := send(t, b, record(b, "a", "x")); !errors.As(err, &notTaken) {
		t.Error(err)
	}
}
