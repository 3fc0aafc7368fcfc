package regexliteral

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestRequired(t *testing.T) {
	for _, c := range []struct {
		expr string
		want []string
	}{
		{`GET /healthz`, []string{"GET /healthz"}},
		{`^\[(\w+)\] level=(?P<level>\w+)`, []string{"] level="}},
		{`error|failure`, []string{"error", "failure"}},
		{`(?i)error`, nil},
		{`\d{16}`, nil},
		{`card[: ]+\d+`, []string{"card"}},
		{`(?:abc)+x`, []string{"abc"}},
		{`(?:abc)*xy`, []string{"xy"}},
		{`(?:abc){2,}`, []string{"abc"}},
		{`(?:abc){0,3}`, nil},
		{`a|b*`, nil},
		{`a[.]b`, []string{"a.b"}},
		{`foo(a|b)barbaz`, []string{"barbaz"}},
		{`.*`, nil},
		{``, nil},
		{`a|b|c|d|e|f|g|h|i|[j]x`, []string(nil)},
	} {
		if got := Required(c.expr); !slices.Equal(got, c.want) {
			t.Errorf("Required(%q) = %q, want %q", c.expr, got, c.want)
		}
	}
}

// What matches has one of the literals.
func FuzzRequired(f *testing.F) {
	f.Add(`GET /(a|b)z?`, "GET /a")
	f.Add(`^\[(\w+)\] (x|yy)+`, "[a] yyx")
	f.Add(`(?s)a.*b|c`, "a\nb")
	f.Add(`(?i:a)b[c]`, "Abc")
	f.Fuzz(func(t *testing.T, expr, text string) {
		re, err := regexp.Compile(expr)
		if err != nil || !re.MatchString(text) {
			return
		}
		literals := Required(expr)
		if literals != nil && !slices.ContainsFunc(literals, func(s string) bool { return strings.Contains(text, s) }) {
			t.Errorf("%q matches %q, which has none of %q", expr, text, literals)
		}
	})
}
