// Package quota gives every namespace, or every pod, a share of what is
// delivered, so that one that floods does not starve the others.
package quota

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/k8slog/k8slog/filters"
)

// Policy is what becomes of records above a budget.
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

// Config is the shares. With no Records and no Bytes there is no limit.
type Config struct {
	ByPod bool // and not by namespace
	// Records and Bytes are those of a second; zero for any number.
	Records, Bytes int
	// Burst is the time whose share may come at once.
	Burst  time.Duration
	Policy Policy
	// Of how many records above the budget one is delivered under Sample.
	Sample int
}

// Budgets are those of all namespaces or pods. They are made by New.
type Budgets struct {
	config Config

	mu     sync.Mutex
	shares map[string]*Share
}

// maxShares is well above the pods of a node. Who forgets a share gives its
// owner a new one.
const maxShares = 4096

// New returns budgets; nil when there are to be none.
func New(c Config) *Budgets {
	if c.Records == 0 && c.Bytes == 0 {
		return nil
	}
	return &Budgets{config: c, shares: map[string]*Share{}}
}

// Share is the budget of a namespace or a pod. A nil Share is boundless.
type Share struct {
	config         *Config
	records, bytes *rate.Limiter
	above          atomic.Int64
}

// Of returns the share of who writes a source; nil for the node's own
// components and for those who are not known.
func (b *Budgets) Of(s *filters.Source) *Share {
	if b == nil || s.Namespace == "" {
		return nil
	}
	key := s.Namespace
	if b.config.ByPod {
		key += "/" + s.Pod
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	share := b.shares[key]
	if share == nil {
		if len(b.shares) >= maxShares {
			clear(b.shares)
		}
		share = &Share{
			config: &b.config, records: b.config.limiter(b.config.Records), bytes: b.config.limiter(b.config.Bytes),
		}
		b.shares[key] = share
	}
	return share
}

func (c *Config) limiter(perSecond int) *rate.Limiter {
	if perSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(float64(perSecond)*c.Burst.Seconds())))
}

// Take takes from the share what so many records of so many bytes cost. It
// returns false when they are above the budget.
func (s *Share) Take(now time.Time, records, bytes int) bool {
	return s == nil || take(s.records, now, records) && take(s.bytes, now, bytes)
}

// take lets what is larger than a burst pass where there is all of one.
func take(l *rate.Limiter, now time.Time, n int) bool {
	return l == nil || l.AllowN(now, min(n, l.Burst()))
}

// Policy is what is to become of a record above the budget: Delay, Drop, or
// the empty policy when it is to be delivered all the same.
func (s *Share) Policy() Policy {
	if s.config.Policy == Sample {
		if s.above.Add(1)%int64(s.config.Sample) == 0 {
			return ""
		}
		return Drop
	}
	return s.config.Policy
}
