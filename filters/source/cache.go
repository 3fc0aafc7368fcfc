package source

import (
	"sync"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// maxCached is the largest number of entries of each generation of a cache. It is well
// above the number of containers on a node.
const maxCached = 8192

// cache is a bounded map from keys to sources with two generations. A full young generation
// becomes the old one, and the previous old one is evicted. An entry that is used moves to
// the young generation. The zero cache is empty. A cache is safe for concurrent use.
type cache struct {
	mu         sync.RWMutex
	young, old map[string]entry
}

// entry is a cached source. The source is nil for keys without one.
type entry struct {
	source *filters.Source
	until  time.Time // when the entry expires; zero for never
	file   identity  // that the path led to; zero for unknown
}

// get returns the source of a key. ok is false for a key that is not cached or expired.
func (c *cache) get(key []byte) (source *filters.Source, ok bool) {
	c.mu.RLock()
	found, ok := c.young[string(key)]
	aged, isOld := c.old[string(key)]
	c.mu.RUnlock()
	if !ok && isOld {
		c.store(string(key), aged)
		found, ok = aged, true
	}
	if !ok || !found.until.IsZero() && time.Now().After(found.until) {
		return nil, false
	}
	return found.source, true
}

// has returns whether the key is cached, also when the entry has expired.
func (c *cache) has(key string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, young := c.young[key]
	_, old := c.old[key]
	return young || old
}

// last returns the entry that was cached last for a key, also when it has expired.
func (c *cache) last(key string) entry {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if e, ok := c.young[key]; ok {
		return e
	}
	return c.old[key]
}

// put caches a source, and returns it.
func (c *cache) put(key string, source *filters.Source) *filters.Source {
	c.store(key, entry{source: source})
	return source
}

// replace caches a source in place of the one that is cached for a key, until that would
// expire, and returns it.
func (c *cache) replace(key string, source *filters.Source) *filters.Source {
	e := c.last(key)
	e.source = source
	c.store(key, e)
	return source
}

// putFor caches a source for a limited time.
func (c *cache) putFor(key string, source *filters.Source, d time.Duration) {
	c.store(key, entry{source: source, until: time.Now().Add(d)})
}

// putFile caches the source of a path for a limited time, with the file that it leads to.
func (c *cache) putFile(key string, source *filters.Source, d time.Duration, file identity) {
	c.store(key, entry{source, time.Now().Add(d), file})
}

// store adds an entry to the young generation.
func (c *cache) store(key string, e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= maxCached {
		c.old, c.young = c.young, make(map[string]entry)
	}
	c.young[key] = e
}
