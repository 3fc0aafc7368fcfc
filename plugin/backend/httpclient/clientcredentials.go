package httpclient

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/k8slog/k8slog/internal/regular"
	"github.com/k8slog/k8slog/plugin/options"
)

// ClientCredentials is the settings for tokens by OAuth 2.0's client credentials
// (RFC 6749, section 4.4). The zero value is none.
type ClientCredentials struct {
	// TokenURL is the token endpoint; nil for no tokens.
	TokenURL *url.URL
	// ID is the client, and SecretFile holds its secret. The file is read for each token.
	ID, SecretFile string
	// SecretOption is the option that names the file, for errors; oauth_client_secret_file
	// when empty.
	SecretOption string
	// InForm sends both in the form of the request, and not as HTTP's basic authentication.
	InForm bool
	// Params are other members of the form, such as scope and audience.
	Params url.Values
	// CAFile has the certificates of the authorities to trust, in PEM; those of the system
	// when empty.
	CAFile string
}

// Tokens returns the source of these tokens. It fails when a file cannot be used.
func (c ClientCredentials) Tokens() (*Tokens, error) {
	if _, err := c.secret(); err != nil {
		return nil, err
	}
	t, err := NewTokens(TokenConfig{URL: c.TokenURL, Request: c.request, TLS: TLS{CAFile: c.CAFile}})
	if e, ok := err.(*options.Error); ok && c.SecretOption == "" {
		e.Option = "oauth_ca_file"
	}
	return t, err
}

func (c ClientCredentials) request(time.Time) (TokenRequest, error) {
	secret, err := c.secret()
	if err != nil {
		return TokenRequest{}, err
	}
	r := TokenRequest{Header: http.Header{}, Form: maps.Clone(c.Params), Secrets: []string{secret}}
	if r.Form == nil {
		r.Form = url.Values{}
	}
	r.Form.Set("grant_type", "client_credentials")
	if c.InForm {
		r.Form.Set("client_id", c.ID)
		r.Form.Set("client_secret", secret)
		return r, nil
	}
	// RFC 6749, section 2.3.1: both are encoded like the values of a form.
	basic := http.Request{Header: r.Header}
	basic.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(secret))
	return r, nil
}

// secret reads the file of the secret.
func (c ClientCredentials) secret() (string, error) {
	content, err := regular.Read(c.SecretFile, maxCredential)
	secret := strings.TrimSpace(string(content))
	option := cmp.Or(c.SecretOption, "oauth_client_secret_file")
	switch {
	case err != nil:
		return "", &options.Error{Option: option, Value: c.SecretFile, Problem: "cannot be read: " + cause(err) + "; allowed: a file that can be read"}
	case secret == "":
		return "", &options.Error{Option: option, Value: c.SecretFile, Problem: "is empty; allowed: a file with the secret alone"}
	}
	return secret, nil
}
