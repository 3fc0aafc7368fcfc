package tap

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

func record(namespace, pod, container, text string) *filters.Record {
	return &filters.Record{
		Log:    filters.PlainText([]byte(text)),
		Source: &filters.Source{Kind: filters.Container, Namespace: namespace, Pod: pod, Container: container},
	}
}

func TestSelections(t *testing.T) {
	var h Hub
	for _, c := range []struct {
		selection Selection
		want      string
	}{
		{Selection{}, "abc"},
		{Selection{Namespace: "shop"}, "ab"},
		{Selection{Namespace: "shop", Pod: "web-1"}, "a"},
		{Selection{Container: "kubelet"}, "c"},
		{Selection{Namespace: "other"}, ""},
	} {
		s, err := h.Subscribe(c.selection, 0)
		if err != nil {
			t.Fatal(err)
		}
		h.Publish(record("shop", "web-1", "app", "a"))
		h.Publish(record("shop", "web-2", "app", "b"))
		h.Publish(&filters.Record{Log: filters.PlainText([]byte("c")), Source: &filters.Source{Kind: filters.Component, Component: "kubelet"}})
		got := ""
		for len(s.Lines()) > 0 {
			var one struct{ Log string }
			if err := json.Unmarshal(<-s.Lines(), &one); err != nil {
				t.Fatal(err)
			}
			got += one.Log
		}
		if got != c.want || s.TakeSkipped() != 0 {
			t.Errorf("%+v: %q", c.selection, got)
		}
		s.Close()
	}
	if h.Active() {
		t.Error("nobody watches any more")
	}
}

// Nobody waits for a subscriber: what it does not take is counted, and so is what is above
// its rate.
func TestSlowSubscriber(t *testing.T) {
	var h Hub
	slow, _ := h.Subscribe(Selection{}, MaxRate)
	few, _ := h.Subscribe(Selection{}, 3)
	const n = buffered + 100
	r := record("shop", "web-1", "app", strings.Repeat("x", 2*maxText))
	for range n {
		h.Publish(r)
	}
	if kept, skipped := len(slow.Lines()), slow.TakeSkipped(); kept != buffered || skipped != n-buffered {
		t.Errorf("%d kept, %d skipped", kept, skipped)
	}
	if kept, skipped := len(few.Lines()), few.TakeSkipped(); kept < 3 || kept > 20 || int64(kept)+skipped != n {
		t.Errorf("%d kept, %d skipped", kept, skipped)
	}
	if line := <-slow.Lines(); len(line) > maxText+1000 || !strings.Contains(string(line), `"partial":true`) {
		t.Errorf("%d bytes", len(line))
	}
	slow.Close()
	few.Close()
}

func TestManySubscribers(t *testing.T) {
	var h Hub
	var all []*Subscriber
	for range maxSubscribers {
		s, err := h.Subscribe(Selection{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if _, err := h.Subscribe(Selection{}, 0); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	for _, s := range all {
		s.Close()
	}
	if _, err := h.Subscribe(Selection{}, 0); err != nil {
		t.Error(err)
	}
	var none *Hub
	if none.Active() {
		t.Error("a nil Hub is active")
	}
}
