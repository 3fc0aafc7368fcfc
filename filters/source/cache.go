package source

import (
	"sync"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// maxCached bounds each generation of a cache. It is well above the number of
// containers that a node can have.
const maxCached = 8192

// cache is a bounded map from a name to a source. It holds two generations:
// when the young one is full, it becomes the old one, and what nobody asked for
// since is forgotten. The zero cache is empty.
type cache struct {
	mu         sync.RWMutex
	young, old map[string]entry
}

type entry struct {
	source *filters.Source
	until  time.Time // zero for ever
}

func (c *cache) get(key []byte) (*filters.Source, bool) {
	c.mu.RLock()
	found, ok := c.young[string(key)]
	aged, isOld := c.old[string(key)]
	c.mu.RUnlock()
	if !ok && isOld {
		c.keep(string(key), aged)
		found, ok = aged, true
	}
	if !ok || !found.until.IsZero() && time.Now().After(found.until) {
		return nil, false
	}
	return found.source, true
}

// has says whether the cache holds an entry for the key, expired or not.
func (c *cache) has(key string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, young := c.young[key]
	_, old := c.old[key]
	return young || old
}

// put remembers a source, and returns it.
func (c *cache) put(key string, source *filters.Source) *filters.Source {
	c.keep(key, entry{source: source})
	return source
}

// putFor remembers a source for a limited time.
func (c *cache) putFor(key string, source *filters.Source, d time.Duration) {
	c.keep(key, entry{source: source, until: time.Now().Add(d)})
}

func (c *cache) keep(key string, e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= maxCached {
		c.old, c.young = c.young, make(map[string]entry)
	}
	c.young[key] = e
}
