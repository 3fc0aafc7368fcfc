package httpclient

import (
	"cmp"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
)

// secrets are headers with credentials, and the words that must not get into a
// log: an answer may quote the request.
type secrets struct {
	header http.Header
	own    []string // of this moment
	words  []string // and those of the moment before; longer ones first
}

func newSecrets(header http.Header, words []string) *secrets {
	const shortest = 6 // less is no secret, and stands in many a text
	s := &secrets{header: header}
	for _, word := range words {
		if len(word) >= shortest {
			s.own = append(s.own, forms(word)...)
		}
	}
	s.words = longestFirst(s.own)
	return s
}

// formerly adds the words of the credentials before these.
func (s *secrets) formerly(before *secrets) {
	s.words = longestFirst(slices.Concat(s.own, before.own))
}

func longestFirst(words []string) []string {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(words)
}

// proxySecrets returns the secret words in the addresses of proxies, which come
// from the environment.
func proxySecrets() (words []string) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		value := os.Getenv(name)
		if credentials, _, found := strings.Cut(value, "@"); found {
			words = append(words, value)
			if _, password, found := strings.Cut(credentials[strings.Index(credentials, "//")+1:], ":"); found {
				words = append(words, password)
			}
		}
	}
	return words
}

// secretsOf returns the words of a request that may be secret: the values of
// headers and their words, and the paths and queries of URLs.
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
