package goquote

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppend(t *testing.T) {
	for quoted, want := range map[string]string{
		`abc`:                        "abc",
		`a \"b\" \\ c`:               `a "b" \ c`,
		`\a\b\f\n\r\t\v`:             "\a\b\f\n\r\t\v",
		`\x41\101\u0041\U00000041 é`: "AAAA é",
		`\u65e5\U0001f607`:           "日😇",
		`\xff\x00`:                   "\xff\x00",
		`a\`:                         `a\`,
		`\q\u12 \' \/`:               `\q\u12 \' \/`,
		`\ud83d`:                     `\ud83d`, // not a rune in Go
		``:                           "",
	} {
		if got := string(AppendUnquoted([]byte("x"), []byte(quoted))); got != "x"+want {
			t.Errorf("%s: plain %q, want %q", quoted, got, want)
		}
		inside := string(AppendJSON([]byte("x"), []byte(quoted)))[1:]
		var got string
		if err := json.Unmarshal([]byte(`"`+inside+`"`), &got); err != nil || got != strings.ToValidUTF8(want, "\ufffd") {
			t.Errorf("%s: JSON %s, %v", quoted, inside, err)
		}
	}
}

func TestEnd(t *testing.T) {
	for s, want := range map[string]int{
		`abc" d`: 3, `"`: 0, `a\"b"`: 4, `a\\"`: 3, ``: -1, `abc`: -1, `a\"`: -1, `a\`: -1, "a\nb\"": -1,
	} {
		if got := End([]byte(s)); got != want {
			t.Errorf("%q ends at %d, want %d", s, got, want)
		}
	}
}

// AppendUnquoted reverses strconv.Quote.
func FuzzAppend(f *testing.F) {
	f.Add("a \"b\"\n\x00\xff日😇\u2028", `a\`)
	f.Fuzz(func(t *testing.T, text, anything string) {
		quoted := strconv.Quote(text) + " rest"
		end := End([]byte(quoted[1:]))
		if quoted[1+end:] != `" rest` {
			t.Fatalf("%s ends at %d", quoted, end)
		}
		if got := string(AppendUnquoted(nil, []byte(quoted[1:1+end]))); got != text {
			t.Errorf("%q became %q", text, got)
		}
		json := AppendJSON([]byte{'"'}, []byte(anything))
		if !isString(append(json, '"')) {
			t.Errorf("%q became %s", anything, json)
		}
	})
}

func isString(s []byte) bool {
	var text string
	return json.Unmarshal(s, &text) == nil && utf8.Valid(s)
}

func TestAppendAllocatesNothing(t *testing.T) {
	text := []byte(`a \"b\" \u65e5 \x00 \U0001f607 \q`)
	dst := make([]byte, 0, 1000)
	if n := testing.AllocsPerRun(100, func() { dst = AppendJSON(AppendUnquoted(dst[:0], text), text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
