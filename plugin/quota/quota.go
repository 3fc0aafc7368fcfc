// Package quota limits the rate of records of each namespace or each pod, so that one of them
// cannot use the whole capacity of the backend.
package quota

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/k8slog/k8slog/filters"
)

// Policy is the treatment of records above the limit.
type Policy string

// The policies.
const (
	// Delay returns their chunk to Fluent Bit for a retry.
	Delay Policy = "delay"
	// Sample delivers one of every Config.Sample records, and drops all others.
	Sample Policy = "sample"
	// Drop drops all of them.
	Drop Policy = "drop"
)

// Policies are the names of all policies.
var Policies = []string{string(Delay), string(Sample), string(Drop)}

// Config configures the limits.
type Config struct {
	// ByPod is true for a limit per pod, and false for a limit per namespace.
	ByPod bool
	// Records and Bytes are the limits per second; zero for no limit.
	Records, Bytes int
	// Burst is the size of a bucket, as the time in which it fills.
	Burst time.Duration
	// Policy is the treatment of records above the limit.
	Policy Policy
	// Sample is the number of records of which the policy Sample delivers one. It must be
	// positive with that policy.
	Sample int
}

// Drops reports whether records above the limit may be dropped.
func (c Config) Drops() bool { return (c.Records != 0 || c.Bytes != 0) && c.Policy != Delay }

// Limits holds the buckets of all namespaces or pods. It is created by New, and is safe for
// concurrent use. A nil Limits limits nothing.
type Limits struct {
	config Config

	mu      sync.Mutex
	buckets map[string]*Bucket
}

// maxBuckets is well above the number of pods on a node. Evicting a bucket resets its limit.
const maxBuckets = 4096

// New creates Limits; nil when c has neither a limit of records nor of bytes.
func New(c Config) *Limits {
	if c.Records == 0 && c.Bytes == 0 {
		return nil
	}
	return &Limits{config: c, buckets: map[string]*Bucket{}}
}

// Bucket is the token bucket of a namespace or a pod. A nil Bucket allows all records.
type Bucket struct {
	config         *Config
	records, bytes *rate.Limiter
	above          atomic.Int64 // number of records above the limit, for the policy Sample
}

// Of returns the bucket of a source; nil for components of the node and for sources without a
// namespace.
func (l *Limits) Of(s *filters.Source) *Bucket {
	if l == nil || s.Namespace == "" {
		return nil
	}
	key := s.Namespace
	if l.config.ByPod {
		key += "/" + s.Pod
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.buckets[key]
	if bucket == nil {
		if len(l.buckets) >= maxBuckets {
			clear(l.buckets)
		}
		bucket = &Bucket{
			config: &l.config, records: l.config.limiter(l.config.Records), bytes: l.config.limiter(l.config.Bytes),
		}
		l.buckets[key] = bucket
	}
	return bucket
}

// limiter returns the token bucket of a limit per second; nil for no limit.
func (c *Config) limiter(perSecond int) *rate.Limiter {
	if perSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(float64(perSecond)*c.Burst.Seconds())))
}

// Allow takes records and bytes out of the bucket. It returns false when they are above the
// limit.
func (b *Bucket) Allow(now time.Time, records, bytes int) bool {
	return b == nil || take(b.records, now, records) && take(b.bytes, now, bytes)
}

// take takes n tokens. A record that is larger than the bucket passes when the bucket is full;
// otherwise it would never pass.
func take(l *rate.Limiter, now time.Time, n int) bool {
	return l == nil || l.AllowN(now, min(n, l.Burst()))
}

// Policy returns the treatment of the next record above the limit: Delay, Drop, or the empty
// Policy for a record that is delivered. With the policy Sample, each call counts one record.
func (b *Bucket) Policy() Policy {
	if b.config.Policy == Sample {
		if b.above.Add(1)%int64(b.config.Sample) == 0 {
			return ""
		}
		return Drop
	}
	return b.config.Policy
}
