// Package quota limits the rate of records of every namespace, or of every pod,
// so that one that floods does not starve the others.
package quota

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/k8slog/k8slog/filters"
)

// Policy is what becomes of records above the limit.
type Policy string

// The policies.
const (
	// Delay gives them back to Fluent Bit, which brings them again.
	Delay Policy = "delay"
	// Sample delivers one of so many, and drops the others.
	Sample Policy = "sample"
	// Drop drops them.
	Drop Policy = "drop"
)

// Policies are all of them.
var Policies = []string{string(Delay), string(Sample), string(Drop)}

// Config is the limits. With no Records and no Bytes there is none.
type Config struct {
	ByPod bool // and not by namespace
	// Records and Bytes are those of a second; zero for any number.
	Records, Bytes int
	// Burst is the time whose records may come at once.
	Burst  time.Duration
	Policy Policy
	// Sample is of how many records above the limit one is delivered under the
	// policy Sample.
	Sample int
}

// Limits are the buckets of all namespaces or pods. They are made by New.
type Limits struct {
	config Config

	mu      sync.Mutex
	buckets map[string]*Bucket
}

// maxBuckets is well above the pods of a node. Evicting a bucket resets its limit.
const maxBuckets = 4096

// New returns limits; nil when there are to be none.
func New(c Config) *Limits {
	if c.Records == 0 && c.Bytes == 0 {
		return nil
	}
	return &Limits{config: c, buckets: map[string]*Bucket{}}
}

// Bucket is the token bucket of a namespace or a pod. A nil Bucket allows all.
type Bucket struct {
	config         *Config
	records, bytes *rate.Limiter
	above          atomic.Int64
}

// Of returns the bucket of a source; nil for the node's own components and for
// writers that are not known.
func (b *Limits) Of(s *filters.Source) *Bucket {
	if b == nil || s.Namespace == "" {
		return nil
	}
	key := s.Namespace
	if b.config.ByPod {
		key += "/" + s.Pod
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	bucket := b.buckets[key]
	if bucket == nil {
		if len(b.buckets) >= maxBuckets {
			clear(b.buckets)
		}
		bucket = &Bucket{
			config: &b.config, records: b.config.limiter(b.config.Records), bytes: b.config.limiter(b.config.Bytes),
		}
		b.buckets[key] = bucket
	}
	return bucket
}

func (c *Config) limiter(perSecond int) *rate.Limiter {
	if perSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(float64(perSecond)*c.Burst.Seconds())))
}

// Allow takes so many records of so many bytes out of the bucket. It returns
// false when they are above the limit.
func (s *Bucket) Allow(now time.Time, records, bytes int) bool {
	return s == nil || take(s.records, now, records) && take(s.bytes, now, bytes)
}

// take lets a record that is larger than a burst pass when the bucket is full.
func take(l *rate.Limiter, now time.Time, n int) bool {
	return l == nil || l.AllowN(now, min(n, l.Burst()))
}

// Policy is what is to become of a record above the limit: Delay, Drop, or the
// empty policy when the record is to be delivered all the same.
func (s *Bucket) Policy() Policy {
	if s.config.Policy == Sample {
		if s.above.Add(1)%int64(s.config.Sample) == 0 {
			return ""
		}
		return Drop
	}
	return s.config.Policy
}
