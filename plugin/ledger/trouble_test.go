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
