package httpbackend

import (
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// MetadataURL returns how an option sets the address of a cloud's metadata server: an http:// URL
// without credentials, query and fragment.
func MetadataURL(to **url.URL) func(value string) (problem string) {
	return func(value string) string {
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return "is no such URL"
		}
		*to = u
		return ""
	}
}

func (p Protocol) endpoints(to *[]*url.URL) func(value string) string {
	return func(value string) string {
		*to = nil
		for value != "" {
			end := len(value)
			for i := range value { // a comma may also be part of a URL
				if next := strings.TrimSpace(value[i+1:]); value[i] == ',' && (strings.HasPrefix(next, "http://") || strings.HasPrefix(next, "https://")) {
					end = i
					break
				}
			}
			u, problem := p.endpoint(strings.TrimSpace(value[:end]))
			if problem != "" {
				return problem
			}
			*to = append(*to, u)
			value = strings.TrimPrefix(value[end:], ",")
		}
		return ""
	}
}

func (p Protocol) endpoint(value string) (u *url.URL, problem string) {
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
	case p.Path != "" && u.RawQuery != "":
		return nil, "has a query"
	case slices.ContainsFunc(p.PathEnds, func(end string) bool {
		return strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), end)
	}):
		return nil, "contains the path of the protocol, which is appended to it"
	}
	return u, ""
}

// ownHeaders are set by the plugin or by HTTP itself.
var ownHeaders = []string{
	"Host", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection",
}

func (p Protocol) headers(to *http.Header) func(value string) string {
	return func(value string) string {
		*to = http.Header{}
		for header := range strings.SplitSeq(value, "|") {
			name, content, ok := strings.Cut(header, ":")
			name, content = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(content)
			switch {
			case !ok || !httpguts.ValidHeaderFieldName(name):
				return "has an entry that is not Name: value"
			case !httpguts.ValidHeaderFieldValue(content):
				return "has a value for " + name + " that no header can have"
			case slices.Contains(ownHeaders, name), name == "Content-Type" && p.Path != "":
				return "sets " + name
			}
			to.Add(name, content)
		}
		return ""
	}
}

func headerFiles(to *[]httpclient.HeaderFile) func(value string) string {
	return func(value string) string {
		*to = nil
		for entry := range strings.SplitSeq(value, "|") {
			name, path, ok := strings.Cut(entry, ":")
			h := httpclient.HeaderFile{Name: http.CanonicalHeaderKey(strings.TrimSpace(name)), Path: strings.TrimSpace(path)}
			switch {
			case !ok || !httpguts.ValidHeaderFieldName(h.Name):
				return "has an entry that is not Name: path"
			case !filepath.IsAbs(h.Path):
				return "has a path for " + h.Name + " that is not absolute"
			case slices.Contains(ownHeaders, h.Name), h.Name == "Content-Type":
				return "sets " + h.Name
			}
			*to = append(*to, h)
		}
		return ""
	}
}
