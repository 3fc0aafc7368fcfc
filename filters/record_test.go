package filters

import "testing"

func TestText(t *testing.T) {
	for _, c := range []struct {
		name               string
		text               Text
		exists             bool
		plain, json, start string
	}{
		{"absent", Text{}, false, "", "", ""},
		{"empty", PlainText([]byte{}), true, "", "", ""},
		{"plain", PlainText([]byte("a \"b\"\\\n")), true, "a \"b\"\\\n", `a \"b\"\\\n`, "a \"b\"\\\n"},
		{"plain, not UTF-8", PlainText([]byte("a\xff")), true, "a\xff", "a\ufffd", "a\xff"},
		{"escaped", EscapedText([]byte(`a \"b\" \u003c\ud83d\ude07\n`)), true, "a \"b\" <😇\n", `a \"b\" \u003c\ud83d\ude07\n`, "a "},
		{"escaped without escapes", EscapedText([]byte("abc")), true, "abc", "abc", "abc"},
		{"escaped and empty", EscapedText([]byte{}), true, "", "", ""},
		{"quoted", QuotedText([]byte(`a \"b\" \x41\xff`)), true, "a \"b\" A\xff", `a \"b\" A` + "\ufffd", "a "},
		{"escaped at the start", EscapedText([]byte(`\tab`)), true, "\tab", `\tab`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.text.Exists() != c.exists {
				t.Errorf("exists: %t", !c.exists)
			}
			if got := c.text.AppendPlain([]byte("x")); string(got) != "x"+c.plain {
				t.Errorf("plain %q, want x%q", got, c.plain)
			}
			if got := c.text.AppendJSON([]byte("x")); string(got) != "x"+c.json {
				t.Errorf("JSON %q, want x%q", got, c.json)
			}
			if got := c.text.Start(); string(got) != c.start {
				t.Errorf("start %q, want %q", got, c.start)
			}
			if got, ok := c.text.Plain(); ok && (string(got) != c.plain || c.text.Len() != len(c.plain)) {
				t.Errorf("Plain returns %q, %d bytes", got, c.text.Len())
			}
		})
	}
	for _, text := range []Text{EscapedText([]byte("abc")), QuotedText([]byte("abc"))} {
		if _, ok := text.Plain(); ok {
			t.Errorf("%q is encoded, and Plain returns it", text.Encoded())
		}
	}
}

func TestTrimNewline(t *testing.T) {
	for in, want := range map[string]string{"": "", "\n": "", "a\n": "a", "a\n\n": "a\n", "a\r\n": "a\r", "a": "a"} {
		if got := TrimNewline([]byte(in)); string(got) != want || got == nil {
			t.Errorf("TrimNewline(%q) = %q", in, got)
		}
	}
}

func TestReset(t *testing.T) {
	r := Record{
		Time: 1, Log: PlainText([]byte("a")), Stream: Stderr, Severity: Error, Flags: Decoded, Source: &Source{},
		Fields: make([]Field, 3, 8), Scratch: make([]byte, 3, 8),
	}
	r.Reset()
	if r.Time != 0 || r.Log.Exists() || r.Stream != NoStream || r.Severity != 0 || r.Flags != 0 || r.Source != nil ||
		len(r.Fields)+len(r.Scratch) != 0 {
		t.Errorf("not cleared: %+v", r)
	}
	if cap(r.Fields) != 8 || cap(r.Scratch) != 8 {
		t.Error("the memory is not reused")
	}
}

func TestStream(t *testing.T) {
	for _, s := range []Stream{Stdout, Stderr} {
		if got, ok := ParseStream([]byte(s.String())); !ok || got != s {
			t.Errorf("%v is read as %v, %t", s, got, ok)
		}
	}
	for _, name := range []string{"", "stdin", "STDOUT", "stdout ", "stderr\x00"} {
		if s, ok := ParseStream([]byte(name)); ok || s != NoStream {
			t.Errorf("%q is a stream", name)
		}
	}
	if NoStream.String() != "" {
		t.Error("NoStream has a name")
	}
}

func TestSeverity(t *testing.T) {
	for s, want := range map[Severity]string{
		0: "", Trace: "trace", Debug: "debug", Info: "info", Notice: "notice", Warn: "warn", Error: "error",
		Critical: "critical", Alert: "alert", Fatal: "fatal", 2: "", 20: "", 22: "", 255: "",
	} {
		if s.String() != want {
			t.Errorf("severity %d is %q, want %q", uint8(s), s, want)
		}
	}
}

type filterFunc func(*Record) bool

func (f filterFunc) Apply(r *Record) bool { return f(r) }

func TestChainStopsWhenAFilterDrops(t *testing.T) {
	var ran []int
	step := func(n int, keep bool) Filter {
		return filterFunc(func(*Record) bool { ran = append(ran, n); return keep })
	}
	if (Chain{step(1, true), step(2, false), step(3, true)}).Apply(&Record{}) || len(ran) != 2 {
		t.Error("the second filter dropped the record, ran:", ran)
	}
	if !(Chain{}).Apply(&Record{}) || !(Chain{step(1, true)}).Apply(&Record{}) {
		t.Error("a record was dropped for no reason")
	}
}

func TestPlainIsCached(t *testing.T) {
	r := Record{Log: EscapedText([]byte(`a\tb`)), Scratch: []byte("x")}
	first := r.Plain()
	if second := r.Plain(); string(first) != "a\tb" || &first[0] != &second[0] || string(r.Scratch) != "xa\tb" {
		t.Errorf("%q, then %q, in %q", first, second, r.Scratch)
	}
	r.Log = EscapedText([]byte(`c\td`))
	if got := r.Plain(); string(got) != "c\td" || string(first) != "a\tb" {
		t.Errorf("another text is %q, the first %q", got, first)
	}
	r.Reset()
	if r.Plain() != nil {
		t.Error("a record without text has one")
	}
	r.Log = PlainText([]byte("e"))
	if got := r.Plain(); string(got) != "e" || len(r.Scratch) != 0 {
		t.Errorf("a plain text is %q", got)
	}
}

func TestAddOwnKeepsTheExistingField(t *testing.T) {
	r := Record{Fields: []Field{{Key: []byte("a"), JSON: []byte("1")}}}
	r.AddOwn(Field{Key: []byte("a"), JSON: []byte("2")})
	r.AddOwn(Field{Key: []byte("b"), JSON: []byte("3")})
	if len(r.Fields) != 2 || string(r.Fields[0].JSON) != "1" || r.Fields[0].Own || !r.Fields[1].Own {
		t.Errorf("%+v", r.Fields)
	}
}

func TestChainWith(t *testing.T) {
	step := filterFunc(func(*Record) bool { return true })
	if c := (Chain{step}).With(false, step).With(true, step); len(c) != 2 {
		t.Errorf("%d filters", len(c))
	}
}
