package parking

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// What scan reads is what JSON reads, and scan reads every line with an ordinary tag.
func TestScan(t *testing.T) {
	for _, raw := range []int{1, 2, 3, 100, 1000} {
		text := encode(Batch{Entries: []Entry{{Tag: "containers", Raw: bytes.Repeat([]byte{0xfb}, raw), Records: raw}}}, false).text
		if n, ok := scan(text); !ok || n != raw {
			t.Errorf("%d, %t: %s", n, ok, text)
		}
	}
	for _, bad := range []string{
		"", "\n", "{}\n", `{"tag":"a","records":1,"raw":""}` + "\n", `{"tag":"a","records":0,"raw":"AAAA"}` + "\n",
		`{"tag":"a","records":-1,"raw":"AAAA"}` + "\n", `{"tag":"a","records":1,"raw":"AAA"}` + "\n", `{"tag":"a","records":1,"raw":"A A="}` + "\n",
		`{"tag":"a","records":1,"raw":"===="}` + "\n", `{"tag":"a","records":1,"raw":"AAAA"}`, `{"tag":"a\"","records":1,"raw":"AAAA"}` + "\n",
		`{"tag":"a","records":99999999999999999999,"raw":"AAAA"}` + "\n", `{"tag":"a","records":1,"raw":"AA=A"}` + "\n",
	} {
		if n, ok := scan([]byte(bad)); ok {
			t.Errorf("%d of %q", n, bad)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"tag":"a","records":1,"raw":"AAAA"}` + "\n"))
	f.Add([]byte(`{"tag":"a","records":12,"raw":"AA=="}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, ok := scan(text)
		if !ok {
			return
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil || l.Records != n || len(l.Raw) == 0 && len(l.Zstd) == 0 {
			t.Errorf("%q: %d records; JSON has %d, %v", text, n, l.Records, err)
		}
	})
}

// A start does not take longer with what is parked.
func BenchmarkScan(b *testing.B) {
	text := encode(Batch{Entries: []Entry{{Tag: "containers", Raw: []byte(strings.Repeat("x", 300)), Records: 1}}}, false).text
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, ok := scan(text); !ok {
			b.Fatal("not read")
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	text := encode(Batch{Entries: []Entry{{Tag: "containers", Raw: []byte(strings.Repeat("x", 300)), Records: 1}}}, false).text
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			b.Fatal(err)
		}
	}
}
