package cloudwatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// The limits of a request
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
const (
	maxRequest = 1 << 20 // the messages in UTF-8, and overhead for each
	overhead   = 26
	maxEvents  = 10_000
	maxSpan    = 24 * time.Hour
)

// Send implements backend.Backend. It puts the events in the order of their times, and sends
// as many requests as the limits ask for, one after the other.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	group, stream, _ := strings.Cut(body.Partition, separator)
	events := readEvents(body.Parts, body.Items)
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.ms, b.ms) })
	verdicts := make([]error, len(events))
	events = slices.DeleteFunc(events, func(e event) bool {
		if e.size+overhead <= maxRequest {
			return false
		}
		verdicts[e.item] = &backend.Rejected{Answer: fmt.Sprintf("the event has %d bytes, and CloudWatch Logs takes no request above 1 MiB", e.size)}
		return true
	})
	for len(events) > 0 {
		request := events[:countOf(events)]
		err := b.put(ctx, group, stream, request, body.Late, verdicts)
		if err == nil {
			events = events[len(request):]
			continue
		}
		if errors.As(err, new(*backend.Rejected)) {
			events = events[len(request):]
		} else { // the requests behind it have to wait as well
			request, events = events, nil
		}
		for _, e := range request {
			verdicts[e.item] = err
		}
	}
	return b.result(verdicts)
}

// countOf returns how many of the events, which are in order, fit into one request.
func countOf(events []event) int {
	size := 0
	for i, e := range events {
		size += e.size + overhead
		if i > 0 && (size > maxRequest || i == maxEvents || e.ms-events[0].ms >= maxSpan.Milliseconds()) {
			return i
		}
	}
	return len(events)
}

// result returns the error of Send for the verdicts of all events: the verdict itself where
// there is only one and it is not about the group.
func (b *Backend) result(verdicts []error) error {
	if !slices.ContainsFunc(verdicts, func(err error) bool { return err != nil }) {
		return nil
	}
	one := !slices.ContainsFunc(verdicts, func(err error) bool { return err != verdicts[0] })
	if one && !(b.manyGroups && errors.As(verdicts[0], new(*groupError))) {
		return verdicts[0]
	}
	if !one { // 413 is about the whole of one request of several
		for i, err := range verdicts {
			if large, ok := errors.AsType[*backend.TooLarge](err); ok {
				verdicts[i] = &backend.Rejected{Answer: large.Answer, Some: true}
			}
		}
	}
	return &backend.PartialError{Items: verdicts}
}

// put sends one request. It sets the verdicts of events that are refused for their time,
// and makes the group and the stream when they are missing.
func (b *Backend) put(ctx context.Context, group, stream string, events []event, late time.Duration, verdicts []error) error {
	parts := make([][]byte, 0, len(events)+2)
	begin := jsontext.AppendString([]byte(`{"logGroupName":`), group)
	begin = jsontext.AppendString(append(begin, `,"logStreamName":`...), stream)
	parts = append(parts, append(begin, `,"logEvents":[`...))
	for i, e := range events {
		if i == 0 {
			e.json = e.json[1:] // without the comma
		}
		parts = append(parts, e.json)
	}
	parts = append(parts, []byte("]}"))
	for made := false; ; made = true {
		a, err := b.call(ctx, "PutLogEvents", backend.Body{Parts: parts, Late: late})
		if err != nil {
			return err
		}
		f := b.read(a, "PutLogEvents")
		switch {
		case f == nil:
			return accepted(a, events, verdicts)
		case f.code == notFound && !made:
			if err := b.makeStream(ctx, group, stream); err != nil {
				return err
			}
		default:
			return f.verdict()
		}
	}
}

// call sends one request of an operation.
func (b *Backend) call(ctx context.Context, operation string, body backend.Body) (*httpclient.Answer, error) {
	return b.Client.Post(ctx, body, httpclient.Header{Name: "X-Amz-Target", Value: "Logs_20140328." + operation})
}
