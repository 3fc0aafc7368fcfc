package httpclient

import (
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
)

// Tenants sends the records of each tenant in requests of their own, with the
// tenant in a header. It is the Partition of a backend.
type Tenants struct {
	template options.Template
	header   string
}

// TenantsFor uses the options tenant and tenant_header. Without the first there
// is one tenant, who needs no header.
func TenantsFor(c *options.Config) Tenants { return Tenants{c.Tenant, c.TenantHeader} }

// Partition implements backend.Backend.
func (t Tenants) Partition(s *filters.Source) string {
	tenant := t.template.Text(s, 0, tenantName)
	if tenant = tenant[:min(len(tenant), maxTenant)]; tenant == "." || tenant == ".." {
		return "_" // these are no names either
	}
	return tenant
}

// Headers returns what the requests of a body need.
func (t Tenants) Headers(b backend.Body) []Header {
	if b.Partition == "" {
		return nil
	}
	return []Header{{Name: t.header, Value: b.Partition}}
}

// maxTenant is the longest name that Loki and Mimir take.
const maxTenant = 150

// tenantName keeps of a name what they take in one
// (https://grafana.com/docs/mimir/latest/configure/about-tenant-ids/), and
// nothing that separates tenants.
func tenantName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_.", r):
			return r
		}
		return '_'
	}, name)
}
