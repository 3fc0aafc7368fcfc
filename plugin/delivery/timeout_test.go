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
			if got := limit.now(8 * time.Second); got != time.Duration(seconds)*time.Second {
				t.Errorf("%v, not %d s", got, seconds)
			}
		}
		want(8)
		limit.missed(8 * time.Second)
		limit.answered(time.Millisecond)
		want(16)
		limit.answered(9 * time.Second)
		limit.answered(time.Millisecond)
		want(27)
		time.Sleep(timeoutHold)
		want(27)
		limit.answered(time.Millisecond)
		want(8)
		limit.missed(maxTimeout)
		want(90)
	})
}
