package jsontext

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestScan(t *testing.T) {
	for _, c := range []struct {
		inside  string // of the string, before its closing quote
		form    Form
		newline bool
		text    string // what AppendUnescaped makes of it
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

		{`\ud83d`, Broken, false, "\ufffd"},
		{`\ude07`, Broken, false, "\ufffd"},
		{`\ud83d\ud83d\ude07`, Broken, false, "\ufffd😇"},
		{`\ude07\ud83d`, Broken, false, "\ufffd\ufffd"},
		{`\ud83d\n`, Broken, true, "\ufffd\n"},
		{`\ud83d\u0041`, Broken, false, "\ufffdA"},
		{`\ud83dx`, Broken, false, "\ufffdx"},
		{`\x41`, Broken, false, `\x41`},
		{`\u12`, Broken, false, `\u12`},
		{`\u12g4`, Broken, false, `\u12g4`},
		{`\u`, Broken, false, `\u`},
		{`\ud83d\u12`, Broken, false, "\ufffd" + `\u12`},
		{`\U0041`, Broken, false, `\U0041`},
		{`\'`, Broken, false, `\'`},
		{"\\\n", Broken, false, "\\\n"},
		{"\\\xff", Broken, false, "\\\xff"},
		{"\\ä", Broken, false, "\\ä"},
		{"\n", Broken, false, "\n"},
		{"\x00\x1f", Broken, false, "\x00\x1f"},
		{"\xff", Broken, false, "\xff"},
		{"ab\xc3", Broken, false, "ab\xc3"},
		{"\xed\xa0\x80", Broken, false, "\xed\xa0\x80"},
		{"\xff\\n", Broken, true, "\xff\n"},
	} {
		for at := range 18 { // at each place in the eight-byte lanes
			before := strings.Repeat("a", at)
			s := before + c.inside
			end, form, newline := Scan([]byte(s + `","stream":"x"`))
			if end != len(s) || form != c.form || newline != c.newline {
				t.Errorf("Scan(%q) = %d, %d, %t, want %d, %d, %t", s, end, form, newline, len(s), c.form, c.newline)
			}
			if got := AppendUnescaped(nil, []byte(s)); string(got) != before+c.text {
				t.Errorf("AppendUnescaped(%q) = %q, want %q", s, got, before+c.text)
			}
			if _, form, newline := Scan([]byte(s)); form != Unterminated || newline {
				t.Errorf("Scan(%q) without a quote = %d, %t", s, form, newline)
			}
		}
	}
	for _, s := range []string{``, `a`, `a\"`, `a\`, `\u12`, "\xff", `aaaaaaa\`, `aaaaaaa\"`} {
		if _, form, _ := Scan([]byte(s)); form != Unterminated {
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
		end, form, _ := Scan([]byte(s))
		if want < 0 && form != Unterminated || want >= 0 && end != want {
			t.Errorf("Scan(%q) = %d, %d, want %d", s, end, form, want)
		}
	})
}

// A string literal is what encoding/json says it is.
func checkScan(t *testing.T, s []byte) {
	end, form, newline := Scan(s)
	if end > len(s) || form != Unterminated && s[end] != '"' {
		t.Fatalf("Scan(%q) = %d, %d", s, end, form)
	}
	text := AppendUnescaped(nil, s[:end])
	if form == Unterminated {
		return
	}
	var want string
	err := json.Unmarshal(append([]byte{'"'}, s[:end+1]...), &want)
	if form != Broken {
		if err != nil || string(text) != want || !utf8.Valid(s[:end]) || form == Plain != (string(text) == string(s[:end])) {
			t.Fatalf("Scan(%q) = %d, form %d, text %q: encoding/json says %q, %v", s, end, form, text, want, err)
		}
		if newline && want[len(want)-1] != '\n' {
			t.Fatalf("Scan(%q) sees a line feed at the end of %q", s, want)
		}
		return
	}
	// encoding/json takes half pairs and invalid UTF-8 too, and replaces them.
	if err == nil && sane(string(text)) != want {
		t.Fatalf("AppendUnescaped(%q) = %q, encoding/json says %q", s[:end], text, want)
	}
	if err == nil && utf8.Valid(s[:end]) && !strings.Contains(want, "\ufffd") {
		t.Fatalf("Scan(%q) is Broken, encoding/json says %q", s, want)
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
