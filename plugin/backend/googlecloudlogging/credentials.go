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
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/k8slog/k8slog/internal/regular"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// scope is all that a token is asked for: it may write logs, and read none.
const scope = "https://www.googleapis.com/auth/logging.write"

// maxKeyFile is the largest key file that is read.
const maxKeyFile = 64 << 10

// tokens returns the source of tokens: the key of a service account, whose project becomes
// that of where, unless one is known, or the metadata server.
func (c *Config) tokens(where *place) (*httpclient.Tokens, error) {
	if c.CredentialsFile == "" {
		u := c.MetadataURL.JoinPath("/computeMetadata/v1/instance/service-accounts/default/token")
		u.RawQuery = url.Values{"scopes": {scope}}.Encode()
		return httpclient.NewTokens(httpclient.TokenConfig{
			URL: u, Method: http.MethodGet, Direct: true,
			Request: func(time.Time) (httpclient.TokenRequest, error) {
				return httpclient.TokenRequest{Header: http.Header{"Metadata-Flavor": {"Google"}}}, nil
			},
		})
	}
	key, err := readKey(c.CredentialsFile)
	if err != nil {
		return nil, c.keyError(err)
	}
	if where.project == "" && isProject(key.ProjectID) {
		where.project = key.ProjectID
	}
	return httpclient.NewTokens(httpclient.TokenConfig{
		URL: key.endpoint,
		// The key may be rotated, so it is read for each token.
		Request: func(now time.Time) (httpclient.TokenRequest, error) {
			key, err := readKey(c.CredentialsFile)
			if err != nil {
				return httpclient.TokenRequest{}, c.keyError(err)
			}
			return key.request(now)
		},
	})
}

func (c *Config) keyError(err error) error {
	return &options.Error{Option: "google_credentials_file", Value: c.CredentialsFile, Problem: "is not usable: " + err.Error() + "; allowed: the JSON key of a service account"}
}

// serviceAccount is a key file
// (https://cloud.google.com/iam/docs/keys-create-delete#creating).
type serviceAccount struct {
	Type        string
	ProjectID   string `json:"project_id"`
	KeyID       string `json:"private_key_id"`
	PrivateKey  string `json:"private_key"`
	ClientEmail string `json:"client_email"`
	TokenURI    string `json:"token_uri"`

	endpoint *url.URL
	signer   *rsa.PrivateKey
}

// readKey reads a key file. Its errors quote nothing of the file.
func readKey(path string) (*serviceAccount, error) {
	content, err := regular.Read(path, maxKeyFile)
	if err != nil {
		var e interface{ Unwrap() error }
		if errors.As(err, &e) && e.Unwrap() != nil {
			err = e.Unwrap()
		}
		return nil, err
	}
	key := &serviceAccount{}
	if json.Unmarshal(content, key) != nil {
		return nil, errors.New("it is not JSON")
	}
	if key.Type != "service_account" {
		return nil, errors.New("its type is not service_account")
	}
	if key.ClientEmail == "" || key.TokenURI == "" {
		return nil, errors.New("it has no client_email or no token_uri")
	}
	if key.endpoint, err = url.Parse(key.TokenURI); err != nil || !trusted(key.endpoint) {
		return nil, errors.New("its token_uri is no https:// URL")
	}
	block, _ := pem.Decode([]byte(key.PrivateKey))
	if block == nil {
		return nil, errors.New("its private_key is not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		if parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
			return nil, errors.New("its private_key cannot be parsed")
		}
	}
	signer, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("its private_key is not of RSA")
	}
	key.signer = signer
	return key, nil
}

// trusted reports whether an assertion may be sent to an address: nobody in between can
// read it.
func trusted(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" && u.Hostname() != "" || u.Scheme == "http" && ip.IsLoopback()
}

// request returns the request of a JWT bearer grant (RFC 7523, section 2.1;
// https://developers.google.com/identity/protocols/oauth2/service-account#httprest).
func (k *serviceAccount) request(now time.Time) (httpclient.TokenRequest, error) {
	head := map[string]string{"alg": "RS256", "typ": "JWT"}
	if k.KeyID != "" {
		head["kid"] = k.KeyID
	}
	claims := map[string]any{
		"iss": k.ClientEmail, "scope": scope, "aud": k.TokenURI,
		// The clock of this machine may be ahead.
		"iat": now.Add(-10 * time.Second).Unix(), "exp": now.Add(50 * time.Minute).Unix(),
	}
	assertion := jwtPart(head) + "." + jwtPart(claims)
	digest := sha256.Sum256([]byte(assertion))
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.signer, crypto.SHA256, digest[:])
	if err != nil {
		return httpclient.TokenRequest{}, errors.New("cannot sign with the private_key of google_credentials_file")
	}
	assertion += "." + base64.RawURLEncoding.EncodeToString(signature)
	return httpclient.TokenRequest{
		Form:    url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}},
		Secrets: []string{assertion},
	}, nil
}

func jwtPart(v any) string {
	text, _ := json.Marshal(v) // maps of texts and numbers
	return base64.RawURLEncoding.EncodeToString(text)
}
