package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// certificate makes one for 127.0.0.1 that signs itself.
func certificate(t *testing.T) (c tls.Certificate, pemText []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// Everything that can be wrong with TLS, and then nothing: no line is lost, and
// none is sent to a backend that cannot prove who it is.
func TestTLS(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		good, text := certificate(t)
		bad, _ := certificate(t)
		ca := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(ca, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var impostor atomic.Bool
		r := newRig(t, a, p, plan{
			options: quick, changes: soon, env: []string{"SSL_CERT_FILE=" + ca, "SSL_CERT_DIR=" + t.TempDir()},
			tls: &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				if impostor.Load() {
					return &bad, nil
				}
				return &good, nil
			}},
		})
		r.Run(rate, 3*time.Second)
		r.start()
		for _, f := range []Fault{
			{Name: "closed in the handshake", Garbled: true},
			{Name: "no TLS", Garbled: true, Garbage: "HTTP/1.1 400 Bad Request\r\n\r\n"},
			{Name: "an alert", Garbled: true, Garbage: "\x15\x03\x03\x00\x02\x02\x28"},
			{Name: "another's certificate"},
		} {
			stored := r.backend.Ledger.Stored()
			r.Eventually("lines before "+f.Name, func() bool { return r.backend.Ledger.Stored() > stored })
			// Connections that stand know nothing of the fault.
			r.set(Refusing)
			impostor.Store(!f.Garbled)
			r.set(f)
			stored = r.backend.Ledger.Stored()
			r.Eventually("the news that the backend is down", func() bool { return r.auditor.Value("k8slog_backend_up") == 0 })
			if now := r.backend.Ledger.Stored(); now != stored {
				t.Errorf("%d lines were sent while %s", now-stored, f.Name)
			}
			impostor.Store(false)
			r.set(Healthy)
		}
		r.finish(enough)
	})
}
