package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
)

var versityPath = flag.String("versitygw", "", "the program of a real S3 server; make test-s3 builds it")

// The credentials of the servers, and those of an agent in its environment.
var (
	s3Key = aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret-of-nobody"}
	s3Env = []string{"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret-of-nobody", "AWS_REGION=us-east-1", "K8SLOG_BUCKET=logs"}
)

// s3Server is a real server, which keeps its objects when it is killed.
type s3Server struct {
	*session
	t       *testing.T
	dir     string
	address string
}

// newS3 starts a server with an empty bucket.
func newS3(t *testing.T) *s3Server {
	t.Helper()
	if *versityPath == "" {
		t.Skip("needs a real S3 server: make test-s3")
	}
	s := &s3Server{t: t, dir: t.TempDir(), address: net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(t)))}
	for _, folder := range []string{"data", "meta"} {
		if err := os.Mkdir(filepath.Join(s.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	s.ask(http.MethodPut, "/logs", nil)
	return s
}

func (s *s3Server) url() string { return "http://" + s.address }

// start runs the server, and returns when it takes requests.
func (s *s3Server) start() {
	s.t.Helper()
	s.session = watch(s.t, func(log io.Writer) (*agent.Process, error) {
		return agent.Start(*versityPath, []string{"--port", s.address, "--quiet", "posix", "--sidecar", filepath.Join(s.dir, "meta"), filepath.Join(s.dir, "data")},
			[]string{"ROOT_ACCESS_KEY=" + s3Key.AccessKeyID, "ROOT_SECRET_KEY=" + s3Key.SecretAccessKey}, log)
	})
	s.eventually("an S3 server that is ready", func() bool {
		conn, err := net.DialTimeout("tcp", s.address, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// ask sends a signed request that must succeed, and returns the answer.
func (s *s3Server) ask(method, path string, query url.Values) []byte {
	s.t.Helper()
	request, err := http.NewRequest(method, s.url()+strings.ReplaceAll(path, "=", "%3D")+"?"+query.Encode(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	none := sha256.Sum256(nil)
	sum := hex.EncodeToString(none[:])
	request.Header.Set("X-Amz-Content-Sha256", sum)
	if err := v4.NewSigner().SignHTTP(context.Background(), s3Key, request, sum, "s3", "us-east-1", time.Now(), func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }); err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		s.t.Fatalf("%s %s: %s: %s, %v", method, path, response.Status, text, err)
	}
	return text
}

// keys returns the keys of all objects.
func (s *s3Server) keys() (keys []string) {
	s.t.Helper()
	query := url.Values{"list-type": {"2"}}
	for {
		var list struct {
			Contents              []struct{ Key string }
			NextContinuationToken string
		}
		if err := xml.Unmarshal(s.ask(http.MethodGet, "/logs", query), &list); err != nil {
			s.t.Fatal(err)
		}
		for _, o := range list.Contents {
			keys = append(keys, o.Key)
		}
		if list.NextContinuationToken == "" {
			return keys
		}
		query.Set("continuation-token", list.NextContinuationToken)
	}
}

// lines returns the lines of all objects.
func (s *s3Server) lines() (lines []string) {
	s.t.Helper()
	for _, key := range s.keys() {
		lines = append(lines, linesOf(s.t, key, s.ask(http.MethodGet, "/logs/"+key, nil))...)
	}
	return lines
}

// linesOf returns the lines of an object, whose name tells the compression.
func linesOf(t *testing.T, key string, body []byte) []string {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch filepath.Ext(key) {
	case ".gz":
		r, err = gzip.NewReader(r)
	case ".zst":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil || !bytes.HasSuffix(text, []byte("\n")) {
		t.Fatalf("%s: %v", key, err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

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

// A real server takes objects of every compression with every checksum, and in parts.
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
