package command

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/status"
)

// The command why names what a status has of a container.
func TestWhyNames(t *testing.T) {
	now := time.Now()
	fine := status.Container{Pod: "web-1", Namespace: "shop", Container: "app", Delivered: 3, Newest: now}
	with := func(change func(c *status.Container)) []status.Container {
		c := fine
		change(&c)
		return []status.Container{c}
	}
	failing := &status.Stored{FailingSince: now, Answer: "PutObject: no such bucket"}
	up := status.Delivery{BackendUp: true}
	full := status.Delivery{BackendUp: true, ParkFailing: "no space left on device"}
	for name, c := range map[string]struct {
		given status.Snapshot
		code  int
		want  string
	}{
		"all is well":    {status.Snapshot{Containers: []status.Container{fine}, Delivery: up}, done, "All that is known of it is delivered."},
		"unseen":         {status.Snapshot{Containers: with(func(c *status.Container) { c.Log = &status.Log{Disk: status.Disk{Unseen: 2}} }), Delivery: up}, failed, "Files of it were removed between two looks, 2 times"},
		"unreadable":     {status.Snapshot{Containers: with(func(c *status.Container) { c.Log = &status.Log{Problem: "permission denied"} }), Delivery: up}, failed, "Its file cannot be read: permission denied"},
		"full":           {status.Snapshot{Containers: with(func(c *status.Container) { c.Parked = 1 }), Delivery: full}, failed, "cannot be parked (park_path), and their chunks come again: no space left on device"},
		"limited":        {status.Snapshot{Containers: with(func(c *status.Container) { c.Log = &status.Log{Disk: status.Disk{Waiting: 9, BehindSeconds: 99}} }), Delivery: up, Limited: []status.Limited{{Namespace: "pay"}, {Namespace: "shop"}}}, failed, "The namespace shop is above its rate limit, and its records wait"},
		"not uploaded":   {status.Snapshot{Containers: []status.Container{fine}, Delivery: up, Stored: failing}, failed, "What is delivered is on the disk of this node (store_dir), and not uploaded since"},
		"to the archive": {status.Snapshot{Containers: []status.Container{fine}, Delivery: up, Stored: failing, Destinations: []status.Destination{{Name: "default"}, {Name: "archive", Stored: failing}}}, failed, "What is delivered to archive is on the disk"},
		"ahead":          {status.Snapshot{Containers: with(func(c *status.Container) { c.Newest = now.Add(3 * time.Hour) }), Delivery: up}, done, "Its times are 3 h 0 min ahead of this node's clock"},
	} {
		c.given.Time = now
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = json.NewEncoder(w).Encode(&c.given) }))
		out, code := asked(t, "why", "-address", strings.TrimPrefix(s.URL, "http://"), "shop/web-1")
		s.Close()
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit code %d, and there is no %q in\n%s", name, code, c.want, out)
		}
	}
	if out, code := asked(t, "top", "-once", "-address", "127.0.0.1:1"); code != failed || !strings.Contains(out, "nothing listens there") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
