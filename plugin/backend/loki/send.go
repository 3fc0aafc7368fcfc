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
	begun := time.Now()
	answer, err := b.Post(ctx, body)
	if err != nil {
		return err
	}
	err = classify(answer)
	if err == nil {
		if refused := b.confirm(ctx, body, time.Since(begun), nil); len(refused) > 0 {
			return verdictByItem(body.Scopes, refused, nil)
		}
		return nil
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
		begun := time.Now()
		answer, err := b.post(ctx, body.Partition, left)
		if err != nil {
			rest = err
			break
		}
		rest = classify(answer)
		if rest == nil {
			verdicts = b.confirm(ctx, body, time.Since(begun), verdicts)
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
	request, err := snappy.Decode(nil, bytes.Join(body.Parts, nil))
	if err != nil {
		return nil, fmt.Errorf("cannot read the request again: %w", err)
	}
	var left []byte
	for f := (protowire.Fields{Rest: request}); f.Next(); {
		stream := protowire.Fields{Rest: f.Bytes} // labels are the first field
		if stream.Next() && streams[string(stream.Bytes)] == nil {
			left = protowire.AppendBytes(left, requestStreams, f.Bytes)
		}
	}
	return left, nil
}
