package httpclient

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// secrets are headers with credentials, and what an answer must not repeat
// into a log: it may quote the request. They are not changed.
type secrets struct {
	header http.Header
	words  []string // longer ones first
}

func newSecrets(header http.Header, words []string) *secrets {
	const shortest = 6 // less is no secret, and stands in many a text
	words = slices.DeleteFunc(slices.Clone(words), func(s string) bool { return len(s) < shortest })
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return &secrets{header: header, words: slices.Compact(words)}
}

// secretsOf returns what may be secret in a request: the values of headers
// and their words, and the paths and the queries of URLs.
func secretsOf(endpoints []*url.URL, header http.Header) (words []string) {
	for _, u := range endpoints {
		words = append(words, u.RequestURI(), u.EscapedPath(), u.Path, u.RawQuery)
		for _, values := range u.Query() {
			words = append(words, values...)
		}
	}
	for _, values := range header {
		for _, v := range values {
			words = append(words, v)
			words = append(words, strings.Fields(v)...)
		}
	}
	return words
}

// clean makes text fit for a log: no secrets, no control characters, not too long.
func (s *secrets) clean(text string) string {
	for _, word := range s.words {
		text = strings.ReplaceAll(text, word, "…")
	}
	return oneLine(text)
}

const maxText = 300

// oneLine makes text one line without control characters, not too long.
func oneLine(text string) string {
	s := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\ufffd"), func(r rune) bool {
		return r <= ' ' || r == 0x7f
	}), " ")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}
