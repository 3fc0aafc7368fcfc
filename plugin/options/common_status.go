package options

import (
	"net"
	"time"
)

// status are what the output tells of itself.
func (c *Config) status() []Option {
	return []Option{
		{
			Name: "status_listen", Type: "address", Example: "127.0.0.1:2021",
			Range: "host:port; without a host it is 127.0.0.1",
			Doc:   "Where /metrics (for Prometheus) and /healthz are served. Unset, they are not. Every output that sets it needs a port of its own.",
			Set:   c.setAddress,
		},
		{
			Name: "status_healthy", Type: "duration", Default: "5m", Example: "10m",
			Range: "1s to 24h",
			Doc:   "After how long without a delivery, while chunks are given back, /healthz answers 503. An outage of the backend is no reason to restart the agent: do not make it a liveness probe.",
			Set:   Duration(time.Second, 24*time.Hour, &c.StatusHealthy),
		},
		{
			Name: "balance_interval", Type: "duration", Default: "1h", Example: "10m",
			Range: "0s to 24h; 0s for never",
			Doc:   "How often the books are written to the log: received = delivered + dead-lettered + dropped + pending.",
			Set:   Duration(0, 24*time.Hour, &c.BalanceInterval),
		},
	}
}

func (c *Config) setAddress(value string) string {
	if _, port, err := net.SplitHostPort(value); err != nil || port == "" {
		return "is not host:port"
	}
	c.StatusListen = value
	return ""
}
