package containerlog

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
)

const (
	dockerLine = `{"log":"text\n","stream":"stderr","time":"2018-08-11T03:42:05.658698744Z"}`
	criLine    = "2026-02-03T04:05:06.123456789Z stderr F text"
)

func TestFilter(t *testing.T) {
	container, component, unknown := filters.Container, filters.Component, filters.Unknown
	for _, c := range []struct {
		name   string
		kind   filters.Kind
		flags  filters.Flags // before
		line   string
		text   string
		stream filters.Stream
		after  filters.Flags
	}{
		{"Docker's line", container, 0, dockerLine, "text", filters.Stderr, filters.Decoded | filters.Timed},
		{"Docker's line of an unknown source", unknown, 0, dockerLine, "text", filters.Stderr, filters.Decoded | filters.Timed},
		{"CRI's line", container, 0, criLine, "text", filters.Stderr, filters.Decoded | filters.Timed},
		{"CRI's line of an unknown source", unknown, 0, criLine, "text", filters.Stderr, filters.Decoded | filters.Timed},
		{"a container's line that is neither", container, 0, "text", "text", 0, filters.Undecoded},
		{"a truncated line", container, 0, dockerLine[:30], dockerLine[:30], 0, filters.Undecoded},
		{"CRI's line with a broken time", container, 0, "9" + criLine, "9" + criLine, 0, filters.Undecoded},
		{"an empty line", container, 0, "", "", 0, filters.Undecoded},
		{"NUL bytes", container, 0, "\x00\x00", "\x00\x00", 0, filters.Undecoded},
		{"text of an unknown source", unknown, 0, "text", "text", 0, 0},
		{"an application's JSON", unknown, 0, `{"log":"a"}`, `{"log":"a"}`, 0, 0},
		{"a component's line", component, 0, dockerLine, dockerLine, 0, 0},
		{"a decoded text like Docker's", container, filters.Decoded, dockerLine, dockerLine, 0, filters.Decoded},
		{"a decoded text like CRI's", container, filters.Decoded, criLine, criLine, 0, filters.Decoded},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := filters.Record{Flags: c.flags, Source: &filters.Source{Kind: c.kind}, Log: filters.PlainText([]byte(c.line))}
			if !(Filter{}).Apply(&r) {
				t.Fatal("dropped")
			}
			if got := string(r.Log.AppendPlain(nil)); got != c.text || r.Stream != c.stream || r.Flags != c.after {
				t.Errorf("text %q, stream %v, flags %b", got, r.Stream, r.Flags)
			}
		})
	}
}

// The filter removes one envelope, even when the text looks like another one.
func TestFilterDecodesOnce(t *testing.T) {
	r := filters.Record{Source: &filters.Source{Kind: filters.Container}, Log: filters.PlainText([]byte("2026-02-03T04:05:06Z stdout F " + dockerLine))}
	Filter{}.Apply(&r)
	Filter{}.Apply(&r)
	if got := string(r.Log.AppendPlain(nil)); got != dockerLine || r.Stream != filters.Stdout {
		t.Errorf("text %q, stream %v", got, r.Stream)
	}
}

func TestFilterIgnoresRecordsWithoutText(t *testing.T) {
	r := filters.Record{Source: &filters.Source{Kind: filters.Container}}
	if !(Filter{}).Apply(&r) || r.Flags != 0 || r.Log.Exists() {
		t.Errorf("got %+v", r)
	}
}
