package kubeapi

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The server is believed by the authorities in a file, also after that has changed, and over
// HTTP/2: a watch needs no connection of its own.
func TestTLS(t *testing.T) {
	protocols := make(chan string, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols <- r.Proto + " " + r.Header.Get("Authorization") + " " + r.UserAgent()
		fmt.Fprint(w, `{"metadata":{"name":"n1"}}`)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	dir := t.TempDir()
	ca, token := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "token")
	write := func(path, text string, age time.Duration) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age) // whatever the resolution of the file system's clock
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	good := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	write(token, " secret\n", 0)
	write(ca, "nothing", 3*time.Hour)
	c := New(Config{URL: server.URL + "/", TokenFile: token, CAFile: ca, UserAgent: "k8slog/1"})
	defer c.Close()
	get := func() error {
		_, err := c.Get(t.Context(), "/api/v1/nodes/n1", false)
		return err
	}
	if err := get(); err == nil || !strings.Contains(err.Error(), "has no certificate") {
		t.Error(err)
	}
	write(ca, good, 2*time.Hour)
	if err := get(); err != nil {
		t.Fatal(err)
	}
	if got := <-protocols; got != "HTTP/2.0 Bearer secret k8slog/1" {
		t.Error(got)
	}
	write(token, "", 0)
	if err := get(); err == nil || !strings.Contains(err.Error(), "holds no token") {
		t.Error(err)
	}
	write(token, "other", 0)
	if err := get(); err != nil {
		t.Fatal(err)
	}
	if got := <-protocols; got != "HTTP/2.0 Bearer other k8slog/1" {
		t.Error(got)
	}
	other := New(Config{URL: server.URL}) // which trusts the authorities of the system
	defer other.Close()
	if _, err := other.Get(t.Context(), "/", false); err == nil || !strings.Contains(err.Error(), "certificate") || strings.Contains(err.Error(), server.URL) {
		t.Error(err)
	}
}

func TestInCluster(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	if got := InCluster(); got != "" {
		t.Error(got)
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "443")
	if got := InCluster(); got != "https://[fd00::1]:443" {
		t.Error(got)
	}
}
