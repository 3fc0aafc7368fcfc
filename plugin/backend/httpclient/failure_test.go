package httpclient

import (
	"errors"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

func TestFailure(t *testing.T) {
	const again, never, split, wait = "again", "never", "split", "wait"
	for _, c := range []struct {
		status int
		after  time.Duration
		want   string
		some   bool
	}{
		{300, 0, again, false}, {301, 0, again, false}, {302, 0, again, false}, {304, 0, again, false}, {307, 0, again, false}, {308, 0, again, false},
		{400, 0, never, true}, {401, 0, again, false}, {403, 0, again, false}, {404, 0, again, false}, {405, 0, again, false}, {407, 0, again, false}, {409, 0, never, false}, {408, 0, again, false}, {413, 0, split, false}, {421, 0, again, false}, {422, 0, never, true},
		{429, 0, wait, false}, {429, time.Second, wait, false},
		{500, 0, again, false}, {502, 0, again, false}, {503, 0, again, false}, {503, 2 * time.Second, wait, false}, {504, 0, again, false}, {507, 0, again, false}, {599, 0, again, false},
		{100, 0, again, false}, {600, 0, again, false}, {999, 0, again, false},
	} {
		answer := &Answer{Status: c.status, RetryAfter: c.after, Text: "because"}
		err := answer.Failure()
		var rejected *backend.Rejected
		var tooLarge *backend.TooLarge
		var throttled *backend.Throttled
		got, text := again, answer.String()
		switch {
		case errors.As(err, &rejected):
			got, text = never, rejected.Answer
			if rejected.Some != c.some {
				t.Errorf("%d: some of the records: %t", c.status, rejected.Some)
			}
		case errors.As(err, &tooLarge):
			got, text = split, tooLarge.Answer
		case errors.As(err, &throttled):
			got, text = wait, throttled.Answer
			if throttled.After != c.after {
				t.Errorf("%d: after %v", c.status, throttled.After)
			}
		}
		if err == nil || got != c.want || text != answer.String() {
			t.Errorf("%d means %s (%v), want %s", c.status, got, err, c.want)
		}
	}
}

// Some servers answer 400 where others answer 404.
func TestAWrongPathIsNoFaultOfTheRecords(t *testing.T) {
	for _, text := range []string{
		`{"error":"no handler found for uri [/x/_bulk] and method [POST]"}`,
		`unsupported path requested: "/_bulk"`,
		"error: invalid HTTP endpoint",
	} {
		var rejected *backend.Rejected
		if err := (&Answer{Status: 400, Text: text}).Failure(); errors.As(err, &rejected) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
