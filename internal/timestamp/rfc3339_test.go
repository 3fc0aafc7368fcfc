package timestamp

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"testing"
	"time"
)

func TestParseRFC3339(t *testing.T) {
	for _, c := range []struct{ in, want string }{ // want in RFC 3339, UTC; empty when refused
		{"2018-08-11T03:42:05Z", "2018-08-11T03:42:05Z"},
		{"2018-08-11T03:42:05.6Z", "2018-08-11T03:42:05.6Z"},
		{"2018-08-11T03:42:05.658698744Z", "2018-08-11T03:42:05.658698744Z"},
		{"2018-08-11T03:42:05.000000001Z", "2018-08-11T03:42:05.000000001Z"},
		{"2026-02-03T04:05:06.789+09:00", "2026-02-02T19:05:06.789Z"},
		{"2026-12-31T23:30:00-01:30", "2027-01-01T01:00:00Z"},
		{"2026-02-03T04:05:06+23:59", "2026-02-02T04:06:06Z"},
		{"2026-02-03T04:05:06-00:00", "2026-02-03T04:05:06Z"},
		{"2026-02-03t04:05:06z", "2026-02-03T04:05:06Z"},
		{"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
		{"1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"},
		{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
		{"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
		{"1678-01-01T00:00:00Z", "1678-01-01T00:00:00Z"},
		{"1678-01-01T00:00:00+23:59", "1677-12-31T00:01:00Z"},
		{"2261-12-31T23:59:59.999999999-23:59", "2262-01-01T23:58:59.999999999Z"},

		{"", ""}, {"2018", ""}, {"2018-08-11T03:42:05", ""}, {"2018-08-11 03:42:05Z", ""},
		{"2018-08-11T03:42:05.Z", ""}, {"2018-08-11T03:42:05.1", ""}, {"2018-08-11T03:42:05.", ""},
		{"2018-08-11T03:42:05.0123456789Z", ""}, {"2018-08-11T03:42:05,5Z", ""}, {"2018-08-11T03:42:05.-1Z", ""},
		{"2018-08-11T03:42:05ZZ", ""}, {"2018-08-11T03:42:05+0900", ""}, {"2018-08-11T03:42:05+09", ""},
		{"2018-08-11T03:42:05 09:00", ""}, {"2018-08-11T03:42:05+24:00", ""}, {"2018-08-11T03:42:05+00:60", ""}, {"2018-08-11T03:42:05+:9:00", ""},
		{"2018-00-11T03:42:05Z", ""}, {"2018-13-11T03:42:05Z", ""}, {"2018-08-00T03:42:05Z", ""}, {"2018-08-32T03:42:05Z", ""},
		{"2018-04-31T03:42:05Z", ""}, {"2018-02-29T03:42:05Z", ""}, {"1900-02-29T03:42:05Z", ""}, {"2100-02-29T03:42:05Z", ""},
		{"2018-08-11T24:00:00Z", ""}, {"2018-08-11T23:60:00Z", ""}, {"2018-08-11T23:59:60Z", ""},
		{"-018-08-11T03:42:05Z", ""}, {"2018-8--11T03:42:05Z", ""}, {"2018-08-11T3:42:05Z  ", ""}, {"２018-08-11T03:42:05Z", ""},
		{"1677-12-31T23:59:59Z", ""}, {"2262-01-01T00:00:00Z", ""}, {"0000-01-01T00:00:00Z", ""}, {"9999-12-31T23:59:59Z", ""},
	} {
		ns, ok := ParseRFC3339([]byte(c.in))
		got := ""
		if ok {
			got = time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("ParseRFC3339(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// checkParse compares ParseRFC3339 with package time, which accepts upper case
// letters only.
func checkParse(t *testing.T, s []byte) {
	t.Helper()
	ns, ok := ParseRFC3339(s)
	upper := bytes.Clone(s)
	if len(s) > 10 {
		upper[10] = bytes.ToUpper(s[10:11])[0]
		upper[len(s)-1] = bytes.ToUpper(s[len(s)-1:])[0]
	}
	var want time.Time
	err := want.UnmarshalText(upper)
	if ok {
		if err != nil || !time.Unix(0, ns).Equal(want) {
			t.Fatalf("ParseRFC3339(%q) = %v, package time says %v, %v", s, time.Unix(0, ns).UTC(), want, err)
		}
		return
	}
	if year := string(s[:min(len(s), 4)]); err == nil && strict.Match(upper) && year >= "1678" && year <= "2261" {
		t.Fatalf("ParseRFC3339(%q) refuses what package time reads as %v", s, want)
	}
}

// strict is the grammar of RFC 3339 with a fraction of up to nine digits. Package
// time also accepts an hour of one digit, a comma, and an offset of 24:60.
var strict = regexp.MustCompile(`^[0-9-]{10}T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func FuzzParseRFC3339(f *testing.F) {
	for _, s := range []string{
		"2018-08-11T03:42:05.658698744Z", "2026-02-03T04:05:06+09:00", "2024-02-29t00:00:00.5-00:30", "1678-01-01T00:00:00+23:59",
		"2018-08-11T03:42:05.0123456789Z", "2018-02-29T03:42:05Z", "2018-08-11T03:42:05+24:00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(checkParse)
}

func TestParseRFC3339AgreesWithPackageTime(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	zones := []*time.Location{time.UTC, time.FixedZone("", 9*3600), time.FixedZone("", -(3*3600 + 30*60))}
	for range 20_000 {
		at := time.Unix(0, int64(r.Uint64())).In(zones[r.IntN(3)])
		for _, layout := range []string{time.RFC3339, time.RFC3339Nano, "2006-01-02T15:04:05.000Z07:00"} {
			s := at.AppendFormat(nil, layout)
			checkParse(t, s)
			s[r.IntN(len(s))] = "0123456789-:.+TZtz "[r.IntN(19)]
			checkParse(t, s)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	var f Formatter
	for _, ns := range []int64{0, -1, 1533958925658698744, -9_000_000_000_000_000_001} {
		if got, ok := ParseRFC3339(f.AppendTime(nil, ns)); !ok || got != ns {
			t.Errorf("%d was read back as %d, %t", ns, got, ok)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	s := []byte("2018-08-11T03:42:05.658698744+09:00")
	dst := make([]byte, 0, 64)
	var f Formatter
	ns := int64(0)
	if n := testing.AllocsPerRun(100, func() {
		ParseRFC3339(s)
		dst = f.AppendTime(dst[:0], ns)
		ns += 700_000_000
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParseRFC3339(b *testing.B) {
	s := []byte("2018-08-11T03:42:05.658698744Z")
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		ParseRFC3339(s)
	}
}
