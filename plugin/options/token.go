package options

import (
	"slices"
	"strings"
)

// setScheme notes the word that the header Authorization has before the token.
func (c *Config) setScheme(scheme string) {
	for i := range c.files {
		c.files[i].scheme = scheme
	}
}

// schemes are the words that stand before a token in the header Authorization.
var schemes = []string{"apikey", "basic", "bearer", "splunk", "token"}

// TokenProblem returns what is wrong with the content of a file that holds a
// token, and "" for a valid one. scheme is the word that the header has before
// the token. White space at the ends is no problem.
func TokenProblem(content, scheme string) string {
	token := strings.TrimSpace(content)
	words := strings.Fields(token)
	switch {
	case token == "":
		return "is empty"
	case strings.ContainsAny(token, "\r\n"):
		return "holds several lines"
	}
	first := strings.ToLower(words[0])
	if len(words) > 1 && (slices.Contains(schemes, first) || first == strings.ToLower(scheme)) {
		return "begins with the word " + words[0] + ", which belongs in authorization_type (now " + scheme + ")"
	}
	return ""
}
