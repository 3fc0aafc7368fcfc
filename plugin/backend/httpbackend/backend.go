// Package httpbackend has what all backends over HTTP share: their options, the
// client with its endpoints and credentials, compression, and tenants. What is
// left to a backend is its encoding, and what an answer means.
package httpbackend

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// Protocol is what sets one protocol over HTTP apart from the others. The zero
// value of a field is none, unless it says otherwise.
type Protocol struct {
	// Path is appended to the endpoints. Without a Path the protocol is the
	// user's choice: endpoint is the whole URL, which may have a query, and
	// headers may set Content-Type.
	Path string
	// Endpoint is the default of the option of that name, which is required without one.
	Endpoint string
	// PathEnds are the ends of a URL's path that show that the user has
	// appended Path already. Such an endpoint is refused.
	PathEnds []string
	// Query is the query of every request.
	Query string
	// Header has headers of every request. A header of the user's comes before
	// them.
	Header http.Header
	// ContentType is that of the bodies.
	ContentType string
	// Compressions are the choices of the option compression. Without them the
	// backend has no such option.
	Compressions []string
	// FixedCompression is part of the protocol: Content-Encoding does not
	// announce it.
	FixedCompression string
	// AuthorizationType is the default of the option of that name; Bearer when
	// empty.
	AuthorizationType string
	// TextLimit is the longest text of a record, where text_bytes is auto.
	TextLimit backend.TextLimit
	// AWS is what the protocol has to do with AWS.
	AWS AWSUse
	// MaxAnswer is how many bytes of an answer are read; see httpclient.Config.
	MaxAnswer int
	// Tokens are those of the header Authorization, where no option gives others.
	Tokens *httpclient.Tokens
	// GRPC: the protocol is one of gRPC; see httpclient.Config.
	GRPC bool
}

// Backend implements the methods of backend.Backend that do not depend on the
// encoding: Partition, Pack and Close, and TextLimit of backend.Limited. The
// backends embed it.
type Backend struct {
	Client *httpclient.Client

	tenants    Tenants
	compressor *Compressor
	texts      backend.TextLimit
}

// New returns a Backend with these options. It fails when a file of the
// credentials cannot be read.
func New(c *Config, common *options.Config, p Protocol) (*Backend, error) {
	compressor, err := NewCompressor(cmp.Or(p.FixedCompression, c.Compression, "none"))
	if err != nil {
		return nil, err
	}
	config := httpclient.Config{
		Header: c.Headers.Clone(), ContentType: p.ContentType, MaxAnswer: p.MaxAnswer,
		MaxAge: c.MaxAge, Credentials: c.Credentials, TLS: c.TLS, GRPC: p.GRPC,
	}
	if p.FixedCompression == "" {
		config.Encoding = compressor.Encoding
	}
	if config.Header == nil {
		config.Header = http.Header{}
	}
	for name, values := range p.Header {
		if config.Header.Get(name) == "" {
			config.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	for _, u := range c.endpoints() {
		if p.Path != "" {
			u = u.JoinPath(p.Path)
			u.RawQuery = p.Query
		}
		config.Endpoints = append(config.Endpoints, u)
	}
	if config.Signer, err = c.signer(); err != nil {
		return nil, err
	}
	config.Tokens = p.Tokens
	if c.OAuth.TokenURL != nil {
		if config.Tokens, err = c.OAuth.Tokens(); err != nil {
			return nil, err
		}
	}
	client, err := httpclient.New(config)
	if err != nil {
		return nil, err
	}
	texts := p.TextLimit
	texts.Bytes = cmp.Or(common.TextBytes, texts.Bytes)
	return &Backend{
		Client: client, compressor: compressor, texts: texts,
		tenants: Tenants{template: c.Tenant, header: c.TenantHeader},
	}, nil
}

// Partition implements backend.Backend: records of different tenants travel in
// different requests.
func (b *Backend) Partition(s *filters.Source) string { return b.tenants.Of(s) }

// Headers returns the headers that the requests of a tenant need.
func (b *Backend) Headers(tenant string) []httpclient.Header { return b.tenants.Headers(tenant) }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) { return b.compressor.Pack(frames) }

var comma = []byte(",")

// PackList packs frames as a list in JSON: begin, the frames with a comma between them, and end.
func (b *Backend) PackList(begin []byte, frames [][]byte, end []byte) (backend.Body, error) {
	parts := make([][]byte, 0, 2*len(frames)+1)
	for i, frame := range frames {
		between := comma
		if i == 0 {
			between = begin
		}
		parts = append(parts, between, frame)
	}
	return b.Pack(append(parts, end))
}

// ClockAhead implements backend.Clocked.
func (b *Backend) ClockAhead() (time.Duration, bool) { return b.Client.ClockAhead() }

// Post sends the records of one tenant, and returns the answer.
func (b *Backend) Post(ctx context.Context, body backend.Body) (*httpclient.Answer, error) {
	return b.Client.Post(ctx, body, b.Headers(body.Partition)...)
}

// TextLimit implements backend.Limited.
func (b *Backend) TextLimit() backend.TextLimit { return b.texts }

// Close implements backend.Backend.
func (b *Backend) Close() error {
	b.Client.Close()
	return nil
}
