package httpbackend

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/plugin/options"
)

// group is the options of a backend that speaks a protocol, and nothing more.
type group struct {
	Config
	protocol Protocol
}

func (g *group) Options() []options.Option { return g.OptionsFor(g.protocol) }

// parse reads options, given as name, value, …, beside an endpoint.
func parse(p Protocol, set ...string) (*Config, error) {
	values := map[string]string{"backend": "x", "endpoint": "http://localhost"}
	for i := 0; i < len(set); i += 2 {
		values[set[i]] = set[i+1]
	}
	schema := options.Schema{{Name: "x", New: func() options.Group { return &group{protocol: p} }}}
	_, g, err := schema.Parse(func(name string) string { return values[name] })
	if err != nil {
		return nil, err
	}
	return &g.(*group).Config, nil
}

var (
	whole = Protocol{Compressions: []string{"none", "gzip", "zstd", "snappy"}}
	fixed = Protocol{Path: "/a/push", PathEnds: []string{"/push"}, AuthorizationType: "Splunk", Compressions: []string{"none", "gzip"}}
)

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		protocol      Protocol
		option, value string
		get           func(*Config) any
		want          any
	}{
		{whole, "endpoint", "https://logs.example:8443/in?token=x", func(c *Config) any { return c.Endpoints[0].String() }, "https://logs.example:8443/in?token=x"},
		{fixed, "endpoint", "http://[::1]:3100/tenant", func(c *Config) any { return c.Endpoints[0].String() }, "http://[::1]:3100/tenant"},
		{whole, "headers", "x-scope-orgid: a | X-B:c:d|X-B: e", func(c *Config) any { return c.Headers }, http.Header{"X-Scope-Orgid": {"a"}, "X-B": {"c:d", "e"}}},
		{whole, "headers", "X-Empty:", func(c *Config) any { return c.Headers }, http.Header{"X-Empty": {""}}},
		{whole, "headers", "content-type: application/json", func(c *Config) any { return c.Headers }, http.Header{"Content-Type": {"application/json"}}},
		{whole, "compression", "zstd", func(c *Config) any { return c.Compression }, "zstd"},
		{whole, "compression", "", func(c *Config) any { return c.Compression }, "none"},
		{whole, "compression", "snappy", func(c *Config) any { return c.Compression }, "snappy"},
		{Protocol{}, "compression", "", func(c *Config) any { return c.Compression }, ""},
		{fixed, "authorization_type", "", func(c *Config) any { return c.Credentials.Scheme }, "Splunk"},
		{fixed, "authorization_type", "Bearer", func(c *Config) any { return c.Credentials.Scheme }, "Bearer"},
		{whole, "authorization_type", "", func(c *Config) any { return c.Credentials.Scheme }, "Bearer"},
		{whole, "tenant", "{namespace}", func(c *Config) any { return c.Tenant.String() + c.TenantHeader }, "{namespace}X-Scope-Orgid"},
	} {
		config, err := parse(c.protocol, c.option, c.value)
		if err != nil || !reflect.DeepEqual(c.get(config), c.want) {
			t.Errorf("%s %q: %+v, %v, want %v", c.option, c.value, config, err, c.want)
		}
	}
}

func TestOptionsRefuse(t *testing.T) {
	const url = "allowed: http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100"
	const headers = "allowed: Name: value, several separated by |, and none that HTTP itself sets (Host, Content-Length, Content-Encoding, Transfer-Encoding, Connection; Content-Type only where the protocol leaves it open)"
	for _, c := range []struct {
		protocol            Protocol
		option, value, want string
	}{
		{whole, "endpoint", "", `option endpoint: must be set for backend x; ` + url},
		{whole, "endpoint", "loki:3100", `option endpoint: is not a URL; ` + url},
		{whole, "endpoint", "loki.logging", `option endpoint: is not an http:// or https:// URL; ` + url},
		{whole, "endpoint", "ftp://secret", `option endpoint: is not an http:// or https:// URL; ` + url},
		{whole, "endpoint", "http://secret:port", `option endpoint: is not a URL; ` + url},
		{whole, "endpoint", "http://secret\nx/", `option endpoint: is not a URL; ` + url},
		{whole, "endpoint", "http:///secret", `option endpoint: names no host; ` + url},
		{whole, "endpoint", "http://:3100", `option endpoint: names no host; ` + url},
		{whole, "endpoint", "http://user:secret@host", `option endpoint: contains a user or a password, which would end up in logs; ` + url},
		{whole, "endpoint", "http://host/#secret", `option endpoint: has a fragment; ` + url},
		{fixed, "endpoint", "http://host/?token=secret", `option endpoint: has a query; ` + url},
		{fixed, "endpoint", "http://host/a/push/", `option endpoint: contains the path of the protocol, which is appended to it; ` + url},
		{whole, "headers", "Authorization secret", `option headers: has an entry that is not Name: value; ` + headers},
		{whole, "headers", "A: b | ", `option headers: has an entry that is not Name: value; ` + headers},
		{whole, "headers", "Se cret: x", `option headers: has an entry that is not Name: value; ` + headers},
		{whole, "headers", "authorization: sec\x00ret", `option headers: has a value for Authorization that no header can have; ` + headers},
		{whole, "headers", "host: secret", `option headers: sets Host; ` + headers},
		{fixed, "headers", "content-type: secret", `option headers: sets Content-Type; ` + headers},
		{whole, "compression", "lz4", `option compression: "lz4" is not one of the choices; allowed: none, gzip, zstd, snappy`},
		{fixed, "compression", "zstd", `option compression: "zstd" is not one of the choices; allowed: none, gzip`},
		{whole, "basic_auth_user", "u", `option basic_auth_user: and basic_auth_password_file need each other; allowed: both or none`},
		{whole, "client_cert_file", "/x", `option client_cert_file: and client_key_file need each other; allowed: both or none`},
	} {
		config, err := parse(c.protocol, c.option, c.value)
		if err == nil {
			t.Errorf("%s %q was taken: %+v", c.option, c.value, config)
			continue
		}
		if got := err.Error(); got != c.want {
			t.Errorf("%s %q:\ngot  %s\nwant %s", c.option, c.value, got, c.want)
		} else if strings.Contains(got, "\n") || strings.Contains(got, "secret") || strings.Contains(got, "sec\\x00ret") {
			t.Errorf("%s: the error spills: %s", c.option, got)
		}
	}
}

// A header that two options set would have the value of one of them, and nobody
// could tell which.
func TestHeadersAreSetOnce(t *testing.T) {
	for _, set := range [][]string{
		{"tenant", "a", "headers", "X-Scope-OrgID: b"},
		{"authorization_file", "/x", "headers", "Authorization: b"},
		{"authorization_file", "/x", "basic_auth_user", "u", "basic_auth_password_file", "/x"},
		{"header_files", "X-A: /x | x-a: /y"},
	} {
		if _, err := parse(fixed, set...); err == nil || !strings.Contains(err.Error(), " twice; allowed: once") {
			t.Errorf("%q: %v", set, err)
		}
	}
}
