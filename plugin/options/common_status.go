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
			Doc:   "The address of /metrics (for Prometheus) and /healthz. When the option is not set, they are not served. Every output needs its own port.",
			Set:   c.setAddress,
		},
		{
			Name: "status_healthy", Type: "duration", Default: "5m", Example: "10m",
			Range: "1s to 24h",
			Doc:   "How long chunks must be given back without a delivery until /healthz answers 503. Do not use /healthz as a liveness probe: a restart of the agent does not end an outage of the backend.",
			Set:   Duration(time.Second, 24*time.Hour, &c.StatusHealthy),
		},
		{
			Name: "balance_interval", Type: "duration", Default: "1h", Example: "10m",
			Range: "0s to 24h; 0s for never",
			Doc:   "How often the balance of the records is written to the log: received = delivered + dead-lettered + dropped + parked + abandoned + pending.",
			Set:   Duration(0, 24*time.Hour, &c.BalanceInterval),
		},
		{
			Name: "abandon_after", Type: "duration", Default: "1h", Example: "10m",
			Range: "0s to 168h; 0s for never",
			Doc:   "How long Fluent Bit may take to present a chunk again that was given back. Behind that, the records of the chunk count as abandoned and not as pending: Fluent Bit drops chunks at storage.total_limit_size and after retry_limit, and tells no plugin. A chunk that comes after all counts as pending again, and is delivered. Set it well above scheduler.cap of [SERVICE], which is the longest wait between two tries (2000 s when it is not set).",
			Set:   Duration(0, 168*time.Hour, &c.AbandonAfter),
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
