package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// post returns "" for a success, and else the error.
func post(t *testing.T, c *Client) string {
	t.Helper()
	answer, err := c.Post(t.Context(), body("x"))
	switch {
	case err != nil:
		checkSilent(t, err)
		return err.Error()
	case answer.Status/100 != 2:
		return answer.String()
	}
	return ""
}

func says(t *testing.T, got, want string) {
	t.Helper()
	if want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestServersAreWhoTheySay(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	ca, wrong := file(t, ours.pem), file(t, other.pem)
	both := file(t, append(append([]byte("# two of them\n"), other.pem...), ours.pem...))
	expired := local()
	expired.NotAfter = time.Now().Add(-time.Hour)
	for name, c := range map[string]struct {
		template *x509.Certificate
		settings TLS
		want     string
	}{
		"right":                        {local(), TLS{CAFile: ca}, ""},
		"one of two authorities":       {local(), TLS{CAFile: both}, ""},
		"wrong authority":              {local(), TLS{CAFile: wrong}, "certificate signed by unknown authority|; set ca_file"},
		"the system's authorities":     {local(), TLS{}, "certificate signed by unknown authority|; set ca_file"},
		"expired":                      {expired, TLS{CAFile: ca}, "certificate has expired|; renew the server's certificate"},
		"wrong name":                   {&x509.Certificate{DNSNames: []string{"loki"}}, TLS{CAFile: ca}, "doesn't contain any IP SANs|; set server_name"},
		"server_name":                  {&x509.Certificate{DNSNames: []string{"loki"}}, TLS{CAFile: ca, ServerName: "loki"}, ""},
		"wrong server_name":            {local(), TLS{CAFile: ca, ServerName: "loki"}, "certificate is not valid for any names|; set server_name"},
		"insecure_skip_verify":         {expired, TLS{SkipVerify: true}, ""},
		"insecure_skip_verify, anyone": {&x509.Certificate{DNSNames: []string{"x"}}, TLS{CAFile: wrong, SkipVerify: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			certificate := ours.server(c.template)
			var proto atomic.Value
			u := serveTLS(t, func() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{certificate}} },
				func(w http.ResponseWriter, r *http.Request) { proto.Store(r.Proto) })
			got := post(t, open(t, Config{Endpoints: []*url.URL{u}, ContentType: "a/b", TLS: c.settings}))
			for want := range strings.SplitSeq(c.want, "|") {
				says(t, got, want)
			}
			if got == "" && proto.Load() != "HTTP/2.0" {
				t.Errorf("spoke %v", proto.Load())
			}
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	ours := newAuthority(t)
	u := serveTLS(t, func() *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{ours.server(local())}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	}, ok)
	says(t, post(t, open(t, Config{Endpoints: []*url.URL{u}, TLS: TLS{CAFile: file(t, ours.pem)}})), "protocol version")
}

// clients is a server that wants to know who asks.
func clients(t *testing.T, ours, of *authority) *url.URL {
	certificate, pool := ours.server(local()), of.pool()
	return serveTLS(t, func() *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // every request shows who it is
		ok(w, r)
	})
}

