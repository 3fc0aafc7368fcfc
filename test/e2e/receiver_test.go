package e2e

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// Fluent Bit's own http input receives what the backend http sends, in every
// compression.
func TestFluentBitReceives(t *testing.T) {
	t.Parallel()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	for _, compression := range []string{"none", "gzip", "zstd", "snappy"} {
		t.Run(compression, func(t *testing.T) {
			out := t.TempDir()
			port := freePort(t)
			receiver := run(t, a, fmt.Sprintf(`[SERVICE]
    flush 0.2
[INPUT]
    name   http
    listen 127.0.0.1
    port   %d
[OUTPUT]
    name   file
    match  *
    format plain
    path   %s
    file   records
`, port, out))
			receiver.eventually("open port", func() bool {
				c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
				if err != nil {
					return false
				}
				c.Close()
				return true
			})
			dir := filepath.Join(t.TempDir(), "containers")
			total := lay(t, dir, 3, 200)
			s := run(t, a, containerConf(dir, fmt.Sprintf(
				"    workers 2\n    backend http\n    endpoint http://127.0.0.1:%d/\n    compression %s\n    headers Content-Type: application/json\n",
				port, compression)))
			path := filepath.Join(out, "records")
			receiver.eventually("all records", func() bool { return countLines(path) >= total })
			s.stop()
			receiver.stop()
			seen := map[string]bool{}
			for _, r := range records(t, path) {
				if r.Kubernetes["container_name"] != "web" || seen[*r.Log] {
					t.Fatalf("%+v", r)
				}
				seen[*r.Log] = true
			}
			if len(seen) != total {
				t.Errorf("%d records, want %d", len(seen), total)
			}
		})
	}
}
