package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/k8slog/k8slog/internal/oneline"
)

// The times of the cache. Credentials are fetched anew ahead of their end by a quarter of
// their life, ahead at most, so that an outage of their source shorter than that does not
// matter. Those without an end may change: a file is read again.
const (
	ahead      = 15 * time.Minute
	readAgain  = time.Minute
	suspicion  = 30 * time.Second // between fetches because a server refused the credentials
	firstPause = time.Second      // after a fetch that failed; it doubles up to lastPause
	lastPause  = time.Minute
	fetchLimit = 20 * time.Second
)

// credentials are those of a time. They do not change.
type credentials struct {
	sdk.Credentials
	fetched time.Time
	renew   time.Time // when they are to be fetched again
	end     time.Time // zero for none
}

// cache keeps credentials and fetches them anew in the background. It is made by newCache.
type cache struct {
	source sdk.CredentialsProvider
	life   context.Context
	end    context.CancelFunc
	ends   sync.WaitGroup

	mu       sync.Mutex
	latest   *credentials  // nil before the first
	words    []string      // the secrets of the latest and of those before
	fetching chan struct{} // closed when the fetch is over; nil while there is none
	failed   error         // of the last fetch
	pause    time.Duration
	next     time.Time // no fetch before
}

func newCache(source sdk.CredentialsProvider) *cache {
	life, end := context.WithCancel(context.Background())
	return &cache{source: source, life: life, end: end}
}

// get returns credentials that are good for now. It waits only when there are none.
func (c *cache) get(ctx context.Context) (*credentials, error) {
	c.mu.Lock()
	now := time.Now()
	if c.fetching == nil && (c.latest == nil || !now.Before(c.latest.renew)) && !now.Before(c.next) && c.life.Err() == nil {
		c.fetching = make(chan struct{})
		c.ends.Add(1)
		go c.fetch(c.fetching)
	}
	latest, fetching := c.good(now), c.fetching
	c.mu.Unlock()
	if latest != nil {
		return latest, nil
	}
	if fetching != nil {
		select {
		case <-fetching:
		case <-ctx.Done():
			return nil, fmt.Errorf("cannot get AWS credentials: %w", ctx.Err())
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if latest := c.good(time.Now()); latest != nil {
		return latest, nil
	}
	if c.failed == nil {
		return nil, errors.New("cannot get AWS credentials: the output has ended")
	}
	return nil, c.failed
}

// good returns the latest credentials unless they have ended.
func (c *cache) good(now time.Time) *credentials {
	if c.latest == nil || !c.latest.end.IsZero() && !now.Before(c.latest.end) {
		return nil
	}
	return c.latest
}

func (c *cache) fetch(done chan struct{}) {
	defer c.ends.Done()
	ctx, cancel := context.WithTimeout(c.life, fetchLimit)
	defer cancel()
	got, err := c.source.Retrieve(ctx)
	if err == nil && !got.HasKeys() {
		err = errors.New("their source has no keys")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(done)
	c.fetching = nil
	now := time.Now()
	if err != nil {
		c.failed = fmt.Errorf("cannot get AWS credentials: %s", oneline.Of(mask(err.Error(), c.words)))
		c.pause = min(max(2*c.pause, firstPause), lastPause)
		c.next = now.Add(c.pause)
		return
	}
	c.failed, c.pause, c.next = nil, 0, time.Time{}
	c.set(got, now)
}

// set stores credentials. The caller holds mu.
func (c *cache) set(got sdk.Credentials, now time.Time) {
	latest := &credentials{Credentials: got, fetched: now, renew: now.Add(readAgain)}
	if got.CanExpire {
		latest.end = got.Expires
		if life := got.Expires.Sub(now); life > 0 {
			latest.renew = got.Expires.Add(-min(ahead, life/4))
		} else {
			// The clock is wrong, or the source gives out old ones in an outage of
			// its own. The server decides.
			latest.end = now.Add(5 * time.Minute)
		}
	}
	words := []string{got.SecretAccessKey, got.SessionToken, got.AccessKeyID}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	if c.latest == nil || c.latest.AccessKeyID != got.AccessKeyID || c.latest.SessionToken != got.SessionToken || c.latest.SecretAccessKey != got.SecretAccessKey {
		// An answer to an earlier request may quote the former ones.
		c.words = append(words, c.words[:min(len(c.words), 3)]...)
	}
	c.latest = latest
}

// suspect makes the next get fetch, because a server did not believe the credentials.
func (c *cache) suspect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); c.latest != nil && now.Sub(c.latest.fetched) >= suspicion && now.Before(c.latest.renew) {
		again := *c.latest
		again.renew = now
		c.latest = &again
	}
}

// secrets returns words that must not get into a log. The slice is the same one as long as
// the credentials are.
func (c *cache) secrets() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.words
}

// close ends a fetch that is under way, and waits for its end.
func (c *cache) close() {
	c.mu.Lock()
	c.end() // no fetch begins from here on
	c.mu.Unlock()
	c.ends.Wait()
}
