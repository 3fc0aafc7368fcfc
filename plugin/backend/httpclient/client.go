// Package httpclient sends requests for the backends that speak HTTP. It says
// what came back; what that means is each backend's own business.
package httpclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
}

// New returns a client for POST requests to u with these headers.
func New(u *url.URL, header http.Header) *Client {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
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
		url:    u.String(),
		header: header,
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
		return nil, withoutURL(err)
	}
	request.Header = c.header
	request.ContentLength = int64(b.Len())
	request.GetBody = func() (io.ReadCloser, error) { return readers.open(), nil }

	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s: %w", request.URL.Host, withoutURL(err))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("cannot read the answer of %s: %w", request.URL.Host, withoutURL(err))
	}
	// An answer that was read to its end leaves the connection for the next request.
	_, _ = io.CopyN(io.Discard, response.Body, maxDrained)
	return &Answer{
		Status:     response.StatusCode,
		RetryAfter: retryAfter(response.Header.Get("Retry-After"), time.Now()),
		Text:       oneLine(text),
	}, nil
}

// Close ends the connections that are idle.
func (c *Client) Close() { c.http.CloseIdleConnections() }

const (
	maxAnswer  = 64 << 10
	maxDrained = 256 << 10
	maxText    = 500
)

// withoutURL takes off the envelope that repeats the URL.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// oneLine makes text fit for a log: no control characters, not too long.
func oneLine(text []byte) string {
	s := strings.Join(strings.FieldsFunc(string(bytes.ToValidUTF8(text, []byte("\ufffd"))), func(r rune) bool {
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
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
