// Package httpclient sends requests for the backends that speak HTTP. It says
// what came back; what that means is each backend's own business.
package httpclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// UserAgent is the User-Agent of every request; main adds the version.
var UserAgent = "k8slog"

// Client sends bodies to one URL. It is made by New.
type Client struct {
	http   *http.Client
	url    string
	header http.Header
	// secrets are what an answer must not repeat into a log: it may quote the
	// request. Longer ones come first.
	secrets []string
}

// New returns a client for POST requests to u with the user's headers, for
// bodies of that type and encoding; an empty encoding is none. A Content-Type
// among the headers comes before that of the body.
func New(u *url.URL, header http.Header, contentType, encoding string) *Client {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	secrets := secretsOf(u, header)
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", contentType)
	}
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", UserAgent)
	}
	dialer := &net.Dialer{
		Timeout:   10 * time.Second,
		KeepAlive: 30 * time.Second,
		// The C library's resolver wants more stack than Fluent Bit's threads
		// have, and blocks them.
		Resolver: &net.Resolver{PreferGo: true},
	}
	return &Client{
		url:     u.String(),
		header:  header,
		secrets: secrets,
		http: &http.Client{
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         dialer.DialContext,
				ForceAttemptHTTP2:   true,
				MaxIdleConnsPerHost: 64,
				IdleConnTimeout:     60 * time.Second,
				TLSHandshakeTimeout: 10 * time.Second,
				WriteBufferSize:     64 << 10,
				DisableCompression:  true,

				MaxResponseHeaderBytes: 64 << 10,
			},
			// A redirect turns POST into GET, whose success would mean nothing.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Answer is what the backend answered.
type Answer struct {
	Status int
	// RetryAfter is the time that the backend asks for; zero when it does not.
	RetryAfter time.Duration
	// Text is the beginning of the body, made one line.
	Text string
}

// String is the answer in a line of a log.
func (a *Answer) String() string {
	s := "HTTP " + strconv.Itoa(a.Status)
	if name := http.StatusText(a.Status); name != "" {
		s += " " + name
	}
	if a.Text != "" {
		s += ": " + a.Text
	}
	return s
}

// Post sends a body and returns the answer, whatever it says. The error is of
// the network; it names the host, and never the URL, which may hold secrets.
func (c *Client) Post(ctx context.Context, b backend.Body) (*Answer, error) {
	readers := &readers{parts: b.Parts}
	// The transport may go on reading the body after it has answered. The
	// frames go back to their workers then, so nobody may read them any more.
	defer readers.detach()

	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, readers.open())
	if err != nil {
		return nil, c.cleanError(err)
	}
	request.Header = c.header
	request.ContentLength = int64(b.Len())
	request.GetBody = func() (io.ReadCloser, error) { return readers.open(), nil }

	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s: %w", request.URL.Host, c.cleanError(err))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("cannot read the answer of %s: %w", request.URL.Host, c.cleanError(err))
	}
	// An answer that was read to its end leaves the connection for the next request.
	_, _ = io.CopyN(io.Discard, response.Body, maxDrained)
	return &Answer{
		Status:     response.StatusCode,
		RetryAfter: retryAfter(response.Header.Get("Retry-After"), time.Now()),
		Text:       c.clean(string(text)),
	}, nil
}

// Close ends the connections that are idle.
func (c *Client) Close() { c.http.CloseIdleConnections() }

const (
	maxAnswer  = 64 << 10
	maxDrained = 256 << 10
	maxText    = 300
)

// maxRetryAfter bounds the patience that a backend can ask for: a mistake of
// its clock must not silence the output for ever.
const maxRetryAfter = 5 * time.Minute

// clean makes text fit for a log: no secrets, no control characters, not too long.
func (c *Client) clean(text string) string {
	for _, secret := range c.secrets {
		text = strings.ReplaceAll(text, secret, "…")
	}
	return oneLine(text)
}

// cleanError does the same for an error, and takes off the envelope that
// repeats the URL. What the error is stays known to errors.Is.
func (c *Client) cleanError(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return &cleanedError{text: c.clean(err.Error()), of: err}
}

type cleanedError struct {
	text string
	of   error
}

func (e *cleanedError) Error() string { return e.text }
func (e *cleanedError) Unwrap() error { return e.of }

// secretsOf returns what may be secret in a request: the values of headers
// and their words, and the path and the query of the URL.
func secretsOf(u *url.URL, header http.Header) []string {
	candidates := []string{u.RequestURI(), u.EscapedPath(), u.Path, u.RawQuery}
	for _, values := range header {
		for _, v := range values {
			candidates = append(candidates, v)
			candidates = append(candidates, strings.Fields(v)...)
		}
	}
	for _, values := range u.Query() {
		candidates = append(candidates, values...)
	}
	const shortest = 6 // less is no secret, and stands in many a text
	secrets := slices.DeleteFunc(candidates, func(s string) bool { return len(s) < shortest })
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(secrets)
}

// oneLine makes text one line without control characters, not too long.
func oneLine(text string) string {
	s := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\ufffd"), func(r rune) bool {
		return r <= ' ' || r == 0x7f
	}), " ")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// retryAfter reads the header of that name: seconds, or a date
// (RFC 9110, section 10.2.3).
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
