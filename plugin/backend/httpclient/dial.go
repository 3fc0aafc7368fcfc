package httpclient

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// Dialer returns a dialer for connections that live long: it gives up a host that does not
// answer, and ends a connection whose data is not acknowledged. Protocols other than HTTP use
// it as well.
func Dialer() *net.Dialer {
	return &net.Dialer{
		Timeout:   dialTimeout,
		KeepAlive: 30 * time.Second,
		Control:   controlSocket,
		// The C library's resolver wants more stack than Fluent Bit's threads
		// have, and blocks them.
		Resolver: &net.Resolver{PreferGo: true},
	}
}

// handshakeTimeout is how long a handshake of TLS may take.
const handshakeTimeout = 10 * time.Second

// Dialer returns the function that makes encrypted connections. The files of certificates are
// read for each connection, so that they can be rotated. While one of them cannot be read, what
// was read last counts. The error is an *options.Error that names the option of the file.
func (t TLS) Dialer() (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	var latest atomic.Pointer[tls.Config]
	config, err := t.config()
	if err != nil {
		return nil, err
	}
	latest.Store(config)
	dialer := Dialer()
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if config, err := t.config(); err == nil {
			latest.Store(config)
		}
		config := latest.Load().Clone()
		if config.ServerName == "" {
			config.ServerName, _, _ = net.SplitHostPort(address)
		}
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(conn, config)
		ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
		defer cancel()
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("cannot begin TLS with %s: %w", address, err)
		}
		return secure, nil
	}, nil
}
