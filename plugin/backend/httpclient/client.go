// Package httpclient sends requests for the backends over HTTP, and returns the
// answers. What an answer means is up to the backend.
package httpclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/internal/version"
	"github.com/k8slog/k8slog/plugin/backend"
)

// UserAgent is the User-Agent of every request.
var UserAgent = "k8slog/" + version.Version

// Config is the configuration of a Client. The zero value of a field means none;
// Endpoints and ContentType must be set.
type Config struct {
	// Endpoints are the URLs of the requests. The first is used until it fails,
	// then the next.
	Endpoints []*url.URL
	// Header has headers of every request. Its Content-Type comes before
	// ContentType.
	Header http.Header
	// ContentType and Encoding are those of the bodies.
	ContentType, Encoding string
	// MaxAnswer is how many bytes of an answer are read; 64 KiB when zero.
	MaxAnswer int
	// MaxAge is how long connections are used; zero for as long as they last.
	MaxAge      time.Duration
	Credentials Credentials
	// Tokens gives the token of the header Authorization; nil for none.
	Tokens *Tokens
	TLS    TLS
	// GRPC sends over HTTP/2 alone, also to http:// endpoints, as gRPC needs it. Answers
	// have a GRPCStatus then.
	GRPC bool
	// Signer signs every request; nil for none. The client closes it.
	Signer Signer
}

// Client sends bodies to one of its endpoints. It is made by New.
type Client struct {
	config      Config
	header      http.Header // of every request, without credentials
	credentials *credentials
	transport   *transport
	at          atomic.Int32 // index of the endpoint that is used
	signed      signed
	clock       clock
}

// New returns a client for POST requests. It fails when a file that it needs
// cannot be used.
func New(config Config) (*Client, error) {
	c := &Client{config: config, header: config.Header.Clone()}
	if c.header == nil {
		c.header = http.Header{}
	}
	if c.header.Get("Content-Type") == "" {
		c.header.Set("Content-Type", config.ContentType)
	}
	if config.Encoding != "" {
		c.header.Set("Content-Encoding", config.Encoding)
	}
	if c.header.Get("User-Agent") == "" {
		c.header.Set("User-Agent", UserAgent)
	}
	if c.config.MaxAnswer == 0 {
		c.config.MaxAnswer = 64 << 10
	}
	var err error
	if c.credentials, err = newCredentials(config.Credentials, append(secretsOf(config.Endpoints, config.Header), proxySecrets()...)); err != nil {
		return nil, err
	}
	if c.transport, err = newTransport(config.TLS, config.MaxAge, config.GRPC, func() { c.at.Store(0) }); err != nil {
		return nil, err
	}
	return c, nil
}

// Header is a header of a single request. An empty value removes the header.
type Header struct{ Name, Value string }

// Post sends a body and returns the answer, whatever its status. An error is one
// of the network: it names the host, and never the URL, which may hold secrets.
// After an error, or an answer that is late or shows a broken endpoint, the next
// request goes to the next endpoint.
func (c *Client) Post(ctx context.Context, b backend.Body, headers ...Header) (*Answer, error) {
	return c.Do(ctx, http.MethodPost, b, headers...)
}

// Do is Post with another method.
func (c *Client) Do(ctx context.Context, method string, b backend.Body, headers ...Header) (*Answer, error) {
	return c.DoAt(ctx, method, func(endpoint *url.URL) *url.URL { return endpoint }, b, headers...)
}

// DoAt is Do with the URL that at makes of the endpoint in use, which it does not change.
func (c *Client) DoAt(ctx context.Context, method string, at func(endpoint *url.URL) *url.URL, b backend.Body, headers ...Header) (*Answer, error) {
	transport := c.transport.now() // which may bring back the first
	used := c.at.Load()
	next := func() { c.at.CompareAndSwap(used, (used+1)%int32(len(c.config.Endpoints))) }
	if b.Late > 0 {
		late := time.AfterFunc(b.Late, next)
		defer late.Stop()
	}
	answer, err := c.authorized(ctx, transport, method, at(c.config.Endpoints[used]), b, headers)
	if err != nil && !errors.As(err, new(*tokenError)) && !errors.Is(ctx.Err(), context.Canceled) || err == nil && answer.broken() {
		next()
	}
	return answer, err
}

// Endpoint returns the URL that the next request goes to. It is not changed.
func (c *Client) Endpoint() *url.URL { return c.config.Endpoints[c.at.Load()] }

// PostTo sends a body, not compressed, to another URL of an endpoint that has
// answered before (see Answer.Endpoint). It does not change the endpoint in use.
func (c *Client) PostTo(ctx context.Context, u *url.URL, body []byte, headers ...Header) (*Answer, error) {
	return c.authorized(ctx, c.transport.now(), http.MethodPost, u, backend.Body{Parts: [][]byte{body}}, append(headers, Header{Name: "Content-Encoding"}))
}

// tokenError is an error of the token endpoint. It says nothing of the endpoint of the
// request.
type tokenError struct{ error }

