package httpclient

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
)

// forms returns a secret word in the forms in which an answer may quote it: as it
// is, escaped for a URL, for HTML, for JSON and for Go, in base64 and in
// hexadecimal.
func forms(word string) []string {
	all := []string{
		word, strings.ToLower(word), strings.ToUpper(word), html.EscapeString(word),
		hex.EncodeToString([]byte(word)), strings.ToUpper(hex.EncodeToString([]byte(word))),
		strings.Trim(strconv.Quote(word), `"`), strings.Trim(strconv.QuoteToASCII(word), `"`),
	}
	if quoted, err := json.Marshal(word); err == nil {
		all = append(all, strings.Trim(string(quoted), `"`))
	}
	all = append(all, strings.ReplaceAll(all[len(all)-1], "/", `\/`))
	for _, escaped := range []string{url.QueryEscape(word), url.PathEscape(word), percentAll(word)} {
		all = append(all, escaped, lowerEscapes(escaped), url.QueryEscape(escaped))
	}
	return append(all, base64Forms(word)...)
}

// percentAll escapes every byte that is no letter and no digit, as stricter
// encoders do.
func percentAll(word string) string {
	var b strings.Builder
	for _, c := range []byte(word) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// lowerEscapes writes the hexadecimal digits of escapes in lower case.
func lowerEscapes(escaped string) string {
	b := []byte(escaped)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

// base64Forms returns a word in base64: by itself, and the characters that depend
// on the word alone where it stands inside of a longer text, which may begin at
// any byte of a group of three.
func base64Forms(word string) (all []string) {
	const shortest = 8 // of what a part may be that is masked
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		whole := encoding.EncodeToString([]byte(word))
		all = append(all, whole, strings.TrimRight(whole, "="), url.QueryEscape(whole))
		for before := range 3 {
			text := encoding.WithPadding(base64.NoPadding).EncodeToString([]byte("\x00\x00"[:before] + word))
			first := (before*8 + 5) / 6
			last := (before + len(word)) * 8 / 6
			if last-first >= shortest {
				all = append(all, text[first:last])
			}
		}
	}
	return all
}
