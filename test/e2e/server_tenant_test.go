package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// tenantBackends are the protocols with tenants that VictoriaLogs takes, with what
// their endpoint has behind the server's address.
var tenantBackends = map[string]string{"loki": "/insert", "otlp": "/insert/opentelemetry", "elasticsearch": "/insert/elasticsearch"}

// A real server refuses one tenant as a whole, which is no number: nothing is wrong
// with its records. They wait, and none is dead-lettered. The other tenants are stored
// meanwhile. When the operator has corrected the option, what waited is delivered.
func TestServerTenantRefused(t *testing.T) {
	t.Parallel()
	v := startVictoriaLogs(t)
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit, which keeps chunks on the disk: ", err)
	}
	account := 100
	for backend, path := range tenantBackends {
		account += 2
		t.Run(backend, func(t *testing.T) {
			v := &victoriaLogs{t: t, base: v.base}
			tenantRefused(t, a, v, backend, v.base+path, fmt.Sprint(account), fmt.Sprint(account+1))
		})
	}
}

func tenantRefused(t *testing.T, a agent.Agent, v *victoriaLogs, backend, endpoint, good, corrected string) {
	const lines = 50
	top := t.TempDir()
	dir := filepath.Join(top, "containers")
	for _, namespace := range []string{good, "shop"} {
		var text strings.Builder
		for i := range lines {
			fmt.Fprintf(&text, "%s stdout F %s %d\n", time.Now().UTC().Format(time.RFC3339Nano), namespace, i)
		}
		write(t, filepath.Join(dir, fmt.Sprintf("web_%s_web-%s.log", namespace, id64)), text.String())
	}
	start := func(tenant string) *session {
		conf := containerConf(dir, fmt.Sprintf("    workers 2\n    backend %s\n    endpoint %s\n    tenant %s\n    tenant_header AccountID\n    headers VL-Msg-Field: log,_msg | VL-Time-Field: @timestamp\n    park_path %s\n    park_after 1s\n",
			backend, endpoint, tenant, filepath.Join(top, "parked")))
		conf = strings.Replace(conf, "    read_from_head on\n", fmt.Sprintf("    read_from_head on\n    db %s\n    storage.type filesystem\n", filepath.Join(top, "tail.db")), 1)
		return run(t, a, strings.Replace(conf, "[SERVICE]\n", "[SERVICE]\n    storage.path "+filepath.Join(top, "storage")+"\n", 1))
	}
	stored := func(tenant, namespace string) (n int) {
		seen := map[string]bool{}
		for _, row := range v.findAs(tenant, "*") {
			if strings.HasPrefix(row["_msg"], namespace+" ") {
				seen[row["_msg"]] = true
			}
		}
		return len(seen)
	}
	s := start("{namespace|9}")
	s.eventually("the records of the good tenant", func() bool { return stored(good, good) == lines })
	s.eventually("a chunk that comes again", func() bool {
		return strings.Contains(s.log.String(), `cannot parse "shop"`) && strings.Contains(s.log.String(), "chunk is given back")
	})
	s.stop()
	s = start(corrected)
	s.eventually("the records that waited", func() bool { return stored(corrected, "shop") == lines })
	s.stop()
	if n := countLines(filepath.Join(top, "dead")); n > 0 {
		t.Errorf("%d dead letters: %.500s", n, readFile(t, filepath.Join(top, "dead")))
	}
}
