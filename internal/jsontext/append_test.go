package jsontext

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// toValid returns s with U+FFFD for each byte that is not valid UTF-8.
func toValid(s string) string {
	var b strings.Builder
	for _, r := range s { // ranges over invalid bytes one by one
		b.WriteRune(r)
	}
	return b.String()
}

// traps are texts with characters that need special treatment.
var traps = []string{
	"", "a", "plain text", `"`, `\`, "\n", "\r", "\t", "\b", "\f", "\x00", "\x1f", "\x20", "\x7f", "\x80", "\xff",
	"/", "<&>", "ä", "日本語", "😇", "\u2028\u2029", "\ufffd", "\ufeff", "\U0010ffff",
	"\xc3", "\xc3\x28", "\xe6\x97", "\xf0\x9f\x98", "\xed\xa0\x80" /* a surrogate */, "\xf4\x90\x80\x80" /* above U+10FFFF */, "\xc0\x80", /* overlong */
	"a\xffb\xfe\xfdc", strings.Repeat("\x80", 20), strings.Repeat(`\"`, 20), strings.Repeat("ä", 9),
	`\u0041`, `\\n`, "line\n", "two\nlines\n", "a\x00b",
}

// atEachOffset visits texts with a special character at each offset within and across
// words of eight bytes.
func atEachOffset(visit func(s string)) {
	for _, special := range []string{`"`, `\`, "\x00", "\x1f", "\x7f", "\x80", "\xff", "\n", "ä", "😇", "\xe6\x97", "\x21", "\x23", "\x5b", "\x5d", "\xa2"} {
		for at := range 18 {
			for after := range 10 {
				visit(strings.Repeat("a", at) + special + strings.Repeat("b", after))
				// Two in one word: a borrow of the first must not hide the second.
				visit(strings.Repeat("\x7f", at) + special + strings.Repeat("!", after) + special)
			}
		}
	}
}

func checkAppend(t *testing.T, s string) {
	t.Helper()
	got := AppendString([]byte("x"), s)
	if got[0] != 'x' || !json.Valid(got[1:]) || !utf8.Valid(got) {
		t.Fatalf("AppendString(%q) = %q", s, got)
	}
	var back string
	if err := json.Unmarshal(got[1:], &back); err != nil || back != toValid(s) {
		t.Fatalf("AppendString(%q) = %s, reads back as %q, %v", s, got, back, err)
	}
	if bytes := AppendString([]byte("x"), []byte(s)); string(bytes) != string(got) {
		t.Fatalf("bytes give %q, the string gives %q", bytes, got)
	}
	if body := AppendBody(nil, []byte(s)); string(body) != string(got[2:len(got)-1]) {
		t.Fatalf("AppendBody(%q) = %q", s, body)
	}
	if valid := AppendValidUTF8([]byte("x"), []byte(s)); string(valid) != "x"+toValid(s) {
		t.Fatalf("AppendValidUTF8(%q) = %q", s, valid)
	}
	// Scan finds the output valid, and AppendUnescaped reads it back.
	end, kind, newline := Scan(got[2:])
	if end != len(got)-3 || kind == Malformed || kind == Unterminated || newline != strings.HasSuffix(s, "\n") {
		t.Fatalf("Scan(%q) = %d, %d, %t", got[2:], end, kind, newline)
	}
	if plain := AppendUnescaped([]byte("x"), got[2:2+end]); string(plain) != "x"+toValid(s) {
		t.Fatalf("%q was written, %q read", s, plain)
	}
}

func TestAppendStringReadsBack(t *testing.T) {
	for _, s := range traps {
		checkAppend(t, s)
	}
	atEachOffset(func(s string) { checkAppend(t, s) })
	for c := range 256 {
		checkAppend(t, "aaaaaaa"+string([]byte{byte(c)})+"bbbbbbbb")
	}
}

func TestAppendStringWritesShortEscapes(t *testing.T) {
	for s, want := range map[string]string{
		`a"b\c`:        `"a\"b\\c"`,
		"\n\r\t":       `"\n\r\t"`,
		"\x00\x1f\b\f": `"\u0000\u001f\u0008\u000c"`,
		"</script>&'":  `"</script>&'"`,
		"a\xff\xfeb":   `"a` + "\ufffd\ufffd" + `b"`,
		"\x7f\u2028":   `"` + "\x7f\u2028" + `"`,
	} {
		if got := AppendString(nil, s); string(got) != want {
			t.Errorf("AppendString(%q) = %s, want %s", s, got, want)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range traps {
		f.Add(s)
	}
	f.Add("aaaaaaa\"bbbbbbb\\\xffccc\n")
	f.Fuzz(checkAppend)
}

func TestAppendAllocatesNothing(t *testing.T) {
	text := []byte(strings.Repeat("a text with a \"quote\", a line\n, ä and \xff", 20))
	escaped := []byte(strings.Repeat(`I0811 \u0026{Project:\"a\"} \ud83d\ude07\n`, 20))
	dst := make([]byte, 0, 4096)
	for name, f := range map[string]func(){
		"AppendString":    func() { dst = AppendString(dst[:0], text) },
		"AppendBody":      func() { dst = AppendBody(dst[:0], text) },
		"AppendValidUTF8": func() { dst = AppendValidUTF8(dst[:0], text) },
		"AppendUnescaped": func() { dst = AppendUnescaped(dst[:0], escaped) },
		"Scan":            func() { Scan(escaped) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
