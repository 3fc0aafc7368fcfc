package options

import (
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

func setEndpoints(c *Config, value string) string {
	c.Endpoints = nil
	for value != "" {
		end := len(value)
		for i := range value { // a comma may also be part of a URL
			if next := strings.TrimSpace(value[i+1:]); value[i] == ',' && (strings.HasPrefix(next, "http://") || strings.HasPrefix(next, "https://")) {
				end = i
				break
			}
		}
		u, problem := c.endpoint(strings.TrimSpace(value[:end]))
		if problem != "" {
			return problem
		}
		c.Endpoints = append(c.Endpoints, u)
		value = strings.TrimPrefix(value[end:], ",")
	}
	return ""
}

func (c *Config) endpoint(value string) (u *url.URL, problem string) {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Opaque != "":
		return nil, "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "is not an http:// or https:// URL"
	case u.Host == "" || u.Hostname() == "":
		return nil, "names no host"
	case u.User != nil:
		return nil, "contains a user or a password, which would end up in logs"
	case u.Fragment != "":
		return nil, "has a fragment"
	case c.Backend != HTTP && u.RawQuery != "":
		return nil, "has a query"
	case slices.ContainsFunc(protocolPaths[c.Backend], func(end string) bool {
		return strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), end)
	}):
		return nil, "contains the path of the protocol, which is appended to it"
	}
	return u, ""
}

// protocolPaths are how the path ends that is appended to an endpoint.
var protocolPaths = map[string][]string{
	Loki:          {"/push"},
	OTLP:          {"/v1/logs"},
	Elasticsearch: {"/_bulk"},
	VictoriaLogs:  {"/jsonline"},
	Splunk:        {"/services/collector", "/services/collector/event"},
}

// ownHeaders are set by the plugin or by HTTP itself.
var ownHeaders = []string{
	"Host", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection",
}

func setHeaders(c *Config, value string) string {
	c.Headers = http.Header{}
	for header := range strings.SplitSeq(value, "|") {
		name, content, ok := strings.Cut(header, ":")
		name, content = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(content)
		switch {
		case !ok || !httpguts.ValidHeaderFieldName(name):
			return "has an entry that is not Name: value"
		case !httpguts.ValidHeaderFieldValue(content):
			return "has a value for " + name + " that no header can have"
		case slices.Contains(ownHeaders, name), name == "Content-Type" && c.Backend != HTTP:
			return "sets " + name
		}
		c.Headers.Add(name, content)
	}
	return ""
}

// HeaderFile is a header whose value lies in a file.
type HeaderFile struct{ Name, Path string }

func setHeaderFiles(c *Config, value string) string {
	c.HeaderFiles = nil
	for entry := range strings.SplitSeq(value, "|") {
		name, path, ok := strings.Cut(entry, ":")
		h := HeaderFile{http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(path)}
		switch {
		case !ok || !httpguts.ValidHeaderFieldName(h.Name):
			return "has an entry that is not Name: path"
		case !filepath.IsAbs(h.Path):
			return "has a path for " + h.Name + " that is not absolute"
		case slices.Contains(ownHeaders, h.Name), h.Name == "Content-Type":
			return "sets " + h.Name
		}
		c.HeaderFiles = append(c.HeaderFiles, h)
	}
	return ""
}

func setTenant(c *Config, value string) (problem string) {
	if c.Tenant, problem = parseTemplate(value); problem == "" && c.Tenant.Timed() {
		problem = "has a date, which tells no tenants apart"
	}
	if problem == "" && !httpguts.ValidHeaderFieldValue(value) {
		problem = "is no value of a header"
	}
	return problem
}

func setTenantHeader(c *Config, value string) string {
	c.TenantHeader = http.CanonicalHeaderKey(value)
	if !httpguts.ValidHeaderFieldName(value) || slices.Contains(ownHeaders, c.TenantHeader) {
		return "is no header that can be set"
	}
	return ""
}

func setAuthorizationType(c *Config, value string) string {
	if !httpguts.ValidHeaderFieldName(value) {
		return "is not one word"
	}
	c.AuthorizationType = value
	return ""
}

// checkHTTP refuses credentials that contradict each other, or are incomplete.
func (c *Config) checkHTTP() error {
	for _, pair := range [][4]string{
		{"basic_auth_user", c.BasicAuthUser, "basic_auth_password_file", c.BasicAuthPasswordFile},
		{"client_cert_file", c.ClientCertFile, "client_key_file", c.ClientKeyFile},
	} {
		if (pair[1] == "") != (pair[3] == "") {
			return &Error{Option: pair[0], Problem: "and " + pair[2] + " need each other; allowed: both or none"}
		}
	}
	names := []string{}
	if c.BasicAuthUser != "" {
		names = append(names, "Authorization")
	}
	if c.AuthorizationFile != "" {
		names = append(names, "Authorization")
	}
	switch {
	case c.Tenant.IsZero():
	case c.Backend == VictoriaLogs:
		if !isTenantNumber(c.Tenant) {
			return &Error{"tenant", c.Tenant.text, "is no tenant of VictoriaLogs; allowed: AccountID or AccountID:ProjectID, numbers below 2^32, as in 12:0"}
		}
		names = append(names, "Accountid", "Projectid")
	default:
		names = append(names, c.TenantHeader)
	}
	for _, h := range c.HeaderFiles {
		names = append(names, h.Name)
	}
	for name := range c.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return &Error{Option: "headers", Problem: "and other options set " + names[i] + " twice; allowed: once"}
		}
	}
	return nil
}
