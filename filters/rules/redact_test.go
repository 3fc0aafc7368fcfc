package rules

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

func TestUnescaped(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`a\u0034b`, `a4b`},
		{`a\\\u0034b`, `a4b`},
		{`a\u005cu0034b`, `a4b`},
		{`a\u005cu005Cu0034b`, `a4b`},
		{`\x34\064\U00000034\/`, `444/`},
		{`\ud83d\ude00`, `😀`},
		{`\\ud83d\\ude00`, `😀`},
		{`\ud83d x`, ``},
		{`\u0022\u005c\u0000\u007f\n\"`, ``},
		{`C:\users\x`, ``},
		{`\u00zz\x4`, ``},
	} {
		got, escaped := appendUnescaped(nil, []byte(c.text))
		if escaped != (c.want != "") || escaped && string(got) != c.want || !escaped && string(got) != c.text {
			t.Errorf("%s: got %s, %v", c.text, got, escaped)
		}
	}
}

// An escape in the middle of a secret does not save the rest of it, as .NET writes + and
// PHP writes /.
func TestRedactEscapeInside(t *testing.T) {
	rule := parse(t, `rules:
  - name: r
    match: {}
    redact:
      - {pattern: '(?i)(bearer )[a-z0-9._~+/=-]+', with: '${1}*'}
      - {pattern: '[a-z.+]+@[a-z.]+', with: '@'}
      - {pattern: 'C:\\u\d+', with: 'path'}
`).rules[0].redact
	for _, c := range []struct{ text, want string }{
		{`{"a":"Bearer abc\u002Bdef/g="}`, `{"a":"Bearer *"}`},
		{`{"a":"Bearer abc\/def","b":"x\u0026y"}`, `{"a":"Bearer *","b":"x\u0026y"}`},
		{`h="Bearer abc\x2bdef"`, `h="Bearer *"`},
		{`\u0042earer abc`, `*`},
		{`{"m":"bob\u002Bx@shop.example and a@b.c"}`, `{"m":"@ and @"}`},
		{`{"m":"o\u0027brien@shop.example"}`, `{"m":"o\u0027@"}`},
		{`C:\u0041 a\u0040b`, `path @`},
	} {
		if c.want == "*" {
			c.want = "Bearer *"
		}
		r := &filters.Record{Source: &filters.Source{}, Log: filters.PlainText([]byte(c.text))}
		if changed := redact(r, rule); !changed || string(r.Plain()) != c.want {
			t.Errorf("%s became %s", c.text, r.Plain())
		}
	}
}

// Nothing that the pattern matches is left, neither in the text nor in what JSON makes of it,
// and JSON stays JSON.
func FuzzRedact(f *testing.F) {
	f.Add([]byte(`{"a":"4111111111111111","b":4111111111111111}`), false)
	f.Add([]byte(`{"a":"\u0034111111111111111"}`), true)
	f.Add([]byte(`4111\u0031\x31\06111111111111`), false)
	f.Add([]byte("4111\x1b[0m111111111111"), false)
	f.Add([]byte(`"\\\u0034111111111111111`), true)
	secret := regexp.MustCompile(`\d{16}`)
	rule := parse(f, "rules:\n  - {name: r, match: {}, redact: {pattern: '\\d{16}', with: 'x'}}\n").rules[0].redact
	f.Fuzz(func(t *testing.T, text []byte, escaped bool) {
		r := &filters.Record{Source: &filters.Source{}, Log: filters.PlainText(text)}
		if escaped && json.Valid(append(append([]byte{'"'}, text...), '"')) && !bytes.ContainsAny(text, "\x7f") {
			r.Log = filters.EscapedText(text)
		}
		valid := json.Valid(r.Plain())
		if valid {
			r.Fields = []filters.Field{{Key: []byte("a"), JSON: bytes.Clone(r.Plain())}}
		}
		redact(r, rule)
		if secret.Match(r.Plain()) {
			t.Errorf("%q became %q", text, r.Plain())
		}
		if view, _ := appendUnescaped(nil, r.Plain()); secret.Match(view) {
			t.Errorf("%q became %q, which reads %q", text, r.Plain(), view)
		}
		if !valid {
			return
		}
		value := r.Fields[0].JSON
		if !json.Valid(value) {
			t.Fatalf("%q became %q", text, value)
		}
		decoder := json.NewDecoder(bytes.NewReader(value))
		decoder.UseNumber()
		for {
			token, err := decoder.Token()
			if err != nil {
				return
			}
			switch token := token.(type) {
			case string:
				if secret.MatchString(token) {
					t.Errorf("%q became %q", text, value)
				}
			case json.Number:
				if secret.MatchString(token.String()) {
					t.Errorf("%q became %q", text, value)
				}
			}
		}
	})
}

// No text of a file makes the parser panic.
func FuzzParse(f *testing.F) {
	for _, rule := range []string{
		`drop: {text: x}`, `redact: {pattern: a, with: b}`, `time: {key: t, layout: '%Y'}`, `fields: {keys: {a: b}}`,
		`severity: {key: a, map: {b: info}}`, `multiline: {start: {not: a}}`, `sample: 1/10`, `set: {a: 1}`, `text: [a, b]`, `tenant: a`,
	} {
		f.Add("rules:\n  - name: r\n    match: {namespace: [a, '!b']}\n    " + rule + "\n")
	}
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := Parse("r.yaml", []byte(text), Config{NoFiles: true})
		if (set == nil) == (err == nil) {
			t.Fatalf("%v, %v", set, err)
		}
		if err != nil {
			return
		}
		r := record(web(), `{"a":"b","level":"info"}`, "x", "y")
		set.Resolve(r.Source)
		chain(true).Apply(r)
	})
}

// A secret in a JSON text inside of a JSON text is redacted when the inner text becomes the
// text.
func TestRedactWhatWasEscaped(t *testing.T) {
	set := parse(t, `rules:
  - name: secrets
    match: {container: app}
    redact: [{pattern: '("password" *: *)"[^"]*"', with: '$1"****"'}, {pattern: '(?i)(bearer\s+)[a-z]+', with: '$1****'}]
    text: message
`)
	for text, want := range map[string]string{
		`{"message":"{\"user\":\"ann\",\"password\":\"SECRET\"}"}`: `{"user":"ann","password":"****"}`,
		`{"message":"Authorization: Bearer\tSECRET"}`:              "Authorization: Bearer\t****",
	} {
		s := web()
		set.Resolve(s)
		r := record(s, text)
		if !chain(true).Apply(r) || string(r.Plain()) != want {
			t.Errorf("%s became %s", text, r.Plain())
		}
	}
}
