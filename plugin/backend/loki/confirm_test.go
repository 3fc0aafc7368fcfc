package loki

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/fake"
)

// Loki refuses a new stream, and says nothing of it, because another one stands behind it.
// Its records wait nevertheless. A stream that Loki has made is not sent apart again.
func TestNewStreamThatIsRefusedInSilence(t *testing.T) {
	full := true
	server := &fake.Loki{Limited: func(labels string) bool { return full && labels == labelsFor("new") }}
	b := serveLoki(t, server)
	for _, c := range []struct {
		texts, want string
		requests    int
	}{
		{"old:1 old:2", "ok", 1},
		{"new:1 old:3 old:4", "throttled0s ok ok", 2},
		{"old:5 old:6", "ok", 1},
		{"new:1 old:7 old:8", "throttled0s ok ok", 2},
	} {
		before := server.Requests()
		if got := kinds(sendTexts(t, b, c.texts)); got != c.want || server.Requests()-before != c.requests {
			t.Errorf("%s: %s, %d requests", c.texts, got, server.Requests()-before)
		}
	}
	full = false
	for _, requests := range []int{2, 1} {
		before := server.Requests()
		if got := kinds(sendTexts(t, b, "new:9 old:9 old:10")); got != "ok" || server.Requests()-before != requests {
			t.Errorf("%s, %d requests", got, server.Requests()-before)
		}
	}
	if got := fmt.Sprint(server.Lines(labelsFor("new"))); got != "[9]" {
		t.Error(got)
	}
}

// Also beside a stream that Loki names, and also for a stream that was there before.
func TestNewStreamBesideOneThatIsNamed(t *testing.T) {
	refused := ""
	server := &fake.Loki{Limited: func(labels string) bool { return strings.Contains(refused, labels) }}
	b := serveLoki(t, server)
	if got := kinds(sendTexts(t, b, "big:1 big:2")); got != "ok" {
		t.Error(got)
	}
	refused = labelsFor("big") + labelsFor("new")
	for _, c := range [][2]string{
		{"new:1 old:1 old:2 big:1 big:2 big:3", "throttled0s ok ok throttled0s throttled0s throttled0s"},
		// Without the one that is named, the largest goes last, so this is not the new one.
		{"other:1 other:2 new:2 big:1 big:2 big:3", "ok ok throttled0s throttled0s throttled0s throttled0s"},
		{"other:1 other:2 new:2 big:1 big:2 big:3", "ok ok throttled0s throttled0s throttled0s throttled0s"},
	} {
		if got := kinds(sendTexts(t, b, c[0])); got != c[1] {
			t.Errorf("%s: %s", c[0], got)
		}
	}
	// It was refused, so it is sent apart again.
	if got := kinds(sendTexts(t, b, "big:1 old:3 old:4")); got != "throttled0s ok ok" {
		t.Error(got)
	}
}

// When Loki does not say whether it has made a stream, its records alone are sent again, and
// what the answer asks for holds for all.
func TestNewStreamThatIsNotConfirmed(t *testing.T) {
	server := &fake.Loki{Whole: func(request int) (int, http.Header, string) {
		if request == 2 {
			return 429, http.Header{"Retry-After": {"60"}}, "later"
		}
		return 0, nil, ""
	}}
	b := serveLoki(t, server)
	if got := kinds(sendTexts(t, b, "a:1 b:2 b:3")); got != "throttled1m0s ok ok" {
		t.Error(got)
	}
	if err := sendTexts(t, b, "b:x"); !strings.HasPrefix(kinds(err), "throttled5") || server.Requests() != 2 {
		t.Errorf("%v, %d requests", err, server.Requests())
	}
	b.confirmed.pauses = nil
	if got := kinds(sendTexts(t, b, "a:1 b:4 b:5")); got != "ok" || fmt.Sprint(server.Lines(labelsFor("a"))) != "[1]" {
		t.Error(got)
	}
}

// A flood of streams costs a bounded number of requests.
func TestManyNewStreams(t *testing.T) {
	server := &fake.Loki{}
	b := serveLoki(t, server)
	texts := ""
	for i := range 100 {
		texts += fmt.Sprintf("pod%d:x ", i)
	}
	for _, want := range []int{1 + maxApart, 1 + maxApart, 1 + maxApart} {
		before := server.Requests()
		if err := sendTexts(t, b, texts); err != nil || server.Requests()-before != want {
			t.Errorf("%v, %d requests", err, server.Requests()-before)
		}
	}
	now := time.Now()
	var c confirmed
	for i := range maxConfirmed {
		c.add(fmt.Sprint(i), now)
	}
	if got := c.unknown([]string{"0", "one more"}, now); len(got) != 0 {
		t.Errorf("%q", got)
	}
	now = now.Add(confirmedFor - time.Second)
	c.unknown([]string{"0"}, now)
	if got := c.unknown([]string{"0", "1", "one more"}, now.Add(2*time.Minute)); fmt.Sprint(got) != "[1 one more]" || len(c.streams) != 1 {
		t.Errorf("%q, %d streams", got, len(c.streams))
	}
}
