package httpclient

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Answer is an answer of the backend.
type Answer struct {
	Status int
	// RetryAfter is the pause that the backend asks for; zero for none.
	RetryAfter time.Duration
	// Text is the beginning of the body, made one line, without secrets.
	Text string
	// Body is the body, up to MaxAnswer bytes; Cut is true when it is longer.
	Body []byte
	Cut  bool
	// ContentType is that of the body, in lower case.
	ContentType string
	// Endpoint is the URL that answered. It is not changed.
	Endpoint *url.URL
	// ETag is the header of that name; empty for none.
	ETag string
	// GRPC is the status of a call; nil for a client without gRPC, and for an answer that
	// is none of gRPC.
	GRPC    *GRPCStatus
	cookies []*http.Cookie
	signed  bool // the request was signed
}

// unauthorized reports whether the server wants other credentials.
func (a *Answer) unauthorized() bool {
	return a.Status == http.StatusUnauthorized || a.GRPC != nil && a.GRPC.Code == GRPCUnauthenticated
}

// AppendCookies appends the header that brings another request to the machine
// that has answered, where a load balancer has set a cookie for it.
func (a *Answer) AppendCookies(headers []Header) []Header {
	if len(a.cookies) == 0 {
		return headers
	}
	pairs := make([]string, len(a.cookies))
	for i, c := range a.cookies {
		pairs[i] = c.Name + "=" + c.Value
	}
	return append(headers, Header{Name: "Cookie", Value: strings.Join(pairs, "; ")})
}

// String returns the answer in one line.
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

// maxRetryAfter is the longest pause that a backend can ask for: a wrong clock
// must not stop the output for ever.
const maxRetryAfter = 5 * time.Minute

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
