package delivery

import (
	"testing"
	"testing/synctest"
	"time"
)

// A backend of which a part is slow is waited for, though other answers come soon.
func TestTimeoutHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var limit timeout
		want := func(seconds int) {
			t.Helper()
			if got := limit.now(2 * time.Second); got != time.Duration(seconds)*time.Second {
				t.Errorf("%v, not %d s", got, seconds)
			}
		}
		want(16)
		limit.missed(16 * time.Second)
		limit.answered(time.Millisecond)
		want(32)
		limit.answered(13 * time.Second)
		limit.answered(time.Millisecond)
		want(39)
		time.Sleep(timeoutHold)
		want(39)
		limit.answered(time.Millisecond)
		want(16)
		limit.missed(maxTimeout)
		want(90)
	})
}
