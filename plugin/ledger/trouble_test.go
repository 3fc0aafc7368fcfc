package ledger

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A Trouble lasts as long as it comes again, and has the last reason.
func TestTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var trouble Trouble
		if _, err := trouble.Failing(); err != nil {
			t.Error(err)
		}
		begun, full := time.Now(), errors.New("no space left on device")
		trouble.Fail(errors.New("first"))
		time.Sleep(time.Minute)
		trouble.Fail(full)
		time.Sleep(time.Minute)
		if since, err := trouble.Failing(); err != full || !since.Equal(begun) {
			t.Error(since.Sub(begun), err)
		}
		time.Sleep(time.Minute)
		if _, err := trouble.Failing(); err != nil {
			t.Error(err)
		}
		trouble.Fail(full)
		if since, _ := trouble.Failing(); !since.Equal(time.Now()) {
			t.Error(since)
		}
	})
}

// Requests are tried again until one is accepted.
func TestRetrying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Ledger
		if _, err := l.Retrying(); err != nil {
			t.Error(err)
		}
		begun, why := time.Now(), errors.New("401")
		l.Retry(errors.New("first"))
		time.Sleep(time.Second)
		l.Retry(why)
		if since, err := l.Retrying(); err != why || !since.Equal(begun) {
			t.Error(since, err)
		}
		l.Accepted()
		if _, err := l.Retrying(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		l.Retry(why)
		if since, err := l.Retrying(); err != why || !since.Equal(time.Now()) {
			t.Error(since, err)
		}
		if l.Retried.Load() != 3 {
			t.Error(l.Retried.Load())
		}
	})
}
