package httpclient

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// The proxy is that of the environment, which is read once in a process.
func TestProxyOfTheEnvironment(t *testing.T) {
	if os.Getenv("K8SLOG_TEST_ENDPOINT") != "" {
		u, _ := url.Parse(os.Getenv("K8SLOG_TEST_ENDPOINT"))
		if got := post(t, open(t, Config{Endpoints: []*url.URL{u}})); got != "" {
			t.Error(got)
		}
		return
	}
	var mu sync.Mutex
	var hosts []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		hosts = append(hosts, r.Method+" "+r.Host)
	}))
	defer proxy.Close()
	run := func(endpoint string, env ...string) string {
		mu.Lock()
		hosts = nil
		mu.Unlock()
		command := exec.Command(os.Args[0], "-test.run=^TestProxyOfTheEnvironment$")
		command.Env = append(env, "K8SLOG_TEST_ENDPOINT="+endpoint)
		out, _ := command.CombinedOutput()
		if strings.Contains(string(out), "proxy-password") {
			t.Errorf("a secret: %s", out)
		}
		mu.Lock()
		defer mu.Unlock()
		return string(out) + strings.Join(hosts, ",")
	}
	says(t, run("http://loki.invalid:3100/x", "HTTP_PROXY="+strings.Replace(proxy.URL, "//", "//me:proxy-password@", 1)), "PASS\nPOST loki.invalid:3100")
	says(t, run("https://loki.invalid/x", "HTTPS_PROXY="+proxy.URL), "CONNECT loki.invalid:443")
	says(t, run("http://loki.invalid:3100/x", "HTTP_PROXY="+proxy.URL, "NO_PROXY=.invalid"), "dial tcp: lookup loki.invalid")
	says(t, run("http://loki.invalid/x", "HTTP_PROXY=http://me:proxy-password@a b"), "cannot reach loki.invalid: ")
	says(t, run("http://127.0.0.1:1/x", "HTTP_PROXY="+proxy.URL), "connection refused")
}
