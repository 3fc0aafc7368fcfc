package kafka

import (
	"context"
	"net"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// newDialer returns the function that connects to brokers.
func newDialer(c *Config) (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	if !c.UseTLS {
		return httpclient.Dialer().DialContext, nil
	}
	return c.TLS.Dialer()
}
