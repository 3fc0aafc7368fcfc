package httpbackend

import (
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// Tenants are told apart by a header. The zero value is one tenant, whose
// requests need no header.
type Tenants struct {
	template options.Template
	header   string
}

// Of returns the tenant of a source; empty where the template comes to nothing.
func (t Tenants) Of(s *filters.Source) string {
	tenant := t.template.Or(s.Tenant).Text(s, 0, tenantName)
	if tenant = tenant[:min(len(tenant), maxTenant)]; tenant == "." || tenant == ".." {
		return "_" // Loki and Mimir refuse these names
	}
	return tenant
}

// Headers returns the headers that the requests of a tenant need.
func (t Tenants) Headers(tenant string) []httpclient.Header {
	if tenant == "" {
		return nil
	}
	return []httpclient.Header{{Name: t.header, Value: tenant}}
}

// maxTenant is the longest name that Loki and Mimir take.
const maxTenant = 150

// tenantName keeps the characters of a name that Loki and Mimir take
// (https://grafana.com/docs/mimir/latest/configure/about-tenant-ids/), without
// the | that separates tenants.
func tenantName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_.", r):
			return r
		}
		return '_'
	}, name)
}
