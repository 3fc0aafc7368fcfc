package httpclient

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clock compares the clock of this machine with that of the server, by the header Date of its
// answers (RFC 9110, 6.6.1). It is safe for concurrent use.
type clock struct {
	known atomic.Bool
	ahead atomic.Int64 // nanoseconds
}

// note notes the Date of an answer that came now to a request that was sent before. The server
// has written the date in between, in whole seconds.
func (c *clock) note(date string, sent, now time.Time) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	var ahead time.Duration
	switch end := at.Add(time.Second); {
	case end.Before(sent):
		ahead = sent.Sub(end)
	case at.After(now):
		ahead = now.Sub(at)
	}
	c.ahead.Store(int64(ahead))
	c.known.Store(true)
}

// ClockAhead returns by how much the clock of this machine is ahead of that of the server, which
// is negative when it is behind; false while no answer has told.
func (c *Client) ClockAhead() (ahead time.Duration, known bool) {
	return time.Duration(c.clock.ahead.Load()), c.clock.known.Load()
}
