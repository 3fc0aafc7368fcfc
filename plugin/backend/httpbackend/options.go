package httpbackend

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// Config is the options of a backend over HTTP. A backend embeds it in its own
// Config, and its Options begins with those of OptionsFor.
type Config struct {
	Endpoints    []*url.URL
	Headers      http.Header
	Tenant       options.Template
	TenantHeader string
	Credentials  httpclient.Credentials
	OAuth        httpclient.ClientCredentials
	TLS          httpclient.TLS
	MaxAge       time.Duration
	Compression  string // "" for a protocol that leaves no choice
	AWS          AWS

	awsHost, awsDefault string // of the protocol
}

// OptionsFor returns the options of a backend that speaks the protocol.
func (c *Config) OptionsFor(p Protocol) []options.Option {
	path := p.Path + "."
	if p.Path == "" {
		path = "it is the whole URL, which may have a query."
	}
	c.awsHost, c.awsDefault = p.AWS.Host, p.AWS.Service
	if p.AWS.Host != "" {
		path = "without it, https://" + p.AWS.Host + ".<aws_region>.amazonaws.com."
	}
	all := []options.Option{
		{
			Name: "endpoint", Type: "URLs", Example: "http://loki.logging:3100", Required: p.AWS.Host == "" && p.Endpoint == "", Default: p.Endpoint, Secret: true,
			Range: "http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100",
			Doc:   "Where the backend listens: a base URL, to which the protocol's own path is appended. Of several, the first is used until it fails, then the next; connection_max_age brings back the first.",
			Note:  path,
			Set:   p.endpoints(&c.Endpoints),
		},
		{
			Name: "headers", Type: "headers", Example: "X-Scope-OrgID: team-a | X-Source: k8slog", Secret: true,
			Range: "Name: value, several separated by |, and none that HTTP itself sets (Host, Content-Length, Content-Encoding, Transfer-Encoding, Connection; Content-Type only where the protocol leaves it open)",
			Doc:   "Headers of every request, as Name: value, separated by a vertical bar.",
			Set:   p.headers(&c.Headers),
		},
	}
	if p.AWS.Host != "" {
		all = append(append(all, c.awsOptions(p)...), c.connection()...)
		return append(all, c.compression(p)...)
	}
	all = append(all, []options.Option{
		{
			Name: "tenant", Type: "template", Example: "12",
			Range: options.TemplateRange,
			Doc:   "Who the records belong to, where a backend has tenants: the value of the header tenant_header, as in {namespace|component|no_name}. Records of different tenants travel in different requests. In braces stand fields, of which the first that is known counts; the last may be a word that stands for itself. Beside the name of a namespace, that of a component is component_kubelet, and in the same braces that of a node node_n1, so that they never meet; component_name and node_name are the names alone. No text of a log can get into it. Where it comes to nothing, the header is absent.",
			Rule:  "tenant",
			Set:   c.setTenant,
		},
		{
			Name: "tenant_header", Type: "name", Default: "X-Scope-OrgID", Example: "X-Scope-OrgID",
			Range: "the name of a header",
			Doc:   "The header that says who the tenant is.",
			Set:   c.setTenantHeader,
		},
	}...)
	all = append(all, c.credentials(p)...)
	if p.AWS.Offered {
		all = append(all, c.awsOptions(p)...)
	}
	all = append(all, c.oauth()...)
	all = append(all, c.connection()...)
	return append(all, c.compression(p)...)
}

func (c *Config) compression(p Protocol) []options.Option {
	if len(p.Compressions) == 0 {
		return nil
	}
	return []options.Option{{
		Name: "compression", Type: "name", Default: "none", Example: "gzip",
		Range: strings.Join(p.Compressions, ", "),
		Doc:   "How the body of a request is compressed. zstd costs least for what it saves, where the receiver takes it.",
		Set:   options.OneOf(p.Compressions, &c.Compression),
	}}
}

