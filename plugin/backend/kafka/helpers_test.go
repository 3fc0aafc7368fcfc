package kafka

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
)

var (
	_ backend.Backend  = (*Backend)(nil)
	_ backend.Filtered = (*Backend)(nil)
	_ backend.Scoped   = (*Backend)(nil)
	_ backend.Limited  = (*Backend)(nil)
	_ backend.Logging  = (*Backend)(nil)
)

// cluster starts brokers in the process.
func cluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// newBackend makes one with the options given as name, value, …
func newBackend(t testing.TB, c *kfake.Cluster, set ...string) *Backend {
	t.Helper()
	return backendtest.New(t, New, append([]string{"backend", "kafka", "brokers", strings.Join(c.ListenAddrs(), ",")}, set...)...)
}

// parse reads options given as name, value.
func parse(set ...string) (*Config, *options.Config, error) {
	return backendtest.Parse[Config](append([]string{"backend", "kafka", "brokers", "localhost:9092"}, set...)...)
}

func source(b *Backend, s filters.Source) *filters.Source {
	s.Rendered = b.Render(&s)
	return &s
}

// record returns a record of a container in a namespace.
func record(b *Backend, namespace, text string) *filters.Record {
	s := source(b, filters.Source{Kind: filters.Container, Namespace: namespace, Pod: "pod", Container: "app"})
	return &filters.Record{Source: s, Time: time.Now().UnixNano(), Log: filters.PlainText([]byte(text))}
}

// body is that of a request, as the delivery makes it.
func body(t testing.TB, b *Backend, records ...*filters.Record) backend.Body {
	t.Helper()
	e := b.NewEncoder()
	var scopes []string
	for _, r := range records {
		scopes = append(scopes, b.Scope(r))
		e.Append(r)
	}
	made, err := b.Pack([][]byte{e.Frame()})
	if err != nil {
		t.Fatal(err)
	}
	made.Items, made.Scopes, made.Late = len(records), scopes, time.Second
	return made
}

func send(t testing.TB, b *Backend, records ...*filters.Record) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return b.Send(ctx, body(t, b, records...))
}

// read returns n records of topics, as a consumer gets them, those of a partition in their order.
func read(t testing.TB, brokers []string, n int, topics []string, opts ...kgo.Opt) (all []*kgo.Record) {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMinAge(50 * time.Millisecond),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for len(all) < n {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%d records, want %d", len(all), n)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

// texts returns the members log of the values, sorted.
func texts(records []*kgo.Record) (all []string) {
	for _, r := range records {
		_, text, _ := strings.Cut(string(r.Value), `"log":"`)
		text, _, _ = strings.Cut(text, `"`)
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// numbered returns n records of a namespace, and their texts.
func numbered(b *Backend, namespace string, n int) (records []*filters.Record, texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprintf("%s %04d", namespace, i))
		records = append(records, record(b, namespace, texts[i]))
	}
	return records, texts
}
