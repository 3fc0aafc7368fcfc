package loki

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/klauspost/compress/snappy"

	"github.com/k8slog/k8slog/internal/protowire"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// Send implements backend.Backend.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	if err := b.confirmed.paused(body.Partition, time.Now()); err != nil {
		return err
	}
	a, others, err := b.takeApart(body)
	if err != nil {
		return err
	}
	if len(a.order) == 0 {
		return b.sendTogether(ctx, body, a.last)
	}
	main, err := b.Pack([][]byte{others})
	if err != nil {
		return err
	}
	if main.Release != nil {
		defer main.Release()
	}
	main.Partition, main.Late, main.Size = body.Partition, body.Late, body.Size
	for _, scope := range body.Scopes {
		if !a.own[scope] {
			main.Scopes = append(main.Scopes, scope)
		}
	}
	main.Items = len(main.Scopes)
	begun := time.Now()
	err = b.sendTogether(ctx, main, a.last)
	partial, some := errors.AsType[*backend.PartialError](err)
	if err != nil && !some {
		return err // nothing else was sent
	}
	verdicts := b.sendApart(ctx, body, a, time.Since(begun))
	if err == nil && len(verdicts) == 0 {
		return nil
	}
	items, next := make([]error, len(body.Scopes)), 0
	for i, scope := range body.Scopes {
		if a.own[scope] {
			items[i] = verdicts[scope]
			continue
		}
		if some {
			items[i] = partial.Items[next]
		}
		next++
	}
	return &backend.PartialError{Items: items}
}

// sendTogether sends streams in one request, and again without those that are refused. The
// answer is for the last one.
func (b *Backend) sendTogether(ctx context.Context, body backend.Body, last string) error {
	answer, err := b.Post(ctx, body)
	if err != nil {
		return err
	}
	err = classify(answer)
	if err == nil && last != "" {
		b.confirmed.add(last, time.Now())
	}
	if refusal := refusalOf(answer, err); refusal != nil {
		if named := b.named(answer, body.Scopes, nil); len(named) > 0 {
			return b.divide(ctx, body, named, refusal)
		}
	}
	return err
}

// refusalOf returns the verdict on the entries of a stream that the answer names;
// nil when the answer cannot be about single streams.
func refusalOf(a *httpclient.Answer, whole error) error {
	var throttled *backend.Throttled
	var rejected *backend.Rejected
	switch {
	case a.Status == http.StatusTooManyRequests && errors.As(whole, &throttled):
		return throttled
	case a.Status == http.StatusBadRequest && errors.As(whole, &rejected):
		// Of a stream whose entries were refused, some may be stored.
		return rejected
	}
	return nil
}

// named returns the scopes that an answer names, of those that were sent and are
// not known yet.
func (b *Backend) named(a *httpclient.Answer, sent []string, known map[string]error) map[string]bool {
	if len(sent) == 0 {
		return nil
	}
	found := map[string]bool{}
	streamsIn(string(a.Body), func(labels string) { found[b.scopeOf(labels)] = true })
	named := map[string]bool{}
	if len(found) == 0 {
		return named
	}
	for _, scope := range sent {
		if found[scope] && known[scope] == nil {
			named[scope] = true
		}
	}
	return named
}

// maxDivisions bounds the requests that one Send makes.
const maxDivisions = 8

var errNotDecided = errors.New("cannot tell which streams are stored: Loki refuses many of the request, and names one at a time")

// divide returns the verdict by item after an answer that names streams.
//
// That Loki has stored the entries of all other streams is likely, and not said:
// an ingester answers for the last stream of a request only, and the distributor
// passes on the answer of one ingester. So the others are sent again without the
// streams that were named, until Loki says that all is well. Loki drops what it
// has already.
func (b *Backend) divide(ctx context.Context, body backend.Body, named map[string]bool, refusal error) error {
	verdicts := map[string]error{}
	rest := error(nil)
	for round := 1; ; round++ {
		for scope := range named {
			verdicts[scope] = refusal
		}
		left, err := b.without(body, verdicts)
		if err != nil {
			rest = err
			break
		}
		if left == nil {
			break
		}
		if round > maxDivisions {
			rest = errNotDecided
			break
		}
		answer, err := b.post(ctx, body.Partition, left)
		if err != nil {
			rest = &backend.Undecided{Err: err}
			break
		}
		rest = classify(answer)
		if rest == nil {
			break
		}
		if refusal = refusalOf(answer, rest); refusal == nil {
			break
		}
		if named = b.named(answer, body.Scopes, verdicts); len(named) == 0 {
			break
		}
		rest = nil
	}
	b.confirmed.remove(verdicts)
	return verdictByItem(body.Scopes, verdicts, rest)
}

// verdictByItem joins the verdicts on streams and that on all others.
func verdictByItem(scopes []string, verdicts map[string]error, rest error) error {
	items := make([]error, len(scopes))
	for i, scope := range scopes {
		if items[i] = rest; verdicts[scope] != nil {
			items[i] = verdicts[scope]
		}
	}
	return &backend.PartialError{Items: items}
}

// post sends a request that is not compressed yet.
func (b *Backend) post(ctx context.Context, partition string, request []byte) (*httpclient.Answer, error) {
	body, err := b.Pack([][]byte{request})
	if err != nil {
		return nil, err
	}
	if body.Release != nil {
		defer body.Release()
	}
	body.Partition = partition
	return b.Post(ctx, body)
}

// without returns the request of a body without some streams, not compressed; nil
// when no stream is left.
func (b *Backend) without(body backend.Body, streams map[string]error) ([]byte, error) {
	request, err := decompress(body)
	if err != nil {
		return nil, err
	}
	var left []byte
	eachStream(request, func(labels string, stream []byte) {
		if streams[labels] == nil {
			left = protowire.AppendBytes(left, requestStreams, stream)
		}
	})
	return left, nil
}

// decompress returns the request of a body.
func decompress(body backend.Body) ([]byte, error) {
	request, err := snappy.Decode(nil, bytes.Join(body.Parts, nil))
	if err != nil {
		return nil, fmt.Errorf("cannot read the request again: %w", err)
	}
	return request, nil
}

// eachStream calls do for each stream of a request, with its labels.
func eachStream(request []byte, do func(labels string, stream []byte)) {
	for f := (protowire.Fields{Rest: request}); f.Next(); {
		stream := protowire.Fields{Rest: f.Bytes} // labels are the first field
		if stream.Next() {
			do(string(stream.Bytes), f.Bytes)
		}
	}
}