func (c *Config) credentials(p Protocol) []options.Option {
	scheme := p.AuthorizationType
	if scheme == "" {
		scheme = "Bearer"
	}
	return []options.Option{
		{
			Name: "header_files", Type: "headers", Example: "X-Api-Key: /etc/k8slog/api-key",
			Range: "Name: absolute path, several separated by |",
			Doc:   "Headers whose values lie in files. The files of this and the next options are read again when they change, so that secrets can be rotated.",
			Set:   headerFiles(&c.Credentials.HeaderFiles),
		},
		{
			Name: "authorization_file", Type: "path", Example: "/var/run/secrets/k8slog/token",
			Doc: "The file with the token of the header Authorization.",
			Set: options.Text(&c.Credentials.File),
		},
		{
			Name: "authorization_type", Type: "name", Default: scheme, Example: "ApiKey",
			Range: "one word: Bearer, ApiKey, Splunk, …",
			Doc:   "What stands before that token.",
			Set:   c.setAuthorizationType,
		},
		{
			Name: "basic_auth_user", Type: "text", Example: "k8slog",
			Doc: "The user of HTTP's basic authentication.",
			Set: options.Text(&c.Credentials.BasicUser),
		},
		{
			Name: "basic_auth_password_file", Type: "path", Example: "/var/run/secrets/k8slog/password",
			Doc: "The file with the password of that user.",
			Set: options.Text(&c.Credentials.BasicPasswordFile),
		},
	}
}

func (c *Config) connection() []options.Option {
	return append(TLSOptions(&c.TLS), options.Option{
		Name: "connection_max_age", Type: "duration", Default: "5m", Example: "1m",
		Range: "0s to 24h; 0s for ever",
		Doc:   "How long connections are used before new ones are made, so that a load balancer can spread its clients.",
		Set:   options.Duration(0, 24*time.Hour, &c.MaxAge),
	})
}

func (c *Config) setTenant(value string) (problem string) {
	if c.Tenant, problem = options.ParseTemplate(value); problem == "" && c.Tenant.Timed() {
		problem = "has a date, which tells no tenants apart"
	}
	if problem == "" && !httpguts.ValidHeaderFieldValue(value) {
		problem = "is no value of a header"
	}
	return problem
}

func (c *Config) setTenantHeader(value string) string {
	c.TenantHeader = http.CanonicalHeaderKey(value)
	if !httpguts.ValidHeaderFieldName(value) || slices.Contains(ownHeaders, c.TenantHeader) {
		return "is no header that can be set"
	}
	return ""
}

func (c *Config) setAuthorizationType(value string) string {
	if !httpguts.ValidHeaderFieldName(value) {
		return "is not one word"
	}
	c.Credentials.Scheme = value
	return ""
}

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	common.CheckTemplate("tenant", c.Tenant, true)
	if err := c.checkAWS(common); err != nil {
		return err
	}
	return c.CheckHeaders(c.TenantHeader)
}

// Authorizes reports whether an option sets the header Authorization.
func (c *Config) Authorizes() bool {
	return c.Credentials.File != "" || c.Credentials.BasicUser != "" || c.OAuth.TokenURL != nil || c.Headers.Get("Authorization") != "" ||
		slices.ContainsFunc(c.Credentials.HeaderFiles, func(h httpclient.HeaderFile) bool { return h.Name == "Authorization" })
}

// CheckHeaders refuses credentials that are incomplete, and headers that two
// options set. tenant are the headers that the option tenant sets, in their
// canonical form.
func (c *Config) CheckHeaders(tenant ...string) error {
	for _, pair := range [][4]string{
		{"basic_auth_user", c.Credentials.BasicUser, "basic_auth_password_file", c.Credentials.BasicPasswordFile},
		{"client_cert_file", c.TLS.CertFile, "client_key_file", c.TLS.KeyFile},
	} {
		if (pair[1] == "") != (pair[3] == "") {
			return &options.Error{Option: pair[0], Problem: "and " + pair[2] + " need each other; allowed: both or none"}
		}
	}
	if err := c.checkOAuth(); err != nil {
		return err
	}
	names := []string{}
	if c.signs() {
		names = append(names, "Authorization")
	}
	if c.OAuth.TokenURL != nil {
		names = append(names, "Authorization")
	}
	if c.Credentials.BasicUser != "" {
		names = append(names, "Authorization")
	}
	if c.Credentials.File != "" {
		names = append(names, "Authorization")
	}
	if !c.Tenant.IsZero() {
		names = append(names, tenant...)
	}
	for _, h := range c.Credentials.HeaderFiles {
		names = append(names, h.Name)
	}
	for name := range c.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return &options.Error{Option: "headers", Problem: "and other options set " + names[i] + " twice; allowed: once"}
		}
	}
	return nil
}
