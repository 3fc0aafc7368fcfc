package googlecloudlogging

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

// tokenEndpoint takes assertions of one key, as RFC 7523 says.
type tokenEndpoint struct {
	t   *testing.T
	url string
	key *rsa.PrivateKey
}

func (e *tokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	parts := strings.Split(r.PostForm.Get("assertion"), ".")
	if len(parts) != 3 || r.PostForm.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		http.Error(w, `{"error":"invalid_request"}`, 400)
		return
	}
	var head struct{ Alg, Typ, Kid string }
	var claims struct {
		Iss, Scope, Aud string
		Iat, Exp        int64
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	for i, to := range []any{&head, &claims} {
		text, _ := base64.RawURLEncoding.DecodeString(parts[i])
		if json.Unmarshal(text, to) != nil {
			e.t.Errorf("%s is not JSON", text)
		}
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	now := time.Now().Unix()
	switch {
	case rsa.VerifyPKCS1v15(&e.key.PublicKey, crypto.SHA256, digest[:], signature) != nil,
		head.Alg != "RS256" || head.Typ != "JWT" || head.Kid != "key-1", claims.Iss != "k8slog@key-project.iam.gserviceaccount.com",
		claims.Scope != "https://www.googleapis.com/auth/logging.write", claims.Aud != e.url, claims.Iat > now, claims.Exp < now, claims.Exp-claims.Iat > 3600:
		http.Error(w, `{"error":"invalid_grant","error_description":"Invalid JWT Signature. `+r.PostForm.Get("assertion")+`"}`, 400)
		return
	}
	fmt.Fprintf(w, `{"access_token":%q,"expires_in":3599,"token_type":"Bearer"}`, token)
}

// keyFile writes a key file, with one member changed.
func keyFile(t *testing.T, key *rsa.PrivateKey, url, member string, value any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := map[string]any{
		"type": "service_account", "project_id": "key-project", "private_key_id": "key-1", "client_email": "k8slog@key-project.iam.gserviceaccount.com",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": url,
	}
	if member != "" {
		file[member] = value
	}
	text, _ := json.Marshal(file)
	path := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestServiceAccount(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := &tokenEndpoint{t: t, key: key}
	s := httptest.NewServer(endpoint)
	defer s.Close()
	endpoint.url = s.URL
	server := newServer()
	server.Project = "key-project"
	b := newBackend(t, server, "google_credentials_file", keyFile(t, key, s.URL, "", nil), "google_location", "l", "cluster_name", "c")
	if err := backendtest.Send(t, b, pod(), texts("x")...); err != nil || len(server.Entries()) != 1 || len(server.Asked()) > 0 {
		t.Errorf("%v, asked for %v", err, server.Asked())
	}
	// A key that was withdrawn: the records wait, and nothing of the key is shown.
	other, _ := rsa.GenerateKey(rand.Reader, 2048)
	endpoint.key = other
	b = newBackend(t, server, "google_credentials_file", keyFile(t, key, s.URL, "", nil), "google_location", "l", "cluster_name", "c")
	err = backendtest.Send(t, b, pod(), texts("x")...)
	if verdict(err) != "again" || !strings.Contains(err.Error(), "invalid_grant") || strings.Contains(err.Error(), "eyJ") {
		t.Error(err)
	}
	for member, value := range map[string]any{
		"type": "authorized_user", "private_key": "secret-secret", "token_uri": "http://example.com/token", "client_email": "", "project_id": 1,
	} {
		config, common, err := backendtest.Parse[Config]("backend", "google_cloud_logging", "google_credentials_file", keyFile(t, key, s.URL, member, value))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = New(config, common); err == nil || !strings.Contains(err.Error(), "option google_credentials_file") || strings.Contains(err.Error(), "secret-secret") {
			t.Errorf("%s %v: %v", member, value, err)
		}
	}
}

// What the options leave open is asked for once, also of a metadata server that answers
// only after some time, and of one outside of GKE.
func TestDiscovery(t *testing.T) {
	server := newServer()
	server.Cluster, server.Location = "", ""
	fails := 2
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails--; fails >= 0 {
			w.WriteHeader(503)
			return
		}
		server.ServeHTTP(w, r)
	}))
	defer s.Close()
	b := backendtest.New(t, New, "backend", "google_cloud_logging", "endpoint", s.URL, "google_metadata_url", s.URL)
	if want := (place{"my-project", "europe-west1-b", ""}); b.place != want {
		t.Errorf("%+v", b.place)
	}
	server = newServer()
	b = newBackend(t, server, "google_project", "my-project", "cluster_name", "mine")
	if want := (place{"my-project", "europe-west1", "mine"}); b.place != want || !slices.Equal(server.Asked(), []string{"instance/attributes/cluster-location"}) {
		t.Errorf("%+v, %v", b.place, server.Asked())
	}
	// A project that is unknown is an error that names the option.
	unknown := httptest.NewServer(&fake.GoogleCloudLogging{})
	defer unknown.Close()
	config, common, err := backendtest.Parse[Config]("backend", "google_cloud_logging", "google_metadata_url", unknown.URL)
	if err == nil {
		_, err = New(config, common)
	}
	if e, ok := err.(*options.Error); !ok || e.Option != "google_project" {
		t.Error(err)
	}
}

// Options that set Authorization take the place of Google's tokens.
func TestOtherAuthorization(t *testing.T) {
	server := newServer()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBackend(t, server, "authorization_file", path, "google_project", "my-project", "google_location", "l", "cluster_name", "c")
	if err := backendtest.Send(t, b, pod(), texts("x")...); err != nil || len(server.Asked()) > 0 {
		t.Errorf("%v, asked for %v", err, server.Asked())
	}
}

func TestOptions(t *testing.T) {
	for want, set := range map[string][2]string{
		"is no project":       {"google_project", "../x"},
		"is no such URL":      {"google_metadata_url", "https://x"},
		"takes in a request":  {"batch_bytes", "20M"},
		"path of the protoco": {"endpoint", "https://logging.googleapis.com/v2"},
	} {
		_, _, err := backendtest.Parse[Config]("backend", "google_cloud_logging", set[0], set[1])
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", set, err, want)
		}
	}
}
