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
		if n := Digits(expr); n > 0 && !HasDigits([]byte(text), n) {
			t.Errorf("%q matches %q, which has no %d digits", expr, text, n)
		}
		literals := Required(expr)
		if literals != nil && !slices.ContainsFunc(literals, func(s string) bool { return strings.Contains(text, s) }) {
			t.Errorf("%q matches %q, which has none of %q", expr, text, literals)
		}
	})
}

func TestDigits(t *testing.T) {
	for expr, want := range map[string]int{
		`\b\d{16}\b`: 16, `\d{12}(\d{4})`: 16, `4[0-9]{15}`: 16, `(?:\d{4} ){3}\d{4}`: 4, `\d+`: 1, `\d*`: 0, `x\d{3}|\d{2}`: 2,
		`\d{2}\d?\d{2}`: 4, `\d{2}-?\d{2}`: 2, `[[:digit:]]{5}x`: 5, `(?:\d|a){5}`: 0, `^12\w3`: 2, `.*`: 0, ``: 0,
	} {
		if got := Digits(expr); got != want {
			t.Errorf("%s: %d, want %d", expr, got, want)
		}
	}
	for text, want := range map[string]int{"": 0, "a": 0, "1": 1, "a12": 2, "12a": 2, "1a12b123c": 3, "00000": 5, "12a3456b": 4} {
		for n := 1; n < 8; n++ {
			if got := HasDigits([]byte(text), n); got != (n <= want) {
				t.Errorf("%q, %d: %v", text, n, got)
			}
		}
	}
}

func TestAnchored(t *testing.T) {
	for expr, want := range map[string]bool{
		`^a`: true, `\A\d`: true, `(^a)`: true, `^a|^b`: true, `(?s)^.`: true,
		``: false, `a`: false, `^a|b`: false, `(?m)^a`: false, `(^a)?b`: false, `a^`: false,
	} {
		if got := Anchored(expr); got != want {
			t.Errorf("%s: %v", expr, got)
		}
	}
}
