package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"sync"
	"time"

	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/internal/regular"
	"github.com/k8slog/k8slog/plugin/options"
)

// TLS is the settings for https:// endpoints. The zero value trusts the system's
// certificate authorities, and has no certificate of the client.
type TLS struct {
	// CAFile has the certificates of the authorities to trust, in PEM.
	CAFile string
	// CertFile and KeyFile are the client's certificate and its key, in PEM.
	CertFile, KeyFile string
	// ServerName is the name that the server's certificate must have; that of
	// the endpoint when empty.
	ServerName string
	// SkipVerify believes any certificate.
	SkipVerify bool
}

// transport is the connections. New connections replace them at a maximum age,
// so that a load balancer can spread its clients; when a file of the TLS settings
// has changed; and when a connection does not answer. A new connection resolves
// the host's name again.
type transport struct {
	tls     TLS
	maxAge  time.Duration
	grpc    bool   // HTTP/2 alone
	renewed func() // called when the connections are replaced for their age

	mu     sync.Mutex
	files  watched
	config *tls.Config // of the files, as they could be read last
	born   time.Time
	latest *http.Transport
}

func newTransport(settings TLS, maxAge time.Duration, grpc bool, renewed func()) (*transport, error) {
	t := &transport{tls: settings, maxAge: maxAge, grpc: grpc, renewed: renewed}
	for _, path := range []string{settings.CAFile, settings.CertFile, settings.KeyFile} {
		if path != "" {
			t.files.paths = append(t.files.paths, path)
		}
	}
	now := time.Now()
	t.files.changed(now)
	var err error
	if t.config, err = settings.config(); err != nil {
		return nil, err
	}
	t.renew(now)
	return t, nil
}

// now returns the connections for the next request.
func (t *transport) now() *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	old := t.maxAge > 0 && now.Sub(t.born) >= t.maxAge
	changed := t.files.changed(now)
	if changed {
		config, err := t.tls.config()
		if changed = err == nil; changed {
			t.config = config
		} else {
			t.files.forget() // they are being written
		}
	}
	if old || changed {
		t.renew(now)
	}
	if old {
		t.renewed()
	}
	return t.latest
}

// failed makes the next request check the files. Connections that did not answer
// in time are not used again: a connection to a host that is gone may look sound
// for many minutes, and HTTP/2 would send every request over it.
func (t *transport) failed(of *http.Transport, late bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files.looked = time.Time{}
	if late && of == t.latest {
		t.renew(time.Now())
	}
}

func (t *transport) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latest.CloseIdleConnections()
}

// A request may wait long for its answer, but not for its connection: a host that
// does not answer within dialTimeout is not there. unacknowledged is how long data
// may be on its way to a host.
const (
	dialTimeout    = 5 * time.Second
	unacknowledged = 20 * time.Second
)

// keepalive is after how long without a frame of the server a connection of gRPC is asked
// whether it is alive, and keepaliveAnswer how long the answer may take. A server that keeps
// to gRPC's defaults ends a connection after three such questions within five minutes
// without an answer of its own in between, and a request waits no more than 90 s
// (https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md).
const (
	keepalive       = 40 * time.Second
	keepaliveAnswer = 15 * time.Second
)

// renew makes later requests use new connections. An old connection ends with
// its request, or by IdleConnTimeout.
func (t *transport) renew(now time.Time) {
	if t.latest != nil {
		t.latest.CloseIdleConnections()
	}
	dialer := Dialer()
	t.born = now
	t.latest = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialOpening(dialer),
		TLSClientConfig:        t.config.Clone(), // the transport writes into it
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		WriteBufferSize:        64 << 10,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if t.grpc {
		t.latest.Protocols = new(http.Protocols)
		t.latest.Protocols.SetHTTP2(true)
		t.latest.Protocols.SetUnencryptedHTTP2(true)
		t.latest.HTTP2 = &http.HTTP2Config{SendPingTimeout: keepalive, PingTimeout: keepaliveAnswer}
	}
}

// config reads the files.
func (t TLS) config() (*tls.Config, error) {
	config := &tls.Config{ServerName: t.ServerName, InsecureSkipVerify: t.SkipVerify, MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		pem, err := regular.Read(t.CAFile, maxCredential)
		if err != nil {
			return nil, &options.Error{Option: "ca_file", Value: t.CAFile, Problem: "cannot be read: " + cause(err) + "; allowed: a file of certificates in PEM"}
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &options.Error{Option: "ca_file", Value: t.CAFile, Problem: "has no certificate; allowed: a file of certificates in PEM"}
		}
	}
	if t.CertFile != "" {
		certificate, err := t.certificate()
		if err != nil {
			return nil, &options.Error{
				Option: "client_cert_file", Value: t.CertFile,
				Problem: "is not usable with client_key_file: " + oneline.Of(err.Error()) + "; allowed: a certificate and its key in PEM",
			}
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

// certificate reads the client's certificate and its key.
func (t TLS) certificate() (tls.Certificate, error) {
	certificate, err := regular.Read(t.CertFile, maxCredential)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := regular.Read(t.KeyFile, maxCredential)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certificate, key)
}
