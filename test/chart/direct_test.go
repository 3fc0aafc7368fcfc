package chart

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

// authority makes certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.pem, a.key = a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "authority"}})
	return a
}

// sign makes a certificate, of itself when there is no authority yet.
func (a *authority) sign(c *x509.Certificate) (*x509.Certificate, []byte, *ecdsa.PrivateKey) {
	a.t.Helper()
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	parent, by := a.cert, a.key
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key
}

// pair makes a certificate for 127.0.0.1, and its key, in PEM.
func (a *authority) pair(usage x509.ExtKeyUsage) (cert, key []byte) {
	a.t.Helper()
	_, cert, private := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	})
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// The configuration for applications that send runs in a real Fluent Bit, with TLS: a
// sender without a certificate of the authority, or without TLS, is refused.
func TestDirectOverTLS(t *testing.T) {
	needsHelm(t)
	a, dir, ports := fluentBit(t), t.TempDir(), session.FreePorts(t, 5)
	all := render(t, "--set", "direct.enabled=true,direct.tls.secret=direct-tls,direct.tls.clientCA=true,cluster=test", "--set", fmt.Sprintf(
		"metrics.port=%d,metrics.fluentBitPort=%d,direct.forwardPort=%d,direct.httpPort=%d,direct.otlpPort=%d", ports[0], ports[1], ports[2], ports[3], ports[4]))
	_, text := configuration(t, all, "k8slog-direct", "direct.yaml")
	ca := newAuthority(t)
	cert, key := ca.pair(x509.ExtKeyUsageServerAuth)
	for name, text := range map[string][]byte{"ca.crt": ca.pem, "tls.crt": cert, "tls.key": key} {
		put(t, filepath.Join(dir, "var/run/secrets/k8slog/server", name), string(text))
	}
	put(t, filepath.Join(dir, "var/lib/k8slog/.keep"), "")
	path := filepath.Join(dir, "etc/k8slog/direct.yaml")
	put(t, path, inDir(text, dir))
	checked(t, path, environment(dir))
	s := session.Watch(t, func(log io.Writer) (*agent.Process, error) { return a.Start(path, "", environment(dir), log) })

	clientCert, clientKey := ca.pair(x509.ExtKeyUsageClientAuth)
	known, err := tls.X509KeyPair(clientCert, clientKey)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	secure := func(certificates ...tls.Certificate) *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: certificates}}}
	}
	address := fmt.Sprintf("127.0.0.1:%d", ports[3])
	post := func(c *http.Client, url, message string) bool {
		r, err := c.Post(url, "application/json", bytes.NewBufferString(`{"message":"`+message+`"}`))
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode/100 == 2
	}
	s.Eventually("a sender with a certificate", func() bool { return post(secure(known), "https://"+address, "with a certificate") })
	if post(secure(), "https://"+address, "without a certificate") {
		t.Error("a sender without a certificate is taken")
	}
	if post(http.DefaultClient, "http://"+address, "without TLS") {
		t.Error("a sender without TLS is taken")
	}
	s.Eventually("the record", func() bool { return strings.Contains(s.Log.String(), `"log":"with a certificate"`) })
	s.End()
	if log := s.Log.String(); strings.Contains(log, `"log":"without`) || strings.Contains(log, "used but not set") {
		t.Error("a record too many, or a variable that is not set")
	}
}
