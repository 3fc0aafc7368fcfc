package httpclient

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// The date of an answer tells the clock of the server, as exactly as whole seconds allow.
func TestClockAhead(t *testing.T) {
	sent := time.Date(2026, 11, 30, 3, 0, 0, 900e6, time.UTC)
	now := sent.Add(2 * time.Second)
	for _, c := range []struct {
		date string
		want time.Duration
	}{
		{"Mon, 30 Nov 2026 03:00:00 GMT", 0},
		{"Mon, 30 Nov 2026 03:00:02 GMT", 0},
		{"Mon, 30 Nov 2026 02:59:59 GMT", 900 * time.Millisecond},
		{"Mon, 30 Nov 2026 00:00:00 GMT", 3*time.Hour - 100*time.Millisecond},
		{"Mon, 30 Nov 2026 06:00:00 GMT", -3*time.Hour + 2900*time.Millisecond},
		{"Monday, 30-Nov-26 00:00:00 GMT", 3*time.Hour - 100*time.Millisecond},
	} {
		var k clock
		k.note(c.date, sent, now)
		if got := time.Duration(k.ahead.Load()); got != c.want || !k.known.Load() {
			t.Errorf("%s: %v, not %v", c.date, got, c.want)
		}
	}
	for _, date := range []string{"", "yesterday"} {
		var k clock
		if k.note(date, sent, now); k.known.Load() {
			t.Errorf("%q is known", date)
		}
	}
}

// Every answer counts, also a refusal.
func TestClockOfAServer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusBadRequest)
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, Config{Endpoints: []*url.URL{u}})
	if _, known := c.ClockAhead(); known {
		t.Error("known before the first answer")
	}
	_ = post(t, c)
	if ahead, known := c.ClockAhead(); !known || ahead < 59*time.Minute || ahead > 61*time.Minute {
		t.Errorf("%v %v", ahead, known)
	}
}
