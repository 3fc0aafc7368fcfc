// Package kubeapi reads from the API server of Kubernetes: single objects, and all objects of
// a kind by a list and a watch. It is a few requests of HTTP with JSON
// (https://kubernetes.io/docs/reference/using-api/api-concepts/), and not a client for
// everything: k8s.io/client-go would make the plugin larger by more than its own size.
package kubeapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/internal/regular"
)

// The files of a pod's service account.
const (
	TokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token"
	CAFile    = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
)

// InCluster returns the URL of the API server for a pod; empty outside of a cluster.
func InCluster() string {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return ""
	}
	return "https://" + net.JoinHostPort(host, port)
}

// Config says where the API server is.
type Config struct {
	// URL is the address, as in https://10.0.0.1:443.
	URL string
	// TokenFile has the bearer token. It is read for every request, because the kubelet
	// replaces it. Empty for none.
	TokenFile string
	// CAFile has the authorities that the server's certificate may be signed by, in PEM;
	// empty for those of the system. It is read again for new connections when it changes.
	CAFile string
	// UserAgent names the program in the audit log of the server.
	UserAgent string
	// Dial makes a connection; nil for a usual one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client sends requests to the API server. It is made by New, and is safe for concurrent use.
type Client struct {
	config Config

	mu        sync.Mutex
	transport *http.Transport
	ca        fileState // of the transport's authorities
}

// fileState tells whether a file has changed.
type fileState struct {
	size int64
	time time.Time
}

func stateOf(path string) (s fileState) {
	if info, err := os.Stat(path); err == nil {
		s = fileState{info.Size(), info.ModTime()}
	}
	return s
}

// New returns a client. It sends nothing.
func New(c Config) *Client { return &Client{config: c} }

const (
	maxFile = 1 << 20
	// dialTimeout and headerTimeout bound the time until an answer begins. pingAfter and
	// pingTimeout find a connection to a server that is gone: nothing else would, while
	// nothing changes in a watch.
	dialTimeout   = 10 * time.Second
	headerTimeout = 30 * time.Second
	pingAfter     = 30 * time.Second
	pingTimeout   = 15 * time.Second
)

// connections returns the transport for the next request.
func (c *Client) connections() (*http.Transport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ca := fileState{}
	if c.config.CAFile != "" {
		ca = stateOf(c.config.CAFile)
	}
	if c.transport != nil && ca == c.ca {
		return c.transport, nil
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.config.CAFile != "" {
		pem, err := regular.Read(c.config.CAFile, maxFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the certificate authorities: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("cannot read the certificate authorities: %s has no certificate", c.config.CAFile)
		}
	}
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
	dial := c.config.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: &net.Resolver{PreferGo: true}}).DialContext
	}
	c.ca = ca
	c.transport = &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dial, TLSClientConfig: settings, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: headerTimeout, IdleConnTimeout: 90 * time.Second,
		MaxIdleConnsPerHost: 2, MaxResponseHeaderBytes: 64 << 10,
		HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
	return c.transport, nil
}

// Close closes idle connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
}

// StatusError is an answer that is an error.
type StatusError struct {
	Code int
	// Message is what the server says, shortened, in one line.
	Message string
	// After is how long the server asks to wait; zero for nothing.
	After time.Duration
}

func (e *StatusError) Error() string {
	text := "HTTP " + strconv.Itoa(e.Code)
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// CodeOf returns the HTTP status of an error; 0 for an error without one.
func CodeOf(err error) int {
	if e, ok := errors.AsType[*StatusError](err); ok {
		return e.Code
	}
	return 0
}

// The media types of objects of which only the metadata are sent, one and a list. A server
// that does not know them sends whole objects.
const (
	acceptObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json"
	acceptList   = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json"
	acceptWhole  = "application/json"
)

// Get reads an object. With whole, it is all of it, and otherwise its metadata.
func (c *Client) Get(ctx context.Context, path string, whole bool) (*Object, error) {
	ctx, cancel := context.WithTimeout(ctx, headerTimeout)
	defer cancel()
	accept := acceptObject
	if whole {
		accept = acceptWhole
	}
	// With resourceVersion=0 the server answers out of its memory.
	body, err := c.open(ctx, path, url.Values{"resourceVersion": {"0"}}, accept)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	o := new(Object)
	if err := json.NewDecoder(io.LimitReader(body, maxObject)).Decode(o); err != nil {
		return nil, fmt.Errorf("cannot read the answer to %s: %w", path, err)
	}
	return o, nil
}

// open sends a GET, and returns the body of the answer.
func (c *Client) open(ctx context.Context, path string, query url.Values, accept string) (io.ReadCloser, error) {
	transport, err := c.connections()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.config.URL, "/")+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, errors.New("cannot make a request: the URL is not valid")
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("User-Agent", c.config.UserAgent)
	token := ""
	if c.config.TokenFile != "" {
		content, err := regular.Read(c.config.TokenFile, maxFile)
		token = strings.TrimSpace(string(content))
		switch {
		case err != nil:
			return nil, fmt.Errorf("cannot read the token: %w", err)
		case token == "" || !httpguts.ValidHeaderFieldValue(token):
			return nil, fmt.Errorf("cannot read the token: %s holds no token", c.config.TokenFile)
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return nil, withoutURL(err)
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, statusError(answer, token)
	}
	return answer.Body, nil
}

// withoutURL takes the URL off an error.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// statusError reads the error in an answer: a Status of the API, or any text. The token is
// removed from a text that quotes it.
func statusError(answer *http.Response, token string) *StatusError {
	e := &StatusError{Code: answer.StatusCode}
	if seconds, err := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 16); err == nil {
		e.After = time.Duration(seconds) * time.Second
	}
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	var status struct{ Message string }
	if json.Unmarshal(text, &status) == nil && status.Message != "" {
		text = []byte(status.Message)
	}
	e.Message = oneLine(string(text), token)
	return e
}

// oneLine returns the beginning of a text in one line, without a secret.
func oneLine(text, secret string) string {
	if secret == "" {
		return oneline.Of(text)
	}
	// The secret may show once what is invisible inside of it is gone.
	text = oneline.Visible(strings.ReplaceAll(text, secret, "…"))
	return oneline.Shorten(strings.ReplaceAll(text, secret, "…"))
}
