package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
)

// The shipped configuration, with a strict server in the process of the test.
func TestConfOfS3(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, format := range formats(a, "fluent-bit") {
			t.Run(format, func(t *testing.T) {
				server := &fake.S3{Bucket: "logs", Verifier: &fake.SigV4{Region: "us-east-1", Service: "s3"}, ObjectLock: true}
				server.Verifier.Allow(s3Key.AccessKeyID, fake.AWSKey{Secret: s3Key.SecretAccessKey})
				listener := httptest.NewServer(server)
				defer listener.Close()
				dir := t.TempDir()
				node := layNode(t, dir, 50)
				soon := strings.NewReplacer("upload_timeout           10m", "upload_timeout 1s", "upload_timeout: 10m", "upload_timeout: 1s")
				s := runBackendIn(t, a, dir, format, "s3", soon, append(s3Env, "K8SLOG_ENDPOINT="+listener.URL)...)
				var lines []string
				s.eventually("all records", func() bool {
					lines = nil
					for key, o := range server.Objects() {
						lines = append(lines, linesOf(t, key, o.Body)...)
					}
					return len(lines) >= node.Total
				})
				once(t, node, lines)
				s.stop()
				if refused := server.Refused(); len(refused) > 0 {
					t.Errorf("%q", refused)
				}
			})
		}
	})
}

// A real server takes objects of every compression with every checksum.
func TestServerS3(t *testing.T) {
	t.Parallel()
	server := newS3(t)
	total := 0
	for i, c := range []struct{ compression, checksum string }{{"zstd", "crc32c"}, {"gzip", "sha256"}, {"none", "md5"}, {"gzip", "none"}} {
		t.Run(c.compression+" "+c.checksum, func(t *testing.T) {
			all := agents(t)
			a := all[(len(all)-1+i)%len(all)]
			dir := t.TempDir()
			node := layNode(t, dir, 50)
			replace := strings.NewReplacer("upload_timeout           10m", "upload_timeout 1s\n    s3_checksum "+c.checksum,
				"compression              zstd", "compression "+c.compression, "s3_key_prefix            ", "s3_key_prefix run="+strconv.Itoa(i)+"/")
			s := runBackend(t, a, dir, "s3", replace, append(s3Env, "K8SLOG_ENDPOINT="+server.url())...)
			var lines []string
			s.eventually("all records", func() bool { lines = server.lines(); return len(lines) >= total+node.Total })
			s.stop()
			lines = nil
			for _, key := range server.keys() {
				if strings.HasPrefix(key, fmt.Sprintf("run=%d/", i)) {
					lines = append(lines, linesOf(t, key, server.ask(http.MethodGet, "/logs/"+key, nil))...)
				}
			}
			once(t, node, lines)
			total += len(lines)
			if dead := readDead(dir); dead != "" {
				t.Errorf("dead letters: %.500s", dead)
			}
		})
	}
}

// The agent and the server are killed by turns while lines are written, and the server is away
// for a while: every line is in the bucket once.
func TestServerS3Killed(t *testing.T) {
	t.Parallel()
	server := newS3(t)
	for _, a := range agents(t) {
		t.Run(fmt.Sprintf("Fluent Bit %t", a.Real), func(t *testing.T) { // the name is in paths, and must have no comma
			top := t.TempDir()
			dir := filepath.Join(top, "containers")
			n := newWatchedNode(t, dir, "good")
			prefix := fmt.Sprintf("killed-%d/", time.Now().UnixNano())
			conf := watchedConf(top, dir, fmt.Sprintf(`    backend s3
    endpoint %s
    bucket logs
    store_dir %s/s3
    s3_key_prefix %s{namespace}/
    upload_timeout 2s
    total_file_size 64KiB
    backoff_max 1s
    batch_wait 10ms
    disk_ledger_path %[2]s/disk.ledger
    disk_ledger_logs %s/*.log
    catch_up_after 3s
`, server.url(), top, prefix, dir))
			if a.Real {
				conf = strings.Replace(conf, "    read_from_head on\n", "    read_from_head on\n    db             "+top+"/tail.db\n    db.sync        full\n", 1)
			}
			lines := 0
			writeFor := func(d time.Duration) {
				for end := time.Now().Add(d); time.Now().Before(end); lines++ {
					n.writeLine("good", lines)
					time.Sleep(time.Millisecond)
				}
			}
			s := run(t, a, conf, s3Env...)
			writeFor(3 * time.Second)
			for range 3 {
				server.Kill()
				writeFor(3 * time.Second)
				if a.Real { // the test host has no positions
					s.Kill()
					writeFor(time.Second)
					s = run(t, a, conf, s3Env...)
				}
				writeFor(2 * time.Second)
				server.start()
				writeFor(3 * time.Second)
				if a.Real {
					s.Kill()
					s = run(t, a, conf, s3Env...)
				}
			}
			counts := map[string]int{}
			all := func() (missing, repeated int) {
				clear(counts)
				for _, key := range server.keys() {
					if strings.HasPrefix(key, prefix) {
						for _, line := range linesOf(t, key, server.ask(http.MethodGet, "/logs/"+key, nil)) {
							counts[*parse(t, []byte(line)).Log]++
						}
					}
				}
				for i := range lines {
					switch c := counts[fmt.Sprintf("good %d", i)]; {
					case c == 0:
						missing++
					case c > 1:
						repeated++
					}
				}
				return missing, repeated
			}
			s.Within(3*patience, "all lines in the bucket", func() bool { missing, _ := all(); return missing == 0 })
			s.stop()
			missing, repeated := all()
			t.Logf("%d lines, %d missing, %d repeated", lines, missing, repeated)
			if missing > 0 || repeated > 0 || len(counts) != lines {
				t.Errorf("%d lines: %d missing, %d repeated, %d others", lines, missing, repeated, len(counts)-lines+missing)
			}
		})
	}
}
