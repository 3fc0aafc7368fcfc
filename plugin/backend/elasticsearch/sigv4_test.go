package elasticsearch

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/fake"
)

const secretKey, sessionToken = "a/secret+key-of-nobody", "FwoGZXIvYXdzEXAMPLE+session/token=="

// amazon is OpenSearch Service or Serverless in front of server, and a backend that
// delivers to it with the keys of the environment.
func amazon(t *testing.T, service string, server http.Handler, set ...string) (*fake.SigV4, *Backend) {
	t.Setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	t.Setenv("AWS_SESSION_TOKEN", sessionToken)
	verifier := &fake.SigV4{Region: "eu-west-1", Service: service}
	verifier.Allow("ASIAEXAMPLE", fake.AWSKey{Secret: secretKey, Token: sessionToken})
	s := httptest.NewServer(verifier.Require(server))
	t.Cleanup(s.Close)
	return verifier, newBackend(t, append([]string{"endpoint", s.URL, "aws_auth", "on", "aws_region", "eu-west-1", "aws_service_name", service}, set...)...)
}

func sendOnce(t *testing.T, b *Backend, n int) error {
	t.Helper()
	body, err := b.Pack([][]byte{frame(b, records(b, n)...)})
	if err != nil {
		t.Fatal(err)
	}
	body.Items = n
	return b.Send(t.Context(), body)
}

// The signature is over the body as it is sent, and each try has its own.
func TestRequestsAreSigned(t *testing.T) {
	for _, service := range []string{"es", "aoss"} {
		for _, compression := range []string{"none", "gzip"} {
			server := &fake.Elasticsearch{}
			busy := true
			var signatures []string
			_, b := amazon(t, service, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				signatures = append(signatures, r.Header.Get("Authorization"))
				if busy {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				server.ServeHTTP(w, r)
			}), "compression", compression, "headers", "X-Source: two  words")
			body, err := b.Pack([][]byte{frame(b, records(b, 5)...)})
			if err != nil {
				t.Fatal(err)
			}
			body.Items = 5
			if err := b.Send(t.Context(), body); err == nil || !strings.Contains(err.Error(), "503") {
				t.Errorf("%s: %v", service, err)
			}
			busy = false
			for begin := time.Now(); time.Now().Unix() == begin.Unix(); { // a signature has the second
				time.Sleep(time.Millisecond)
			}
			if err := b.Send(t.Context(), body); err != nil || len(server.Docs()) != 5 {
				t.Errorf("%s, %s: %d documents, %v", service, compression, len(server.Docs()), err)
			}
			if len(signatures) != 2 || signatures[0] == signatures[1] {
				t.Errorf("the try was not signed anew: %q", signatures)
			}
		}
	}
}

// A signature that is refused is never the fault of a record. AWS quotes the request in its
// answer, with the session's token.
func TestRefusedSignatures(t *testing.T) {
	for name, spoil := range map[string]func(v *fake.SigV4){
		"unknown key":    func(v *fake.SigV4) { v.Revoke("ASIAEXAMPLE") },
		"another secret": func(v *fake.SigV4) { v.Allow("ASIAEXAMPLE", fake.AWSKey{Secret: "other", Token: sessionToken}) },
		"ended": func(v *fake.SigV4) {
			v.Allow("ASIAEXAMPLE", fake.AWSKey{Secret: secretKey, Token: sessionToken, End: time.Unix(1, 0)})
		},
		"clock":   func(v *fake.SigV4) { v.Now = func() time.Time { return time.Now().Add(10 * time.Minute) } },
		"region":  func(v *fake.SigV4) { v.Region = "eu-central-1" },
		"service": func(v *fake.SigV4) { v.Service = "aoss" },
	} {
		server := &fake.Elasticsearch{}
		v, b := amazon(t, "es", server)
		spoil(v)
		err := sendOnce(t, b, 2)
		if err == nil || !strings.Contains(err.Error(), "aws_region") || strings.Contains(err.Error(), "rejected") || server.Requests() != 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, secret := range []string{secretKey, sessionToken, "session/token", "ASIAEXAMPLE"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %q stands in %v", name, secret, err)
			}
		}
	}
}

// Serverless collections for time series take no ids but their own.
func TestServerlessTakesNoIDs(t *testing.T) {
	server := &fake.Elasticsearch{Each: func(_ int, d fake.Doc) *fake.Failure {
		if d.ID != "" {
			return &fake.Failure{Status: 400, Type: "illegal_argument_exception", Reason: "Document ID is not supported in create/index operation request"}
		}
		return nil
	}}
	_, b := amazon(t, "aoss", server)
	err := sendOnce(t, b, 1)
	if err == nil || !strings.Contains(err.Error(), "set document_id off") {
		t.Error(err)
	}
	if partial, ok := err.(*backend.PartialError); ok {
		for _, verdict := range partial.Items {
			if _, rejected := verdict.(*backend.Rejected); rejected {
				t.Error(verdict)
			}
		}
	}
}
