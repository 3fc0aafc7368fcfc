package kafka

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/hostlog"
)

// lines is a host's log.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Log(_ hostlog.Level, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, message)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A password is read for each connection: one that was rotated is used without a restart. A
// wrong one is no verdict on a record, and stands in no log.
func TestSASL(t *testing.T) {
	for _, mechanism := range []string{plainSASL, scram256, scram512} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			c := cluster(t, kfake.EnableSASL(), kfake.Superuser(mechanism, "k8slog", "right-password"), kfake.SeedTopics(1, "k8slog"))
			path := filepath.Join(t.TempDir(), "password")
			write(t, path, "wrong-password\n")
			b := newBackend(t, c, "sasl_mechanism", mechanism, "sasl_user", "k8slog", "sasl_password_file", path)
			log := &lines{}
			b.SetLog(hostlog.NewThrottled(log))
			err := send(t, b, record(b, "a", "x"))
			var notTaken *backend.NotTaken
			if !errors.As(err, &notTaken) {
				t.Errorf("with a wrong password: %v", err)
			}
			write(t, path, "right-password\n")
			if err := send(t, b, record(b, "a", "x")); err != nil {
				t.Error(err)
			}
			if text := log.String() + err.Error(); strings.Contains(text, "-password") || !strings.Contains(text, "other credentials") {
				t.Errorf("%s", text)
			}
		})
	}
}

// A broker that quotes a password or a token gets it into no error and no log, also where it
// quotes the one before a rotation.
func TestBrokersQuoteSecrets(t *testing.T) {
	for _, set := range [][]string{
		{"sasl_mechanism", plainSASL, "sasl_user", "k8slog", "sasl_password_file"},
		{"sasl_mechanism", oauthBearer, "sasl_token_file"},
	} {
		t.Run(set[1], func(t *testing.T) {
			t.Parallel()
			c := cluster(t, kfake.EnableSASL(), kfake.SeedTopics(1, "k8slog"))
			var rotated atomic.Bool
			c.ControlKey(int16(kmsg.SASLHandshake), func(r kmsg.Request) (kmsg.Response, error, bool) {
				c.KeepControl()
				response, _ := r.ResponseKind().(*kmsg.SASLHandshakeResponse)
				response.SupportedMechanisms = []string{set[1]}
				return response, nil, true
			})
			c.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
				c.KeepControl()
				request, _ := r.(*kmsg.SASLAuthenticateRequest)
				response, _ := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
				response.ErrorCode = kerr.SaslAuthenticationFailed.Code
				response.ErrorMessage = kmsg.StringPtr("no such credentials: first/secret+1, in " +
					base64.StdEncoding.EncodeToString(request.SASLAuthBytes) + strings.ToValidUTF8(string(request.SASLAuthBytes), ""))
				if rotated.Load() {
					response.ErrorMessage = kmsg.StringPtr("now second/secret+2; " + *response.ErrorMessage)
				}
				return response, nil, true
			})
			path := filepath.Join(t.TempDir(), "secret")
			write(t, path, "first/secret+1\n")
			b := newBackend(t, c, append(set[:len(set):len(set)], path)...)
			log := &lines{}
			b.SetLog(hostlog.NewThrottled(log))
			_ = send(t, b, record(b, "a", "x"))
			write(t, path, "second/secret+2\n")
			rotated.Store(true)
			err := send(t, b, record(b, "a", "x"))
			if !errors.As(err, new(*backend.NotTaken)) || !strings.Contains(err.Error(), "now …; no such credentials: …,") {
				t.Errorf("the error: %v", err)
			}
			text := err.Error() + log.String()
			if !strings.Contains(log.String(), "no such credentials") {
				t.Errorf("the log: %s", log)
			}
			for _, secret := range []string{"first/secret", "second/secret", base64.StdEncoding.EncodeToString([]byte("t/secret+"))[:8], base64.StdEncoding.EncodeToString([]byte("d/secret+"))[:8]} {
				if strings.Contains(text, secret) {
					t.Errorf("%s is in %s", secret, text)
				}
			}
		})
	}
}

// The certificate of the brokers is checked, and its authority's file is read for each connection.
func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(nil) // for its certificate, which is for 127.0.0.1 and example.com
	server.StartTLS()
	defer server.Close()
	c := cluster(t, kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates}), kfake.SeedTopics(1, "k8slog"))
	var notTaken *backend.NotTaken

	plain := newBackend(t, c)
	if err := send(t, plain, record(plain, "a", "x")); !errors.As(err, &notTaken) {
		t.Errorf("without TLS: %v", err)
	}
	distrusting := newBackend(t, c, "use_tls", "on")
	if err := send(t, distrusting, record(distrusting, "a", "x")); !errors.As(err, &notTaken) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority: %v", err)
	}
	ca := filepath.Join(t.TempDir(), "ca.crt")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	other := newBackend(t, c, "use_tls", "on", "ca_file", ca, "server_name", "other.example.org")
	if err := send(t, other, record(other, "a", "x")); !errors.As(err, &notTaken) {
		t.Errorf("another name: %v", err)
	}
	for _, set := range [][]string{{"ca_file", ca}, {"ca_file", ca, "server_name", "example.com"}, {"insecure_skip_verify", "on"}} {
		b := newBackend(t, c, append(set, "use_tls", "on")...)
		if err := send(t, b, record(b, "a", "x")); err != nil {
			t.Errorf("%q: %v", set, err)
		}
	}
}
