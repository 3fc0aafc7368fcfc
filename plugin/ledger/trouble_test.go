package ledger

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A Trouble is over with a success, or when nobody has failed for long. One that comes back soon
// is the same.
func TestTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var trouble Trouble
		if _, err := trouble.Failing(); err != nil {
			t.Error(err)
		}
		begun, full := time.Now(), errors.New("no space left on device")
		trouble.Fail(errors.New("first"))
		time.Sleep(time.Minute)
		trouble.Over()
		if _, err := trouble.Failing(); err != nil {
			t.Error(err)
		}
		trouble.Fail(full)
		if since, err := trouble.Failing(); err != full || !since.Equal(begun) {
			t.Error(since.Sub(begun), err)
		}
		time.Sleep(troubleEnds)
		if _, err := trouble.Failing(); err != nil {
			t.Error(err)
		}
		trouble.Fail(full)
		if since, _ := trouble.Failing(); since.Equal(begun) {
			t.Error(since)
		}
	})
}
