package loki

import (
	"context"
	"errors"
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
	pauses  map[string]pause // by partition
}

// pause is what an answer has asked for while some streams of the same body were stored
// already: then the result of the body cannot say it.
type pause struct {
	until time.Time
	why   *backend.Throttled
}

// maxPause bounds a pause.
const maxPause = 5 * time.Minute

func (c *confirmed) setPause(partition string, why *backend.Throttled, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pauses == nil {
		c.pauses = map[string]pause{}
	}
	maps.DeleteFunc(c.pauses, func(_ string, p pause) bool { return !now.Before(p.until) })
	c.pauses[partition] = pause{now.Add(min(why.After, maxPause)), why}
}

// paused returns what a partition still waits for; nil for nothing.
func (c *confirmed) paused(partition string, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pauses[partition]
	if !ok || !now.Before(p.until) {
		return nil
	}
	return &backend.Throttled{After: p.until.Sub(now), Answer: p.why.Answer}
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
	last  string          // the stream for which the answer to all others is
	order []string        // those that are sent apart
	own   map[string]bool // the same
}

// takeApart returns which streams of a body are sent apart: those that are not confirmed, but
// for the last one. main is the request with all others, not compressed; nil when no stream is
// sent apart.
func (b *Backend) takeApart(body backend.Body) (a apart, main []byte, err error) {
	unknown := b.confirmed.unknown(body.Scopes, time.Now())
	if len(unknown) == 0 {
		return apart{}, nil, nil
	}
	request, err := decompress(body)
	if err != nil {
		return apart{}, nil, err
	}
	eachStream(request, func(labels string, _ []byte) { a.last = labels })
	unknown = slices.DeleteFunc(unknown, func(scope string) bool { return scope == a.last })
	if a.order = unknown[:min(len(unknown), maxApart)]; len(a.order) == 0 {
		return a, nil, nil
	}
	a.own = make(map[string]bool, len(a.order))
	for _, scope := range a.order {
		a.own[scope] = true
	}
	eachStream(request, func(labels string, stream []byte) {
		if !a.own[labels] {
			main = protowire.AppendBytes(main, requestStreams, stream)
		}
	})
	return a, main, nil
}

// sendApart sends the requests of single streams, after the answer to the others took so
// long. It returns the verdicts on those that Loki did not take. After an answer that is not
// about its stream, nothing more is sent.
func (b *Backend) sendApart(ctx context.Context, body backend.Body, a apart, took time.Duration) map[string]error {
	verdicts := map[string]error{}
	stop := func(left []string, err error) map[string]error {
		for _, scope := range left {
			verdicts[scope] = err
		}
		if throttled, ok := errors.AsType[*backend.Throttled](err); ok && throttled.After > 0 {
			b.confirmed.setPause(body.Partition, throttled, time.Now())
		}
		return verdicts
	}
	all, err := decompress(body)
	if err != nil {
		return stop(a.order, err)
	}
	requests := make(map[string][]byte, len(a.order))
	eachStream(all, func(labels string, stream []byte) {
		if a.own[labels] {
			requests[labels] = protowire.AppendBytes(requests[labels], requestStreams, stream)
		}
	})
	for left := a.order; len(left) > 0; {
		scopes := left[:1]
		if took > slowAnswer {
			scopes = left
		}
		var request []byte
		for _, scope := range scopes {
			request = append(request, requests[scope]...)
		}
		begun := time.Now()
		answer, err := b.post(ctx, body.Partition, request)
		if took = time.Since(begun); err != nil {
			return stop(left, &backend.Undecided{Err: err})
		}
		refusal := classify(answer)
		if refusal != nil && (refusalOf(answer, refusal) == nil || len(b.named(answer, scopes, nil)) == 0) {
			return stop(left, refusal)
		}
		for _, scope := range scopes {
			if refusal != nil {
				verdicts[scope] = refusal
			} else if len(scopes) == 1 {
				b.confirmed.add(scope, time.Now())
			}
		}
		left = left[len(scopes):]
	}
	return verdicts
}
