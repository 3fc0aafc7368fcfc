package httpbackend_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/splunk"
	"github.com/k8slog/k8slog/test/backendtest"
)

func TestOAuthOptions(t *testing.T) {
	whole := []string{"backend", "splunk", "endpoint", "http://x", "oauth_token_url", "http://x/token", "oauth_client_id", "me", "oauth_client_secret_file", "/x"}
	for want, set := range map[string][]string{
		"":                           {},
		"need each other":            {"oauth_client_id", ""},
		"no query":                   {"oauth_params", "a;b=%zz"},
		"sets scope":                 {"oauth_params", "audience=a&scope=b"},
		"is no http":                 {"oauth_token_url", "ftp://x"},
		"a password":                 {"oauth_token_url", "http://me:secret@x"},
		"not one of the choices":     {"oauth_client_auth", "digest"},
		"set Authorization twice":    {"authorization_file", "/token"},
		"the other oauth options ne": {"oauth_token_url", "", "oauth_client_id", "", "oauth_client_secret_file", "", "oauth_scopes", "a"},
	} {
		_, common, err := backendtest.Parse[splunk.Config](append(whole[:len(whole):len(whole)], set...)...)
		switch {
		case want == "" && (err != nil || len(common.Warnings()) > 0):
			t.Error(err, common)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret@")):
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Every backend over HTTP sends a token of the token endpoint, and is down without one.
func TestOAuthOfEveryBackend(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, open := range backends {
		down, authorization := true, ""
		mux := http.NewServeMux()
		mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
			if down {
				http.Error(w, r.Header.Get("Authorization"), http.StatusServiceUnavailable)
				return
			}
			fmt.Fprint(w, `{"access_token":"the-token"}`)
		})
		mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			authorization = r.Header.Get("Authorization")
		})
		server := httptest.NewServer(mux)
		for _, down = range []bool{true, false} {
			b := open(t, "backend", name, "endpoint", server.URL,
				"oauth_token_url", server.URL+"/token", "oauth_client_id", "me", "oauth_client_secret_file", secret, "oauth_scopes", "a b")
			source := &filters.Source{Pod: "p"}
			source.Rendered, source.Partition = b.Render(source), b.Partition(source)
			e := b.NewEncoder()
			r := filters.Record{Source: source, Log: filters.PlainText([]byte("x"))}
			e.Append(&r)
			packed, err := b.Pack([][]byte{e.Frame()})
			if err != nil {
				t.Fatal(err)
			}
			packed.Items, packed.Partition = 1, source.Partition
			if s, ok := b.(backend.Scoped); ok {
				packed.Scopes = []string{s.Scope(&r)}
			}
			err = b.Send(t.Context(), packed)
			checkShown(t, name, 0, err)
			if down && (err == nil || authorization != "" || !strings.Contains(err.Error(), "cannot get a token of 127.0.0.1")) {
				t.Errorf("%s: %v", name, err)
			}
			if !down && authorization != "Bearer the-token" {
				t.Errorf("%s: %q, %v", name, authorization, err)
			}
		}
		server.Close()
	}
}
