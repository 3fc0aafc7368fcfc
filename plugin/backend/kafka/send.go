package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/plugin/backend"
)

// maxAhead is by how much the time of a record of Kafka may be ahead of this machine's clock.
// Brokers refuse the whole batch of a record that is an hour ahead of theirs
// (message.timestamp.after.max.ms), and a text may choose its time. The value has the true one.
const maxAhead = time.Minute

// Send implements backend.Backend. It returns when the client is done with every record. When
// ctx has ended by its deadline, that is as soon as the brokers have answered what they may
// have stored. When ctx was cancelled, the process ends: the records are given up at once.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	client, err := b.shared.get()
	if err != nil {
		return fmt.Errorf("cannot send to Kafka: %w", err)
	}
	records, err := b.records(body)
	if err != nil {
		return err
	}
	errs := b.refuseSilent(records, 2*body.Late)
	failed := b.produce(ctx, b.shared, client, records, errs)
	for i := range records {
		if err := failed[&records[i]]; err != nil {
			errs[i] = err
		}
	}
	if len(errs) == 1 && isAboutBatch(errs[0]) {
		errs[0] = b.sendAlone(ctx, records)
	}
	return classify(errs, body.Scopes != nil)
}

// refuseSilent returns an error for each record of a topic that does not answer, and counts the
// others as waiting.
func (b *Backend) refuseSilent(records []kgo.Record, late time.Duration) []error {
	counts := map[string]int{}
	for i := range records {
		counts[records[i].Topic]++
	}
	now := time.Now()
	var silent map[string]error
	for topic, n := range counts {
		if err := b.waiting.begin(topic, n, late, now); err != nil {
			if silent == nil {
				silent = map[string]error{}
			}
			silent[topic] = err
		}
	}
	errs := make([]error, len(records))
	if silent != nil {
		for i := range records {
			errs[i] = silent[records[i].Topic]
		}
	}
	return errs
}

// produce sends the records without an error, and returns the errors of those that are not
// stored. Once it has returned, the client reads none of them.
func (b *Backend) produce(ctx context.Context, by *producer, client *kgo.Client, records []kgo.Record, errs []error) map[*kgo.Record]error {
	var (
		mu     sync.Mutex
		failed map[*kgo.Record]error
		open   sync.WaitGroup
	)
	answered := func(r *kgo.Record, err error) {
		b.waiting.end(r.Topic, time.Now())
		if err != nil {
			mu.Lock()
			if failed == nil {
				failed = map[*kgo.Record]error{}
			}
			failed[r] = b.log.words.Error(err)
			mu.Unlock()
		}
		open.Done()
	}
	for i := range records {
		if errs[i] == nil {
			open.Add(1)
			client.Produce(ctx, &records[i], answered)
		}
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		// At its deadline, the answer is waited for. What is cancelled is the process.
		if errors.Is(ctx.Err(), context.Canceled) {
			by.abort(client)
		}
		close(done)
	})
	open.Wait()
	if !stop() {
		<-done
	}
	return failed
}

// sendAlone sends a record in a batch of its own, so that what the broker says of the batch is
// about the record. It does so with one record at a time.
func (b *Backend) sendAlone(ctx context.Context, records []kgo.Record) error {
	select {
	case b.alone.lock <- struct{}{}:
		defer func() { <-b.alone.lock }()
	case <-ctx.Done():
		return ctx.Err()
	}
	client, err := b.alone.get()
	if err != nil {
		return err
	}
	if errs := b.refuseSilent(records, 0); errs[0] != nil {
		return errs[0]
	}
	err = b.produce(ctx, b.alone, client, records, []error{nil})[&records[0]]
	if isAboutBatch(err) {
		return &backend.Rejected{Answer: clean(err)}
	}
	return err
}

// records returns the records of a body. They point into it.
func (b *Backend) records(body backend.Body) ([]kgo.Record, error) {
	records := make([]kgo.Record, 0, body.Items)
	var headers []kgo.RecordHeader
	if b.idHeader != "" {
		headers = make([]kgo.RecordHeader, 0, body.Items*(len(b.headers)+1))
	}
	topics := map[string]string{}
	latest := time.Now().Add(maxAhead).UnixNano()
	for _, rest := range body.Parts {
		for len(rest) > 0 {
			var e entry
			var err error
			if e, rest, err = next(rest); err != nil {
				return nil, err
			}
			topic, known := topics[text(e.topic)]
			if !known { // the client keeps it for longer than the frame lives
				topic = string(e.topic)
				topics[topic] = topic
			}
			r := kgo.Record{Topic: topic, Value: e.value, Headers: b.headers, Timestamp: time.Unix(0, min(max(e.time, 0), latest))}
			if len(e.key) > 0 {
				r.Key = e.key
			}
			if b.idHeader != "" {
				from := len(headers)
				headers = append(append(headers, b.headers...), kgo.RecordHeader{Key: b.idHeader, Value: e.id})
				r.Headers = headers[from:len(headers):len(headers)]
			}
			records = append(records, r)
		}
	}
	if len(records) != body.Items {
		return nil, fmt.Errorf("%w: it has %d records, not %d", errFrame, len(records), body.Items)
	}
	return records, nil
}
