package aws

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
)

// source gives out credentials with a life of an hour, numbered, unless it is broken.
type source struct {
	n      atomic.Int32
	broken atomic.Bool
	takes  time.Duration
	life   time.Duration
}

func (s *source) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return sdk.Credentials{}, ctx.Err()
	}
	n := s.n.Add(1)
	if s.broken.Load() {
		return sdk.Credentials{}, errors.New("out of order\nsecret-key-of-nobody")
	}
	return sdk.Credentials{AccessKeyID: "id" + string(rune('0'+n)), SecretAccessKey: "secret-key-of-nobody", CanExpire: s.life != 0, Expires: time.Now().Add(s.life)}, nil
}

// Credentials are fetched again ahead of their end, and nobody waits for that. When it
// fails, they stay good to their end.
func TestCredentialsAreRenewedAheadOfTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: 2 * time.Second, life: time.Hour}
		c := newCache(s)
		defer c.close()
		get := func(want string, wait time.Duration) {
			t.Helper()
			began := time.Now()
			got, err := c.get(t.Context())
			if err != nil || got.AccessKeyID != want || time.Since(began) != wait {
				t.Errorf("%v after %v, %v; want %s after %v", got, time.Since(began), err, want, wait)
			}
		}
		get("id1", s.takes)
		get("id1", 0)
		time.Sleep(44 * time.Minute)
		get("id1", 0)
		time.Sleep(2 * time.Minute) // a quarter of the life is left
		get("id1", 0)
		time.Sleep(3 * time.Second)
		get("id2", 0)
		s.broken.Store(true)
		for range 58 {
			time.Sleep(time.Minute)
			get("id2", 0)
		}
		if n := s.n.Load(); n > 2+20 {
			t.Errorf("%d fetches", n)
		}
		time.Sleep(2 * time.Minute)
		if _, err := c.get(t.Context()); err == nil || strings.Contains(err.Error(), "nobody") || strings.Contains(err.Error(), "\n") {
			t.Errorf("after the end: %v", err)
		}
		s.broken.Store(false)
		time.Sleep(lastPause)
		if _, err := c.get(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Those without an end may be of a file that changes.
func TestCredentialsWithoutAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		c := newCache(s)
		defer c.close()
		for range 10 {
			if _, err := c.get(t.Context()); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			time.Sleep(readAgain)
			s.broken.Store(true)
		}
		if n := s.n.Load(); n < 5 || n > 11 {
			t.Errorf("%d fetches", n)
		}
	})
}

// What a server does not believe is fetched again, but not with every answer.
func TestSuspectedCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: 6 * time.Hour}
		c := newCache(s)
		defer c.close()
		for range 100 {
			if _, err := c.get(t.Context()); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			c.suspect()
			time.Sleep(time.Second)
		}
		if n := s.n.Load(); n < 3 || n > 5 {
			t.Errorf("%d fetches", n)
		}
		if len(c.secrets()) < 4 {
			t.Errorf("the words of the former ones are gone: %q", c.secrets())
		}
	})
}

// A source whose credentials have ended may be right, and the clock wrong.
func TestCredentialsThatHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(&source{life: -time.Hour})
		defer c.close()
		if got, err := c.get(t.Context()); err != nil || got.AccessKeyID != "id1" {
			t.Error(err)
		}
	})
}

// Who waits for the first credentials waits no longer than the request may take, and a close ends the fetch.
func TestGetEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(&source{takes: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		c.close()
		if _, err := c.get(t.Context()); err == nil {
			t.Error("credentials after the end")
		}
	})
}
