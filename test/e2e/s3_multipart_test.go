package e2e

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A real server takes objects in parts, with every checksum: the lines of objects of 12 MiB
// are there once.
func TestServerS3Multipart(t *testing.T) {
	t.Parallel()
	server := newS3(t)
	const count, size = 4000, 3600 // together more than an object has
	for _, c := range []struct{ compression, checksum string }{{"none", "crc32c"}, {"zstd", "sha256"}, {"gzip", "md5"}, {"none", "none"}} {
		t.Run(c.compression+" "+c.checksum, func(t *testing.T) {
			all := agents(t)
			top := t.TempDir()
			dir := filepath.Join(top, "containers")
			random := rand.New(rand.NewPCG(1, 2)) // what is compressed must be larger than a part as well
			raw := make([]byte, size*3/4)
			var content strings.Builder
			want := map[string]bool{}
			for i := range count {
				for j := range raw {
					raw[j] = byte(random.Uint32())
				}
				text := fmt.Sprintf("%d %s", i, base64.StdEncoding.EncodeToString(raw))
				want[text] = true
				fmt.Fprintf(&content, "2026-11-30T10:00:00.%09dZ stdout F %s\n", i, text)
			}
			write(t, filepath.Join(dir, "web_parts_web-"+id64+".log"), content.String())
			prefix := c.compression + "-" + c.checksum + "/"
			s := run(t, all[len(all)-1], watchedConf(top, dir, fmt.Sprintf(`    backend s3
    endpoint %s
    bucket logs
    store_dir %s/s3
    s3_key_prefix %s
    compression %s
    s3_checksum %s
    upload_timeout 5s
    total_file_size 12MiB
`, server.url(), top, prefix, c.compression, c.checksum)), s3Env...)
			lines := 0
			s.Within(patience+30*time.Second, "all lines", func() bool {
				lines = 0
				for key := range server.parts(prefix) {
					lines += len(linesOf(t, key, server.ask(http.MethodGet, "/logs/"+key, nil)))
				}
				return lines >= count
			})
			s.stop()
			most := 0
			for key, parts := range server.parts(prefix) {
				most = max(most, parts)
				for _, line := range linesOf(t, key, server.ask(http.MethodGet, "/logs/"+key, nil)) {
					if text := *parse(t, []byte(line)).Log; !want[text] {
						t.Fatalf("%.40s… is not a line, or comes twice", text)
					} else {
						delete(want, text)
					}
				}
			}
			if len(want) > 0 || most < 2 {
				t.Errorf("%d lines are missing; the largest object has %d parts, want several", len(want), most)
			}
			if dead, _ := os.ReadFile(filepath.Join(top, "dead")); len(dead) > 0 {
				t.Errorf("dead letters: %.500s", dead)
			}
		})
	}
}

// parts returns the objects with a prefix, and how many parts each has. The ETag of one that was
// uploaded in parts ends with their number.
func (s *s3Server) parts(prefix string) map[string]int {
	s.t.Helper()
	var list struct {
		Contents []struct{ Key, ETag string }
	}
	if err := xml.Unmarshal(s.ask(http.MethodGet, "/logs", url.Values{"list-type": {"2"}, "prefix": {prefix}}), &list); err != nil {
		s.t.Fatal(err)
	}
	all := map[string]int{}
	for _, o := range list.Contents {
		parts := 1
		if _, n, ok := strings.Cut(strings.Trim(o.ETag, `"`), "-"); ok {
			if _, err := fmt.Sscan(n, &parts); err != nil {
				s.t.Fatal(o.ETag, err)
			}
		}
		all[o.Key] = parts
	}
	return all
}
