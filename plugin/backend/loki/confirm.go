package loki

import (
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
// while, is sent in a request of its own. A stream that Loki has made stays.

const (
	// confirmedFor is how long a stream without records stays confirmed: an ingester
	// keeps it for chunk_idle_period, which is 30 minutes.
	confirmedFor = 20 * time.Minute
	// maxConfirmed bounds the streams that are remembered, because whoever writes logs
	// may choose their labels. Above it, new streams are not asked for.
	maxConfirmed = 8192
	// maxApart bounds the requests that one Send adds. What is left has its turn with its
	// next records.
	maxApart = 16
	// slowAnswer is the time of an answer above which the streams that are left are sent
	// in one request: their records must not wait for several answers.
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

// apart is the streams of a request that are sent in requests of their own. The zero apart
// is that of a request whose streams are all confirmed.
type apart struct {
	main    []byte            // the request with all other streams, not compressed
	last    string            // the stream for which the answer to main is
	streams map[string][]byte // requests, not compressed
	order   []string
}

// takeApart takes the streams out of a body that are not confirmed. The last one stays.
func (b *Backend) takeApart(body backend.Body) (apart, error) {
	unknown := b.confirmed.unknown(body.Scopes, time.Now())
	if len(unknown) == 0 {
		return apart{}, nil
	}
	request, err := decompress(body)
	if err != nil {
		return apart{}, err
	}
	var a apart
	eachStream(request, func(labels string, _ []byte) { a.last = labels })
	unknown = slices.DeleteFunc(unknown, func(scope string) bool { return scope == a.last })
	a.order = unknown[:min(len(unknown), maxApart)]
	a.streams = make(map[string][]byte, len(a.order))
	for _, scope := range a.order {
		a.streams[scope] = nil
	}
	eachStream(request, func(labels string, stream []byte) {
		if own, ok := a.streams[labels]; ok {
			a.streams[labels] = protowire.AppendBytes(own, requestStreams, stream)
		} else {
			a.main = protowire.AppendBytes(a.main, requestStreams, stream)
		}
	})
	return a, nil
}

// sendApart sends the requests of single streams, after the answer to the others took so
// long. It returns the verdicts on those that are not stored.
func (b *Backend) sendApart(ctx context.Context, partition string, a apart, took time.Duration) map[string]error {
	verdicts := map[string]error{}
	for i, scope := range a.order {
		scopes, request := a.order[i:i+1], a.streams[scope]
		if took > slowAnswer {
			scopes = a.order[i:]
			for _, other := range scopes[1:] {
				request = append(request, a.streams[other]...)
			}
		}
		begun := time.Now()
		answer, err := b.post(ctx, partition, request)
		took = time.Since(begun)
		if err == nil {
			err = classify(answer)
		}
		for _, s := range scopes {
			if err != nil {
				verdicts[s] = err
			} else if len(scopes) == 1 {
				b.confirmed.add(s, time.Now())
			}
		}
		if len(scopes) > 1 {
			break
		}
	}
	return verdicts
}
