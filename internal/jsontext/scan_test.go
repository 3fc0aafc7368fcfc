package jsontext

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestScan(t *testing.T) {
	for _, c := range []struct {
		inside  string // the string without its quotes
		kind    Kind
		newline bool
		text    string // what AppendUnescaped returns
	}{
		{``, Plain, false, ""},
		{`text`, Plain, false, "text"},
		{"\x7f", Plain, false, "\x7f"},
		{`ä日😇`, Plain, false, "ä日😇"},
		{`\"\\\/\b\f\n\r\t`, Escaped, false, "\"\\/\b\f\n\r\t"},
		{`\u0041\u00e4\u65E5\uFFFD`, Escaped, false, "Aä日\ufffd"},
		{`\ud83d\ude07`, Escaped, false, "😇"},
		{`\u003cb\u003e\n`, Escaped, true, "<b>\n"},
		{`n`, Plain, false, "n"},
		{`\n`, Escaped, true, "\n"},
		{`\n\n`, Escaped, true, "\n\n"},
		{`\na`, Escaped, false, "\na"},
		{`a\\n`, Escaped, false, `a\n`},
		{`\\\n`, Escaped, true, "\\\n"},
		{`\\\\n`, Escaped, false, `\\n`},
		{`\"n`, Escaped, false, `"n`},
		{`\u000a`, Escaped, false, "\n"},
		{`\u005cn`, Escaped, false, `\n`},

		{`\ud83d`, Malformed, false, "\ufffd"},
		{`\ude07`, Malformed, false, "\ufffd"},
		{`\ud83d\ud83d\ude07`, Malformed, false, "\ufffd😇"},
		{`\ude07\ud83d`, Malformed, false, "\ufffd\ufffd"},
		{`\ud83d\n`, Malformed, true, "\ufffd\n"},
		{`\ud83d\u0041`, Malformed, false, "\ufffdA"},
		{`\ud83dx`, Malformed, false, "\ufffdx"},
		{`\x41`, Malformed, false, `\x41`},
		{`\u12`, Malformed, false, `\u12`},
		{`\u12g4`, Malformed, false, `\u12g4`},
		{`\u`, Malformed, false, `\u`},
		{`\ud83d\u12`, Malformed, false, "\ufffd" + `\u12`},
		{`\U0041`, Malformed, false, `\U0041`},
		{`\'`, Malformed, false, `\'`},
		{"\\\n", Malformed, false, "\\\n"},
		{"\\\xff", Malformed, false, "\\\xff"},
		{"\\ä", Malformed, false, "\\ä"},
		{"\n", Malformed, false, "\n"},
		{"\x00\x1f", Malformed, false, "\x00\x1f"},
		{"\xff", Malformed, false, "\xff"},
		{"ab\xc3", Malformed, false, "ab\xc3"},
		{"\xed\xa0\x80", Malformed, false, "\xed\xa0\x80"},
		{"\xff\\n", Malformed, true, "\xff\n"},
	} {
		for at := range 18 { // at each offset in a word of eight bytes
			before := strings.Repeat("a", at)
			s := before + c.inside
			end, kind, newline := Scan([]byte(s + `","stream":"x"`))
			if end != len(s) || kind != c.kind || newline != c.newline {
				t.Errorf("Scan(%q) = %d, %d, %t, want %d, %d, %t", s, end, kind, newline, len(s), c.kind, c.newline)
			}
			if got := AppendUnescaped(nil, []byte(s)); string(got) != before+c.text {
				t.Errorf("AppendUnescaped(%q) = %q, want %q", s, got, before+c.text)
			}
			if _, kind, newline := Scan([]byte(s)); kind != Unterminated || newline {
				t.Errorf("Scan(%q) without a quote = %d, %t", s, kind, newline)
			}
		}
	}
	for _, s := range []string{``, `a`, `a\"`, `a\`, `\u12`, "\xff", `aaaaaaa\`, `aaaaaaa\"`} {
		if _, kind, _ := Scan([]byte(s)); kind != Unterminated {
			t.Errorf("Scan(%q) found an end", s)
		}
	}
}

func TestScanFindsTheQuoteAtEachOffset(t *testing.T) {
	atEachOffset(func(s string) {
		want := strings.IndexByte(s, '"')
		for i := 0; i < want; i++ {
			if s[i] == '\\' {
				return
			}
		}
		end, kind, _ := Scan([]byte(s))
		if want < 0 && kind != Unterminated || want >= 0 && end != want {
			t.Errorf("Scan(%q) = %d, %d, want %d", s, end, kind, want)
		}
	})
}

// checkScan compares Scan and AppendUnescaped with encoding/json.
func checkScan(t *testing.T, s []byte) {
	end, kind, newline := Scan(s)
	if end > len(s) || kind != Unterminated && s[end] != '"' {
		t.Fatalf("Scan(%q) = %d, %d", s, end, kind)
	}
	text := AppendUnescaped(nil, s[:end])
	if kind == Unterminated {
		return
	}
	var want string
	err := json.Unmarshal(append([]byte{'"'}, s[:end+1]...), &want)
	if kind != Malformed {
		if err != nil || string(text) != want || !utf8.Valid(s[:end]) || kind == Plain != (string(text) == string(s[:end])) {
			t.Fatalf("Scan(%q) = %d, kind %d, text %q: encoding/json says %q, %v", s, end, kind, text, want, err)
		}
		if newline && want[len(want)-1] != '\n' {
			t.Fatalf("Scan(%q) sees a line feed at the end of %q", s, want)
		}
		return
	}
	// encoding/json also accepts unpaired surrogates and invalid UTF-8, and replaces them.
	if err == nil && toValid(string(text)) != want {
		t.Fatalf("AppendUnescaped(%q) = %q, encoding/json says %q", s[:end], text, want)
	}
	if err == nil && utf8.Valid(s[:end]) && !strings.Contains(want, "\ufffd") {
		t.Fatalf("Scan(%q) is Malformed, encoding/json says %q", s, want)
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range traps {
		f.Add([]byte(s + `"`))
		f.Add(AppendString(nil, s)[1:])
	}
	f.Add([]byte(`\ud83d\ude07\ud83d\u0041\u12\x\n"`))
	f.Fuzz(checkScan)
}
