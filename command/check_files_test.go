package command

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin"
)

// The files that a start opens.
func TestCheckFiles(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t)
	for name, text := range map[string]string{
		"token": "s3cret-token", "newline": "s3cret-token\r\n", "several": "s3cret-token\nsecond\n", "empty": " \n",
		"bearer": "Bearer s3cret-token\n", "basic": "basic s3cret-token", "splunk": "Splunk s3cret-token", "own": "Mine s3cret-token",
		"labels": "rules: [{name: a, match: {label: {app: web}}, drop: true}]",
		"binary": "s3cret\x00token", "large": strings.Repeat("s3cret-token", 100_000),
		"cert": cert, "key": key, "both": cert + key,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		edits string
		want  [][2]string
	}{
		{"out.authorization_file=DIR/token", nil},
		{"out.rules_file=DIR/labels", [][2]string{{"out.rules_file", "rules there select by labels, which are not known without metadata api"}}},
		{"out.authorization_file=DIR/newline", nil},
		{"out.authorization_file=DIR/missing", [][2]string{{"out.authorization_file", `/missing" cannot be read: no such file or directory`}}},
		{"out.authorization_file=DIR", [][2]string{{"out.authorization_file", "is not a regular file"}}},
		{"out.authorization_file=DIR/fifo", [][2]string{{"out.authorization_file", "is not a regular file"}}},
		{"out.authorization_file=DIR/large", [][2]string{{"out.authorization_file", "is larger than 1 MiB"}}},
		{"out.authorization_file=DIR/binary", [][2]string{{"out.authorization_file", "holds nothing that a header can hold"}}},
		{"out.authorization_file=DIR/several", [][2]string{{"out.authorization_file", "holds several lines; allowed: the token alone, in one line"}}},
		{"out.authorization_file=DIR/empty", [][2]string{{"out.authorization_file", "is empty"}}},
		{"out.authorization_file=DIR/bearer", [][2]string{{"out.authorization_file", `/bearer" begins with the word Bearer, which belongs in authorization_type (now Bearer); allowed: the token alone, in one line`}}},
		{"out.authorization_file=DIR/basic", [][2]string{{"out.authorization_file", "begins with the word basic"}}},
		{"out.authorization_file=DIR/own", [][2]string{}},
		{"out.authorization_file=DIR/own out.authorization_type=mine", [][2]string{{"out.authorization_file", "(now mine)"}}},
		{"out.backend=splunk out.authorization_file=DIR/token", nil},
		{"out.backend=splunk out.authorization_file=DIR/splunk", [][2]string{{"out.authorization_file", "begins with the word Splunk"}}},
		{"out.header_files=Authorization:DIR/bearer", nil},
		{"out.header_files=X-Api-Key:DIR/token|X-Other:DIR/missing", [][2]string{{"out.header_files", `/missing" cannot be read`}}},
		{"out.basic_auth_user=me out.basic_auth_password_file=DIR/token", nil},
		{"out.basic_auth_user=me out.basic_auth_password_file=DIR/missing", [][2]string{{"out.basic_auth_password_file", "cannot be read"}}},
		{"out.ca_file=DIR/cert", nil},
		{"out.ca_file=DIR/missing", [][2]string{{"out.ca_file", "cannot be read"}}},
		{"out.ca_file=DIR/token", [][2]string{{"out.ca_file", "has no certificate; allowed: a file of certificates in PEM"}}},
		{"out.client_cert_file=DIR/cert out.client_key_file=DIR/key", nil},
		{"out.client_cert_file=DIR/cert out.client_key_file=DIR/missing", [][2]string{{"out.client_key_file", "cannot be read"}}},
		{"out.client_cert_file=DIR/cert out.client_key_file=DIR/token", [][2]string{{"out.client_cert_file", "is not usable with client_key_file"}}},
		{"out.dead_letter_path=DIR/new/folder/letters", nil},
		{"out.dead_letter_path=DIR/token/letters", [][2]string{{"out.dead_letter_path", "not a directory"}}},
		{"out.park_path=DIR", nil},
		{"out.park_path=DIR/new/parked", nil},
		{"out.park_path=DIR/token", [][2]string{{"out.park_path", "is not a folder; allowed: a folder that can be written to"}}},
		{"out.park_path=DIR/token/parked", [][2]string{{"out.park_path", "not a directory"}}},
		{"out.dead_letter_path=DIR", [][2]string{{"out.dead_letter_path", "is not a regular file"}}},
		{"out.dead_letter_path=DIR/fifo", [][2]string{{"out.dead_letter_path", "is not a regular file"}}},
		{"out.endpoint= out.backend=file out.file_path=DIR/new/records", nil},
		{"out.endpoint= out.backend=file out.file_path=DIR/token/records", [][2]string{{"out.file_path", "not a directory"}}},
	} {
		t.Run(c.edits, func(t *testing.T) {
			conf := newTestConf(dir)
			conf.edit(strings.Fields(strings.ReplaceAll(c.edits, "DIR", dir))...)
			checkBoth(t, conf, nil, c.want...)
			checkBoth(t, conf, []string{"-no-files"})
			path := write(t, "a.conf", conf.classic())
			if _, out, errs := command("check", path); strings.Contains(out+errs, "s3cret") {
				t.Errorf("a secret is shown: %s%s", out, errs)
			}
		})
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "new")); err == nil {
		t.Errorf("the check made files: %v", entries)
	}
}

// Permissions, of which root knows nothing.
func TestCheckPermissions(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read and write everything")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("token"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o500); err != nil {
		t.Fatal(err)
	}
	for edit, want := range map[string]string{
		"out.authorization_file=" + dir + "/token":       "cannot be read: permission denied",
		"out.dead_letter_path=" + dir + "/folder/letter": "is not writable: permission denied",
		"out.park_path=" + dir + "/folder":               "cannot be written to: permission denied",
		"out.dead_letter_path=" + dir + "/token":         "cannot be written to: permission denied",
	} {
		conf := newTestConf(dir)
		conf.edit(edit)
		at, _, _ := strings.Cut(edit, "=")
		checkBoth(t, conf, nil, [2]string{at, want})
	}
}

// Every option whose value is a path says by its name what the file is for.
func TestPathsAreKnown(t *testing.T) {
	for _, o := range plugin.Backends.Schema().Entries() {
		ends := func(suffix ...string) bool {
			return slices.ContainsFunc(suffix, func(s string) bool { return strings.HasSuffix(o.Name, s) })
		}
		if o.Type == "path" && !ends("_file", "_path") || o.Type != "path" && o.Type != "folder" && ends("_file", "_path") {
			t.Errorf("option %s is of type %s", o.Name, o.Type)
		}
	}
}

// certificate returns a certificate and its key in PEM.
func certificate(t *testing.T) (cert, key string) {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := x509.MarshalECPrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: bytes}))
}
