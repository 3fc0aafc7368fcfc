package parking

import (
	"bytes"
	"math"
)

// base64Byte has the bytes of base64 but the padding.
var base64Byte = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		table[c] = true
	}
	return table
}()

// scan returns the number of records of a line that has the form that this package
// writes, without decoding the records. It is not ok for any other line, which may
// still be valid JSON. At a start every line of the folder is looked at before the
// first chunk is, and decoding an hour's lines takes half a minute.
func scan(text []byte) (records int, ok bool) {
	rest, ok := bytes.CutPrefix(text, []byte(`{"tag":"`))
	if !ok {
		return 0, false
	}
	end := bytes.IndexByte(rest, '"')
	if end < 0 || bytes.IndexByte(rest[:end], '\\') >= 0 || bytes.IndexFunc(rest[:end], notPlain) >= 0 {
		return 0, false
	}
	rest, ok = bytes.CutPrefix(rest[end:], []byte(`","records":`))
	for ok && len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9' && records < math.MaxInt32 {
		records = 10*records + int(rest[0]-'0')
		rest = rest[1:]
	}
	if !ok || records <= 0 || records > math.MaxInt32 {
		return 0, false
	}
	content, ok := bytes.CutPrefix(rest, []byte(`,"raw":"`))
	if !ok {
		content, ok = bytes.CutPrefix(rest, []byte(`,"zstd":"`))
	}
	if rest = content; !ok {
		return 0, false
	}
	rest, ok = bytes.CutSuffix(rest, []byte("\"}\n"))
	if !ok || len(rest) == 0 || len(rest)%4 != 0 {
		return 0, false
	}
	for n := 0; n < 2 && rest[len(rest)-1] == '='; n++ {
		rest = rest[:len(rest)-1]
	}
	for _, c := range rest {
		if !base64Byte[c] {
			return 0, false
		}
	}
	return records, true
}

// notPlain reports what JSON writes in other ways, or not at all.
func notPlain(c rune) bool { return c < ' ' || c > '~' }
