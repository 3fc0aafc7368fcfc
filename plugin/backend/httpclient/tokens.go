package httpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/k8slog/k8slog/plugin/backend"
)

// TokenConfig says how tokens are fetched. URL and Request must be set.
type TokenConfig struct {
	// URL is the token endpoint.
	URL *url.URL
	// Method is that of the request; POST when empty.
	Method string
	// Request returns what is sent to the endpoint at that time.
	Request func(now time.Time) (TokenRequest, error)
	TLS     TLS
	// Direct sends the request past the proxies of the environment.
	Direct bool
}

// TokenRequest is one request for a token.
type TokenRequest struct {
	Header http.Header
	Form   url.Values
	// Secrets are the words of the request that must not get into a log.
	Secrets []string
}

// Tokens keeps one token of OAuth 2.0 (RFC 6749) that is valid, for the header
// Authorization. It is made by NewTokens.
type Tokens struct {
	config    TokenConfig
	transport *transport
	now       func() time.Time

	mu      sync.Mutex
	token   string
	refresh time.Time // when the next token is fetched, while the present one is still valid
	expires time.Time
	failed  error     // why the last fetch failed; nil after a success
	retry   time.Time // no fetch before it
	pauses  int       // failures in a row
	fetched chan struct{}
}

// NewTokens returns a source of tokens, which fetches none yet. It fails when a file
// of the TLS settings cannot be used.
func NewTokens(config TokenConfig) (*Tokens, error) {
	connections, err := newTransport(config.TLS, 0, false, func() {})
	if err != nil {
		return nil, err
	}
	if config.Direct {
		connections.latest.Proxy = nil
	}
	return &Tokens{config: config, transport: connections, now: time.Now}, nil
}

// Bounds of a token's life and of its fetching. Google's metadata server returns the
// same token until five minutes before its end, so a token is renewed later than that.
const (
	fetchTimeout    = 10 * time.Second
	renewBefore     = 225 * time.Second
	defaultLifetime = time.Hour // of a token whose answer tells none
	longestLifetime = 24 * time.Hour
	shortestPause   = time.Second // after a failure, doubled with each
	longestPause    = 30 * time.Second
	maxTokenAnswer  = 1 << 20
)

// Token returns a token. It waits while there is none that is valid. The error says
// why the token endpoint gave none.
func (t *Tokens) Token(ctx context.Context) (string, error) {
	for {
		t.mu.Lock()
		now := t.now()
		valid := t.token != "" && now.Before(t.expires)
		if valid && now.Before(t.refresh) {
			defer t.mu.Unlock()
			return t.token, nil
		}
		if t.fetched == nil && !now.Before(t.retry) {
			t.fetched = make(chan struct{})
			go t.fetch(t.fetched)
		}
		token, fetched, failed := t.token, t.fetched, t.failed
		t.mu.Unlock()
		switch {
		case valid:
			return token, nil
		case fetched == nil:
			return "", failed
		}
		select {
		case <-fetched:
		case <-ctx.Done():
			return "", fmt.Errorf("cannot get a token of %s: %w", t.config.URL.Host, ctx.Err())
		}
	}
}

// Refused tells that a server did not take a token. It returns true when another token
// can be tried at once: then the next call of Token fetches it, or it is there already.
// A token that is younger than a pause is not fetched anew, because the next one would
// be refused as well.
func (t *Tokens) Refused(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token != t.token {
		return t.token != ""
	}
	if t.now().Before(t.retry) {
		return false
	}
	t.token = ""
	return true
}

// fetch fetches a token and closes done.
func (t *Tokens) fetch(done chan struct{}) {
	token, lifetime, err := t.ask()
	t.mu.Lock()
	defer t.mu.Unlock()
	defer close(done)
	t.fetched = nil
	now := t.now()
	if err != nil {
		t.failed = fmt.Errorf("cannot get a token of %s: %w", t.config.URL.Host, err)
		t.retry = now.Add(min(shortestPause<<min(t.pauses, 10), longestPause))
		t.pauses++
		return
	}
	t.failed, t.pauses, t.retry = nil, 0, now.Add(shortestPause)
	t.token, t.expires = token, now.Add(lifetime)
	t.refresh = t.expires.Add(-min(renewBefore, lifetime/5))
}

// ask sends one request for a token.
func (t *Tokens) ask() (token string, lifetime time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	asked, err := t.config.Request(t.now())
	if err != nil {
		return "", 0, err
	}
	words := secretsOf([]*url.URL{t.config.URL}, asked.Header)
	secret := newSecrets(asked.Header, append(append(words, asked.Secrets...), proxySecrets()...))
	method := t.config.Method
	var body backend.Body
	if method == "" {
		method = http.MethodPost
		body.Parts = [][]byte{[]byte(asked.Form.Encode())}
	}
	answer, err := t.exchange(ctx, method, body, secret)
	if err != nil {
		return "", 0, err
	}
	return readToken(answer)
}

// exchange sends a request by the rules of Client.
func (t *Tokens) exchange(ctx context.Context, method string, body backend.Body, secret *secrets) (*Answer, error) {
	header := http.Header{"Accept": {"application/json"}, "User-Agent": {UserAgent}}
	if len(body.Parts) > 0 {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	c := &Client{
		config: Config{MaxAnswer: maxTokenAnswer}, header: header, transport: t.transport,
		credentials: &credentials{latest: secret},
	}
	return c.do(ctx, t.transport.now(), method, t.config.URL, body, nil)
}

// readToken reads the answer of a token endpoint (RFC 6749, sections 5.1 and 5.2).
func readToken(a *Answer) (token string, lifetime time.Duration, err error) {
	var said struct {
		Token     string      `json:"access_token"`
		Type      string      `json:"token_type"`
		ExpiresIn json.Number `json:"expires_in"` // some servers quote it
		Error     string      `json:"error"`
	}
	readable := json.Unmarshal(a.Body, &said) == nil
	switch {
	case a.Status != http.StatusOK:
		advice := "check the token endpoint"
		if said.Error != "" || a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden {
			advice = "check the credentials for the token endpoint, and what they may do"
		}
		return "", 0, errors.New(a.String() + "; " + advice)
	case !readable || said.Token == "":
		// The text is not quoted: it may hold a token in a form that is not known.
		return "", 0, errors.New("the answer has no access_token; check the token endpoint")
	case said.Type != "" && !strings.EqualFold(said.Type, "Bearer"):
		return "", 0, fmt.Errorf("the token is of the type %.20q, not Bearer", said.Type)
	case !httpguts.ValidHeaderFieldValue(said.Token):
		return "", 0, errors.New("the access_token is no value of a header")
	}
	lifetime = defaultLifetime
	if seconds, err := said.ExpiresIn.Float64(); err == nil {
		if seconds < 1 {
			return "", 0, errors.New("the token has expired already")
		}
		lifetime = time.Duration(min(seconds, longestLifetime.Seconds()) * float64(time.Second))
	}
	return said.Token, lifetime, nil
}

// close ends the connections that are idle.
func (t *Tokens) close() { t.transport.close() }
