package containerlog

import (
	"bytes"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

const (
	nanos   = "2026-02-03T04:05:06.123456789Z stderr F "
	repairs = filters.Decoded | filters.Timed | filters.Repaired
)

func TestDamagedLines(t *testing.T) {
	nuls := strings.Repeat("\x00", 4096)
	for _, c := range []struct {
		name, line, text, damaged string
		flags                     filters.Flags
	}{
		{"NULs before docker's line", nuls + dockerLine, "text", "", repairs},
		{"NULs before CRI's line", nuls + criLine, "text", "", repairs},
		{"NULs before a partial line", "\x00" + strings.Replace(criLine, " F ", " P ", 1), "text", "", repairs | filters.Partial},
		{"NULs before a text", nuls + "text", nuls + "text", "", filters.Undecoded},
		{"NULs behind a header", nanos + nuls + "text", nuls + "text", "", filters.Decoded | filters.Timed},
		{"a doubled header", nanos + nanos + "text", "text", "", repairs},
		{"a doubled header without a text", nanos + nanos, "", "", repairs},
		{"another time", nanos + criLine, "text", "", repairs},
		{"a half header", nanos[:20] + criLine, "text", "", repairs},
		{"a header without its last space", nanos[:len(nanos)-1] + criLine, "text", "", repairs},
		{"a half line of docker", `{"log":"hel` + dockerLine, "text", `{"log":"hel`, repairs},
		{"a half line of docker behind its text", dockerLine[:25] + dockerLine, "text", dockerLine[:25], repairs},
		{"two half lines", `{"log":"a{"log":"b` + dockerLine, "text", `{"log":"a{"log":"b`, repairs},
		{"NULs and a half line", nuls + `{"log":"hel` + dockerLine, "text", `{"log":"hel`, repairs},
		{"two whole lines of docker", dockerLine + dockerLine, "text", dockerLine, repairs},
	} {
		if c.name == "another time" { // a program may write this
			c.line, c.text, c.flags = nanos+strings.Replace(criLine, "06", "07", 1), strings.Replace(criLine, "06", "07", 1), filters.Decoded|filters.Timed
		}
		t.Run(c.name, func(t *testing.T) {
			r := filters.Record{Source: &filters.Source{Kind: filters.Container}, Log: filters.PlainText([]byte(c.line))}
			Filter{}.Apply(&r)
			damaged := ""
			for _, f := range r.Fields {
				if string(f.Key) == KeyDamaged && f.Own {
					damaged = string(f.Text.AppendPlain(nil))
				}
			}
			if got := string(r.Log.AppendPlain(nil)); got != c.text || r.Flags != c.flags || damaged != c.damaged {
				t.Errorf("text %.60q, flags %b, damaged %q", got, r.Flags, damaged)
			}
			if c.flags&filters.Decoded != 0 && (r.Stream != filters.Stderr || r.Time == 0) {
				t.Errorf("stream %v, time %d", r.Stream, r.Time)
			}
		})
	}
}

// What a program wrote is no damage, whatever it looks like.
func TestHostileTextsAreNotRepaired(t *testing.T) {
	fake := "2026-11-29T10:00:00.000000000Z stdout F fake"
	for _, line := range []string{
		nanos + fake,
		nanos + "hel" + fake,
		nanos + strings.Repeat(fake, 3),
		nanos + "\x00\x00" + fake,
		nanos + `{"log":"hel{"log":"fake\n","stream":"stdout","time":"2026-11-29T10:00:00Z"}`,
		"2026-02-03T04:05:06Z stderr F 2026-02-03T04:05:06Z stderr F fake", // a program knows the second
		`{"log":"hel{\"log\":\"fake\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-29T10:00:00Z\"}\n","stream":"stderr","time":"2026-02-03T04:05:06Z"}`,
		`{"log":"` + fake + `\n","stream":"stderr","time":"2026-02-03T04:05:06Z"}`,
		`{"log":"a\n","stream":"stderr","attrs":{"log":"fake\n","stream":"stdout","time":"2026-11-29T10:00:00Z"},"time":"2026-02-03T04:05:06Z"}`,
	} {
		r := filters.Record{Source: &filters.Source{Kind: filters.Container}, Log: filters.PlainText([]byte(line))}
		Filter{}.Apply(&r)
		if r.Stream != filters.Stderr || r.Flags&filters.Repaired != 0 || string(r.Log.AppendPlain(nil)) == "fake" {
			t.Errorf("%q became %q, stream %v, flags %b", line, r.Log.AppendPlain(nil), r.Stream, r.Flags)
		}
	}
	// Cut inside the attributes, the line is in no format.
	cut := `{"log":"a\n","stream":"stderr","attrs":{"log":"fake\n","stream":"stdout","time":"2026-11-29T10:00:00Z"}`
	r := filters.Record{Source: &filters.Source{Kind: filters.Container}, Log: filters.PlainText([]byte(cut))}
	if (Filter{}).Apply(&r); r.Flags != filters.Undecoded || string(r.Log.AppendPlain(nil)) != cut {
		t.Errorf("got %q, flags %b", r.Log.AppendPlain(nil), r.Flags)
	}
}

// Every byte of a line is in the text, in the field, or in what the runtime wrote. A line
// that is not decoded stays as it is.
func FuzzDamaged(f *testing.F) {
	for _, s := range []string{dockerLine, criLine, "\x00\x00" + dockerLine, nanos + nanos + "x", `{"log":"hel` + dockerLine, nanos[:20] + criLine, nanos + "hel" + criLine} {
		f.Add([]byte(s))
	}
	source := &filters.Source{Kind: filters.Container}
	f.Fuzz(func(t *testing.T, line []byte) {
		r := filters.Record{Source: source, Log: filters.PlainText(line)}
		Filter{}.Apply(&r)
		if r.Source != source {
			t.Fatal("another source")
		}
		if r.Flags&filters.Decoded == 0 {
			if text, _ := r.Log.Plain(); !bytes.Equal(text, line) {
				t.Fatalf("%q became %q", line, text)
			}
			return
		}
		if r.Stream == filters.NoStream {
			t.Fatal("no stream")
		}
		// The genuine header decides: a line that begins with one has its stream.
		if bytes.HasPrefix(line, []byte(nanos)) && r.Stream != filters.Stderr {
			t.Fatalf("%q is of %v", line, r.Stream)
		}
	})
}
