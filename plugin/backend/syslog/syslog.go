// Package syslog delivers by the syslog protocol (RFC 5424) over TCP with octet counting
// (RFC 6587, section 3.4.1) and over TLS (RFC 5425).
//
// The protocol has no acknowledgement. What comes nearest is the end of the connection: see
// Send.
package syslog

import (
	"cmp"
	"context"
	"net"
	"sync/atomic"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	backend.OnePartition
	config Config
	texts  backend.TextLimit
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	first  atomic.Uint32 // the address to be tried first
}

// New returns the backend with these options. It connects to nothing, and fails when a file of
// certificates cannot be read.
func New(c *Config, common *options.Config) (*Backend, error) {
	b := &Backend{config: *c, dial: httpclient.Dialer().DialContext}
	b.texts.Bytes = cmp.Or(common.TextBytes, c.MaxBytes-c.reserve())
	if c.UseTLS {
		var err error
		if b.dial, err = c.TLS.Dialer(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// reserve is how many bytes of a message are kept for what stands beside the text.
func (c *Config) reserve() int { return max(c.MaxBytes/4, 1<<10) }

// TextLimit implements backend.Limited.
func (b *Backend) TextLimit() backend.TextLimit { return b.texts }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return backend.Body{Parts: frames}, nil
}

// Close implements backend.Backend. No connection outlives its Send.
func (b *Backend) Close() error { return nil }
