package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"flag"
	"io"
	"net"
	"net/http"
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
