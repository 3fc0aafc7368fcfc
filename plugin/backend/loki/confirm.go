package loki

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/k8slog/k8slog/internal/protowire"
	"github.com/k8slog/k8slog/plugin/backend"
)

// This file finds streams that Loki refuses without saying so.
//
// An ingester answers for the last stream of a request only (see Pack). A stream that
// stands before it and would be one too many (max_global_streams_per_user) is left out,
// and the answer is a success. So a stream that is new, or that had no records for a
// while, is sent once more by itself: what Loki has already, it drops. A stream that Loki
// has made stays.

const (
	// confirmedFor is how long a stream without records stays confirmed: an ingester
	// keeps it for chunk_idle_period, which is 30 minutes.
	confirmedFor = 20 * time.Minute
	// maxConfirmed bounds the streams that are remembered, because whoever writes logs
	// may choose their labels. Above it, new streams are not asked for.
	maxConfirmed = 8192
	// maxConfirmations bounds the requests that one Send adds. What is left has its turn
	// with its next records.
	maxConfirmations = 16
	// slowAnswer is the time of an answer above which a backend is asked nothing more: its
	// records must not wait for it several times.
	slowAnswer = 500 * time.Millisecond
)

// confirmed is the streams that Loki has stored entries of. The zero confirmed is empty.
// It is safe for concurrent use.
type confirmed struct {
	mu      sync.Mutex
	streams map[string]time.Time // when records of it were last stored
	swept   time.Time
}

// unknown returns the streams of a request that were not confirmed, sorted. Those that
// were stay so.
func (c *confirmed) unknown(scopes []string, now time.Time) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found map[string]bool
	last := ""
	for _, scope := range scopes {
		if scope == last {
			continue
		}
		last = scope
		switch at, ok := c.streams[scope]; {
		case !ok || now.Sub(at) > confirmedFor:
			if found == nil {
				found = map[string]bool{}
			}
			found[scope] = true
		default:
			c.streams[scope] = now
		}
	}
	if len(c.streams) >= maxConfirmed && now.Sub(c.swept) > time.Minute {
		c.swept = now
		maps.DeleteFunc(c.streams, func(_ string, at time.Time) bool { return now.Sub(at) > confirmedFor })
	}
	if len(c.streams) >= maxConfirmed {
		return nil
	}
	return slices.Sorted(maps.Keys(found))
}

func (c *confirmed) add(scope string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.streams == nil {
		c.streams = map[string]time.Time{}
	}
	c.streams[scope] = now
}

// remove takes streams away that were refused.
func (c *confirmed) remove(verdicts map[string]error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for scope := range verdicts {
		delete(c.streams, scope)
	}
}

// confirm asks for the streams of a body whose storing Loki has not confirmed, after an
// answer without an error that took so long. It adds to the verdicts those of streams that
// were refused after all, or whose request failed.
func (b *Backend) confirm(ctx context.Context, body backend.Body, took time.Duration, verdicts map[string]error) map[string]error {
	unknown := b.confirmed.unknown(body.Scopes, time.Now())
	unknown = slices.DeleteFunc(unknown, func(scope string) bool { return verdicts[scope] != nil })
	if len(unknown) == 0 {
		return verdicts
	}
	request, err := b.without(body, verdicts)
	if err != nil {
		return verdicts
	}
	alone, last := map[string][]byte{}, ""
	ordered := bytes.Join(largestLast([][]byte{request}), nil) // as it was sent
	for f := (protowire.Fields{Rest: ordered}); f.Next(); {
		stream := protowire.Fields{Rest: f.Bytes} // labels are the first field
		if stream.Next() {
			last = string(stream.Bytes)
			alone[last] = protowire.AppendBytes(alone[last], requestStreams, f.Bytes)
		}
	}
	asked := 0
	for _, scope := range unknown {
		switch {
		case scope == last:
			b.confirmed.add(scope, time.Now())
		case took <= slowAnswer && asked < maxConfirmations && alone[scope] != nil:
			asked++
			answer, err := b.post(ctx, body.Partition, alone[scope])
			if err == nil {
				err = classify(answer)
			}
			if err == nil {
				b.confirmed.add(scope, time.Now())
				continue
			}
			if verdicts == nil {
				verdicts = map[string]error{}
			}
			verdicts[scope] = err
		}
	}
	return verdicts
}
