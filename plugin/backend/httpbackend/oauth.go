package httpbackend

import (
	"net/url"
	"slices"

	"github.com/k8slog/k8slog/plugin/options"
)

// The values of the option oauth_client_auth.
const (
	authBasic = "basic"
	authForm  = "form"
)

// oauth returns the options of OAuth 2.0's client credentials.
func (c *Config) oauth() []options.Option {
	return []options.Option{
		{
			Name: "oauth_token_url", Type: "URL", Example: "https://login.example.com/oauth2/token", Secret: true,
			Range: "an http:// or https:// URL without user, password and fragment",
			Doc:   "The token endpoint of OAuth 2.0: each request then has a token of it, by the grant client_credentials. Tokens are kept in memory only, and renewed before they end, and once when a server answers 401. While the endpoint gives none, the backend counts as down, and no record is refused for it.",
			Set:   c.setTokenURL,
		},
		{
			Name: "oauth_client_id", Type: "text", Example: "k8slog",
			Doc: "The client's ID at the token endpoint.",
			Set: options.Text(&c.OAuth.ID),
		},
		{
			Name: "oauth_client_secret_file", Type: "path", Example: "/var/run/secrets/k8slog/client-secret",
			Doc: "The file with the client's secret. It is read for each token.",
			Set: options.Text(&c.OAuth.SecretFile),
		},
		{
			Name: "oauth_client_auth", Type: "name", Default: authBasic, Example: authForm,
			Range: authBasic + ", " + authForm,
			Doc:   "How the client shows its ID and its secret: by HTTP's basic authentication, or in the form of the request, as client_id and client_secret.",
			Set: func(value string) string {
				c.OAuth.InForm = value == authForm
				return options.OneOf([]string{authBasic, authForm}, new(string))(value)
			},
		},
		{
			Name: "oauth_scopes", Type: "text", Example: "logs.write metrics.write",
			Doc: "The scopes that the token is asked for, separated by blanks.",
			Set: func(value string) string { return c.setParam("scope", value) },
		},
		{
			Name: "oauth_params", Type: "query", Example: "audience=https://logs.example.com&resource=logs",
			Range: "name=value, several separated by &, escaped like the query of a URL, and none that other options set",
			Doc:   "What else the token endpoint wants in the form of the request, such as audience or resource.",
			Set:   c.setParams,
		},
		{
			Name: "oauth_ca_file", Type: "path", Example: "/etc/k8slog/login-ca.crt",
			Doc: "The certificate authorities that the token endpoint's certificate may be signed by, in PEM. Without it, those of the system.",
			Set: options.Text(&c.OAuth.CAFile),
		},
	}
}

func (c *Config) setTokenURL(value string) (problem string) {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "is no http:// or https:// URL"
	case u.User != nil:
		return "contains a user or a password, which would end up in logs"
	case u.Fragment != "":
		return "has a fragment"
	}
	c.OAuth.TokenURL = u
	return ""
}

// formNames are the members of the form that other options set.
var formNames = []string{"grant_type", "client_id", "client_secret", "scope"}

func (c *Config) setParams(value string) string {
	params, err := url.ParseQuery(value)
	if err != nil {
		return "is no query"
	}
	for name, values := range params {
		if name == "" || slices.Contains(formNames, name) {
			return "sets " + name
		}
		c.setParam(name, values...)
	}
	return ""
}

func (c *Config) setParam(name string, values ...string) string {
	if c.OAuth.Params == nil {
		c.OAuth.Params = url.Values{}
	}
	c.OAuth.Params[name] = values
	return ""
}

// checkOAuth refuses settings that are incomplete.
func (c *Config) checkOAuth() error {
	o := &c.OAuth
	if o.TokenURL != nil && o.ID != "" && o.SecretFile != "" ||
		o.TokenURL == nil && o.ID == "" && o.SecretFile == "" && len(o.Params) == 0 && o.CAFile == "" && !o.InForm {
		return nil
	}
	return &options.Error{Option: "oauth_token_url", Problem: "oauth_client_id and oauth_client_secret_file need each other, and the other oauth options need them; allowed: all three or none"}
}
