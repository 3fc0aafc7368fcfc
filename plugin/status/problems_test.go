package status

import (
	"strings"
	"testing"
	"time"
)

func TestProblems(t *testing.T) {
	now := time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	up := Delivery{BackendUp: true}
	for _, c := range []struct {
		name  string
		given Snapshot
		want  []string // the level and the text, up to what is given
	}{
		{"nothing", Snapshot{Delivery: up}, nil},
		{"pending is no problem", Snapshot{Delivery: up, Records: Records{Received: 3, Pending: 3}}, nil},
		{"down", Snapshot{Waiting: []Waiting{{Kind: "backend", Since: now.Add(-3 * time.Minute), Answer: "refused"}, {Kind: "backend"}}},
			[]string{"error The backend has taken nothing since 02:57:00 UTC (3 min)."}},
		{"known down, without a reason", Snapshot{}, []string{"error The backend is down."}},
		{"a tenant and an index", Snapshot{Delivery: up, Waiting: []Waiting{{Kind: "partition", Partition: "shop", Since: now}, {Kind: "scope", Scope: "logs", Partition: "a", Since: now}}},
			[]string{`warning The backend takes nothing of the tenant "shop"`, `warning The backend takes nothing of "logs" of the tenant "a"`}},
		{"many", Snapshot{Delivery: up, Waiting: make([]Waiting, 9)}, []string{"warning", "warning", "warning", "warning", "warning", "warning 4 more"}},
		{"parked", Snapshot{Delivery: up, Records: Records{Parked: 1}}, []string{"warning 1 record waits alone"}},
		{"lost comes first", Snapshot{Delivery: up, Records: Records{DeadLettered: 2, Abandoned: 1500}, Disk: &Disk{Missing: 2048, BehindSeconds: 600}},
			[]string{"error 2.0 KiB of logs were removed", "error Fluent Bit has probably dropped 1,500 records", "warning Logs are 10 min behind", "warning The backend refused 2 records for good"}},
		{"unseen", Snapshot{Delivery: up, Disk: &Disk{Unseen: 2}}, []string{"warning Files of a log were removed between two looks, 2 times."}},
		{"unseen, of a container", Snapshot{Delivery: up, Disk: &Disk{Unseen: 3}, Containers: []Container{{Container: "a", Log: &Log{Disk: Disk{Unseen: 1}}}, {Container: "b", Log: &Log{Disk: Disk{Unseen: 2}}}}},
			[]string{"warning Files of b were removed between two looks, 3 times."}},
		{"a file", Snapshot{Delivery: up, Disk: &Disk{}, Containers: []Container{{Container: "a", Log: &Log{Path: "/x", Problem: "permission denied"}}, {Container: "b", Log: &Log{Problem: "too"}}}},
			[]string{"error The log of a and 1 more container cannot be read."}},
		{"the API server, and a bug", Snapshot{Delivery: up, Metadata: &Metadata{}, Incidents: []Count{{"panics", 1}, {"requests repeated", 5}}},
			[]string{"warning The API server", "warning k8slog has panicked, 1 time"}},
		{"a request without an answer is no problem", Snapshot{Delivery: Delivery{BackendUp: true, Requests: 2, OldestRequest: now.Add(-14 * time.Second)}}, nil},
		{"hangs", Snapshot{Delivery: Delivery{BackendUp: true, Requests: 1, OldestRequest: now.Add(-time.Minute), LastAccepted: now.Add(-2 * time.Minute)}},
			[]string{"error The backend has not answered since 02:59:00 UTC (1 min), and 1 request waits for it."}},
		{"slow", Snapshot{Delivery: Delivery{BackendUp: true, Requests: 3, OldestRequest: now.Add(-20 * time.Second), LastAccepted: now}},
			[]string{"warning The backend is slow: 3 requests wait for an answer, the first one since 02:59:40 UTC (20 s)."}},
		{"down, and requests wait", Snapshot{Waiting: []Waiting{{Kind: "backend", Since: now}}, Delivery: Delivery{Requests: 3}}, []string{"error The backend has taken nothing"}},
		{"dead letters cannot be kept", Snapshot{Delivery: Delivery{BackendUp: true, LettersFailing: "no space left on device", LettersFailingSince: now}, Records: Records{DeadLettered: 1}},
			[]string{"error What the backend refuses cannot be kept since 03:00:00 UTC (0 s).", "warning The backend refused 1 record for good."}},
		{"no pod", Snapshot{Delivery: Delivery{BackendUp: true, Unidentified: 1}}, []string{"warning 1 line of containers came without a pod"}},
		{"clocks", Snapshot{Delivery: Delivery{BackendUp: true, ClockAheadSeconds: 10800}}, []string{"warning The clock of this node is 3 h 0 min ahead of that of the backend."}},
		{"clocks, the other way", Snapshot{Delivery: Delivery{BackendUp: true, ClockAheadSeconds: -60}}, []string{"warning The clock of this node is 1 min behind that of the backend."}},
		{"nearly the same clocks", Snapshot{Delivery: Delivery{BackendUp: true, ClockAheadSeconds: 59}}, nil},
		{"of the future", Snapshot{Delivery: up, Containers: []Container{{Container: "a", Newest: now.Add(9 * time.Minute)}, {Container: "b", Newest: now.Add(3 * time.Hour)}, {Container: "c", Newest: now.Add(time.Hour)}}},
			[]string{"warning Records are up to 3 h 0 min ahead of this node's clock, those of b."}},
		{"all is dropped", Snapshot{Delivery: up, Containers: []Container{{Container: "a", Dropped: 9, Delivered: 1}, {Container: "b", Dropped: 9}, {Container: "c", Dropped: 1}, {Container: "d", Dropped: 1, Parked: 1}}},
			[]string{"note All records of b and 1 more container are dropped, by a rate limit"}},
		{"all is dropped by a rule", Snapshot{Delivery: up, Records: Records{Dropped: 9}, Containers: []Container{{Container: "a", Dropped: 9}}, Rules: []Rule{{"noise", "dropped", 9}, {"cards", "redacted", 9}}},
			[]string{"note All records of a are dropped, by the rule noise."}},
		{"all is dropped by one of several rules, or a limit", Snapshot{Delivery: up, Records: Records{Dropped: 9}, Containers: []Container{{Container: "a", Dropped: 9}}, Rules: []Rule{{"noise", "dropped", 2}, {"some", "sampled_out", 6}}},
			[]string{"note All records of a are dropped, by one of the rules noise, some, or a rate limit"}},
		{"the first tries", Snapshot{Delivery: Delivery{BackendUp: true, Retrying: "HTTP 401", RetryingSince: now.Add(-2 * time.Second)}}, []string{"warning The backend has taken nothing since 02:59:58 UTC (2 s)."}},
		{"one try", Snapshot{Delivery: Delivery{BackendUp: true, Retrying: "HTTP 503", RetryingSince: now.Add(-time.Second)}}, nil},
		{"rate limits", Snapshot{Delivery: up, Limited: []Limited{{"a", 0}, {"b", 2}, {"c", 1}, {"d", 1}, {"e", 1}, {"f", 1}, {"g", 1}}},
			[]string{"warning The namespace a is above its rate limit, and its records wait", "note The namespace b is above its rate limit: 2 records were dropped", "note", "note", "note", "note 2 more namespaces"}},
		{"no log", Snapshot{Delivery: Delivery{BackendUp: true, RefusedPaths: 1}}, []string{"error 1 record was of paths"}},
		{"silent tenants, and nothing is accepted", Snapshot{Delivery: Delivery{BackendUp: true, Requests: 3, OldestRequest: now.Add(-20 * time.Second)}, Waiting: []Waiting{{Kind: "partition", Partition: "a", Since: now.Add(-20 * time.Second), Silent: true}}},
			[]string{"error The backend has not answered since"}},
		{"a silent tenant", Snapshot{Delivery: Delivery{BackendUp: true, Requests: 3, OldestRequest: now.Add(-20 * time.Second), LastAccepted: now}, Waiting: []Waiting{{Kind: "partition", Partition: "a", Since: now.Add(-20 * time.Second), Silent: true}, {Kind: "partition", Partition: "b", Since: now.Add(-9 * time.Second), Silent: true}}},
			[]string{`warning The backend has not answered for the tenant "a"`, "warning The backend is slow"}},
		{"uploads", Snapshot{Delivery: up, Stored: &Stored{FailingSince: now, Records: 2}}, []string{"error Nothing could be uploaded since 03:00:00 UTC (0 s): 2 records"}},
		{"uploads of a destination", Snapshot{Delivery: up, Stored: &Stored{FailingSince: now}, Destinations: []Destination{{Name: "default"}, {Name: "archive", Stored: &Stored{FailingSince: now}}}},
			[]string{"error The destination archive takes no upload since 03:00:00 UTC (0 s)"}},
		{"parking", Snapshot{Delivery: Delivery{BackendUp: true, ParkFailures: 2, ParkFailing: "no space left on device", ParkFailingSince: now}}, []string{"error Records that wait alone cannot be parked since 03:00:00"}},
		{"refused, of whom", Snapshot{Delivery: up, Records: Records{DeadLettered: 5}, Containers: []Container{{Container: "a", DeadLettered: 2}, {Container: "b"}, {Container: "c", DeadLettered: 3}}, DeadLetters: []DeadLetter{{Last: now}}},
			[]string{"warning The backend refused 5 records for good, of c and 1 more container, the last at 03:00:00 UTC (0 s)."}},
		{"disk", Snapshot{Delivery: Delivery{BackendUp: true, ParkFailures: 2, LettersRemoved: 1}}, []string{"error 1 file was", "note Records could not be parked"}},
	} {
		c.given.Time = now
		c.given.FindProblems()
		if len(c.given.Problems) != len(c.want) {
			t.Errorf("%s: %+v", c.name, c.given.Problems)
			continue
		}
		for i, p := range c.given.Problems {
			if got := p.Level + " " + p.Text; !strings.HasPrefix(got, c.want[i]) || p.Do == "" {
				t.Errorf("%s: %+v, not %q", c.name, p, c.want[i])
			}
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		Number(0): "0", Number(999): "999", Number(1000): "1,000", Number(-1234567): "-1,234,567",
		Bytes(1023): "1,023 B", Bytes(1536): "1.5 KiB", Bytes(5 << 30): "5.0 GiB", Bytes(300 << 20): "300 MiB", Bytes(1 << 60): "1048576 TiB",
		Duration(59 * time.Second): "59 s", Duration(61 * time.Minute): "1 h 1 min", Duration(72 * time.Hour): "3 days",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// The parts of a bar fill it, and none of them is too small to be seen.
func TestBars(t *testing.T) {
	all := parts(1_000_000, Number, part{Name: "a", N: 999_998}, part{Name: "b", N: 1}, part{Name: "none"}, part{Name: "c", N: 1})
	end := 0
	for _, p := range all {
		if p.N > 0 && (p.Width < 6 || p.X != end) {
			t.Errorf("%+v", p)
		}
		end += p.Width
	}
	if end != 1000 {
		t.Errorf("ends at %d", end)
	}
}