func TestClientCertificate(t *testing.T) {
	ours, theirs, other := newAuthority(t), newAuthority(t), newAuthority(t)
	u := clients(t, ours, theirs)
	ca := file(t, ours.pem)
	settings := func(a *authority) TLS {
		cert, key := a.pair(&x509.Certificate{})
		return TLS{CAFile: ca, CertFile: file(t, cert), KeyFile: file(t, key)}
	}
	says(t, post(t, open(t, Config{Endpoints: []*url.URL{u}, TLS: settings(theirs)})), "")
	// The server's alert, or the connection that it closes behind it, whichever comes first.
	for name, s := range map[string]TLS{"none": {CAFile: ca}, "wrong": settings(other)} {
		if got := post(t, open(t, Config{Endpoints: []*url.URL{u}, TLS: s})); !strings.Contains(got, "cannot reach "+u.Host) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// dataDir is a volume of Kubernetes: its files are links into ..data, which is
// a link to a folder with a time for a name, and is exchanged at once.
type dataDir struct {
	t   *testing.T
	dir string
	n   int
}

func (d *dataDir) swap(files map[string][]byte) {
	d.t.Helper()
	d.n++
	folder := filepath.Join(d.dir, "..2026_11_22_"+strings.Repeat("x", d.n))
	check := func(err error) {
		d.t.Helper()
		if err != nil {
			d.t.Fatal(err)
		}
	}
	check(os.Mkdir(folder, 0o700))
	for name, content := range files {
		check(os.WriteFile(filepath.Join(folder, name), content, 0o600))
		if d.n == 1 {
			check(os.Symlink(filepath.Join("..data", name), filepath.Join(d.dir, name)))
		}
	}
	before, _ := os.Readlink(filepath.Join(d.dir, "..data"))
	check(os.Symlink(filepath.Base(folder), filepath.Join(d.dir, "..data_tmp")))
	check(os.Rename(filepath.Join(d.dir, "..data_tmp"), filepath.Join(d.dir, "..data")))
	if before != "" {
		check(os.RemoveAll(filepath.Join(d.dir, before)))
	}
}

// The authorities, the certificate and the key are replaced while the client runs.
func TestCertificatesAreRotated(t *testing.T) {
	oldCA, newCA := newAuthority(t), newAuthority(t)
	var now atomic.Pointer[tls.Config]
	use := func(a *authority) {
		now.Store(&tls.Config{
			Certificates: []tls.Certificate{a.server(local())}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool(),
		})
	}
	use(oldCA)
	u := serveTLS(t, now.Load, ok)
	volume := &dataDir{t: t, dir: t.TempDir()}
	files := func(a *authority) map[string][]byte {
		cert, key := a.pair(&x509.Certificate{})
		return map[string][]byte{"ca.crt": a.pem, "tls.crt": cert, "tls.key": key}
	}
	volume.swap(files(oldCA))
	path := func(name string) string { return filepath.Join(volume.dir, name) }
	client := open(t, Config{Endpoints: []*url.URL{u}, TLS: TLS{CAFile: path("ca.crt"), CertFile: path("tls.crt"), KeyFile: path("tls.key")}})
	says(t, post(t, client), "")

	// The server has changed, the files have not yet.
	use(newCA)
	client.transport.failed(client.transport.latest, true) // no connection of before
	says(t, post(t, client), "unknown authority")

	// The request that failed has them looked at.
	volume.swap(files(newCA))
	says(t, post(t, client), "")

	// Half of a file is no reason to forget the whole one.
	for _, name := range []string{"ca.crt", "tls.crt", "tls.key"} {
		next := files(newCA)
		whole := next[name]
		next[name] = whole[:len(whole)/2]
		volume.swap(next)
		aSecondLater(client)
		client.transport.grow(24 * time.Hour)
		says(t, post(t, client), "")
		_ = os.Remove(filepath.Join(volume.dir, "..data", name))
		aSecondLater(client)
		says(t, post(t, client), "")
	}
	// A key of another certificate.
	next := files(newCA)
	next["tls.key"] = files(newCA)["tls.key"]
	volume.swap(next)
	aSecondLater(client)
	says(t, post(t, client), "")

	// And all is well again, with those of a third authority.
	third := newAuthority(t)
	use(third)
	volume.swap(files(third))
	aSecondLater(client)
	says(t, post(t, client), "")
}

func TestFilesThatAreWrongAtTheStart(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.pair(&x509.Certificate{})
	_, otherKey := a.pair(&x509.Certificate{})
	good, goodKey, empty := file(t, cert), file(t, key), file(t, nil)
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{TLS: TLS{CAFile: "/none"}}, `option ca_file: "/none" cannot be read: no such file or directory; allowed: a file of certificates in PEM`},
		{Config{TLS: TLS{CAFile: empty}}, `option ca_file: "` + empty + `" has no certificate; allowed: a file of certificates in PEM`},
		{Config{TLS: TLS{CAFile: goodKey}}, `option ca_file: "` + goodKey + `" has no certificate`},
		{Config{TLS: TLS{CertFile: "/none", KeyFile: goodKey}}, `option client_cert_file: "/none" is not usable with client_key_file: open /none: no such file`},
		{Config{TLS: TLS{CertFile: good, KeyFile: "/none"}}, `is not usable with client_key_file: open /none: no such file`},
		{Config{TLS: TLS{CertFile: good, KeyFile: file(t, otherKey)}}, "private key does not match public key"},
		{Config{Credentials: Credentials{File: "/none"}}, `option authorization_file: "/none" cannot be read: no such file or directory; allowed: a file that can be read`},
		{Config{Credentials: Credentials{File: empty}}, `option authorization_file: "` + empty + `" holds nothing that a header can hold; allowed: one line of text`},
		{Config{Credentials: Credentials{BasicUser: "u", BasicPasswordFile: "/none", File: "/none"}}, `option basic_auth_password_file: "/none" cannot be read`},
	} {
		c.config.Endpoints = []*url.URL{{Scheme: "http", Host: "localhost"}}
		client, err := New(c.config)
		if client != nil || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
