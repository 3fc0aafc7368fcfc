package timestamp

import (
	"testing"
	"time"
)

// Resolve gives a line without a year the latest year that is at most a day after
// the time at which the line was read.
func TestResolve(t *testing.T) {
	tokyo := time.FixedZone("Tokyo", 9*3600)
	for _, c := range []struct {
		near, line string
		zone       *time.Location
		want       string // empty: not ok
	}{
		{"2026-11-22T10:00:00Z", "05-06 12:00:00", time.UTC, "2026-05-06T12:00:00Z"},
		{"2026-11-22T10:00:00Z", "11-22 10:00:01", time.UTC, "2026-11-22T10:00:01Z"},
		{"2026-11-22T10:00:00Z", "11-23 10:00:00", time.UTC, "2026-11-23T10:00:00Z"},
		{"2026-11-22T10:00:00Z", "11-23 10:00:01", time.UTC, "2025-11-23T10:00:01Z"},
		{"2026-11-22T10:00:00Z", "12-31 23:59:59", time.UTC, "2025-12-31T23:59:59Z"},
		{"2027-01-01T00:00:05Z", "12-31 23:59:59", time.UTC, "2026-12-31T23:59:59Z"},
		{"2026-12-31T23:59:59Z", "01-01 00:00:01", time.UTC, "2027-01-01T00:00:01Z"},
		{"2026-12-31T23:58:00Z", "01-02 00:00:00", time.UTC, "2026-01-02T00:00:00Z"},
		{"2026-12-31T23:58:00Z", "01-01 08:57:59", tokyo, "2026-12-31T23:57:59Z"},
		{"2027-01-01T00:00:00Z", "02-29 12:00:00", time.UTC, "2024-02-29T12:00:00Z"},
		{"2024-03-01T00:00:00Z", "02-29 12:00:00", time.UTC, "2024-02-29T12:00:00Z"},
		{"2103-01-01T00:00:00Z", "02-29 12:00:00", time.UTC, "2096-02-29T12:00:00Z"},
		{"2026-11-22T10:00:00Z", "02-30 12:00:00", time.UTC, ""},
	} {
		near, err := time.Parse(time.RFC3339, c.near)
		if err != nil {
			t.Fatal(err)
		}
		columns := Columns{Text: []byte("2000-" + c.line)}
		civil := columns.DateTime('-')
		civil.Year = 0
		got := ""
		if ns, ok := civil.Resolve(near.UnixNano(), c.zone); ok {
			got = time.Unix(0, ns).UTC().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s read at %s: %s, want %s", c.line, c.near, got, c.want)
		}
	}
	// The year of the line counts, however far it is from near.
	if ns, ok := (Civil{Year: 2030, Month: 1, Day: 1}).Resolve(0, time.UTC); !ok || time.Unix(0, ns).UTC().Year() != 2030 {
		t.Errorf("%v, %v", time.Unix(0, ns).UTC(), ok)
	}
}