func (e *tokenError) Unwrap() error { return e.error }

// authorized sends a request with a token, where there is one. A 401 may mean that the
// token was revoked, so the request is sent once more with another one.
func (c *Client) authorized(ctx context.Context, transport *http.Transport, method string, u *url.URL, b backend.Body, headers []Header) (*Answer, error) {
	if c.config.Tokens == nil {
		return c.do(ctx, transport, method, u, b, headers)
	}
	for again := true; ; again = false {
		token, err := c.config.Tokens.Token(ctx)
		if err != nil {
			return nil, &tokenError{err}
		}
		c.credentials.keep(token)
		answer, err := c.do(ctx, transport, method, u, b, append(headers[:len(headers):len(headers)], Header{"Authorization", "Bearer " + token}))
		if err != nil || !answer.unauthorized() || !c.config.Tokens.Refused(token) || !again {
			return answer, err
		}
	}
}

func (c *Client) do(ctx context.Context, transport *http.Transport, method string, u *url.URL, b backend.Body, headers []Header) (*Answer, error) {
	readers := &readers{parts: b.Parts}
	// The transport may go on reading the body after it has answered. The
	// frames go back to their workers then, so nobody may read them any more.
	defer readers.detach()
	secret := c.secrets()
	p := progress{begun: time.Now()}
	request, err := http.NewRequestWithContext(p.trace(ctx), method, u.String(), readers.open())
	if err != nil {
		return nil, secret.cleanError(err, nil)
	}
	request.Header = c.header
	if len(secret.header) > 0 || len(headers) > 0 || c.config.Signer != nil {
		request.Header = c.header.Clone()
		for name, values := range secret.header {
			request.Header[name] = values
		}
		for _, h := range headers {
			if h.Value == "" {
				request.Header.Del(h.Name)
			} else {
				request.Header.Set(h.Name, h.Value)
			}
		}
	}
	request.ContentLength = int64(b.Len())
	request.GetBody = func() (io.ReadCloser, error) { return readers.open(), nil }
	if request.ContentLength == 0 { // which would be an unknown length
		request.Body, request.GetBody = http.NoBody, nil
	}
	if c.config.Signer != nil {
		if err := c.config.Signer.Sign(ctx, request, b.Parts); err != nil {
			return nil, err
		}
		secret = c.secrets() // which may be those of new credentials
	}
	client := http.Client{
		Transport: transport,
		// A redirect turns POST into GET, whose success would mean nothing.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	sent := time.Now()
	response, err := client.Do(request)
	if err != nil {
		c.transport.failed(transport, isLate(err))
		return nil, p.failed("reach "+u.Host, u.Host, err, secret)
	}
	defer response.Body.Close()
	c.clock.note(response.Header.Get("Date"), sent, time.Now())
	text, err := io.ReadAll(io.LimitReader(response.Body, int64(c.config.MaxAnswer)+1))
	if err != nil {
		c.transport.failed(transport, isLate(err))
		return nil, p.failed("read the answer of "+u.Host, u.Host, err, secret)
	}
	// An answer that was read to its end leaves the connection for the next request.
	_, _ = io.CopyN(io.Discard, response.Body, maxDrained)
	most := maxCleaned
	if response.StatusCode/100 == 2 {
		most = maxCleanedSuccess
	}
	a := &Answer{
		Status:      response.StatusCode,
		RetryAfter:  retryAfter(response.Header.Get("Retry-After"), time.Now()),
		Text:        secret.clean(string(text[:min(len(text), most)])),
		Body:        text,
		ContentType: strings.ToLower(response.Header.Get("Content-Type")),
		Endpoint:    u,
		ETag:        response.Header.Get("ETag"),
		cookies:     response.Cookies(),
		signed:      c.config.Signer != nil,
	}
	if c.config.GRPC {
		a.GRPC = readGRPC(response, secret.clean)
	}
	if len(text) > c.config.MaxAnswer {
		a.Body, a.Cut = text[:c.config.MaxAnswer], true
	}
	if a.unauthorized() || a.Status == http.StatusForbidden {
		c.credentials.suspect() // they may have been rotated just now
	}
	if a.signed && a.refusesSignature() {
		c.config.Signer.Suspect()
	}
	return a, nil
}

// Clean makes text fit for a log: one line of limited length, without secrets.
func (c *Client) Clean(text string) string { return c.secrets().clean(text) }

// Close ends the connections that are idle.
func (c *Client) Close() {
	c.transport.close()
	if c.config.Signer != nil {
		c.config.Signer.Close()
	}
	if c.config.Tokens != nil {
		c.config.Tokens.close()
	}
}

const (
	maxDrained = 256 << 10
	// maxCleaned is how much of an answer is cleaned for a line of a log: more
	// than the line holds, because cleaning takes out white space and secrets.
	maxCleaned = 64 << 10
	// maxCleanedSuccess is the same for a success, which mostly is not logged.
	maxCleanedSuccess = 2 << 10
)
