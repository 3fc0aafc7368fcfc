package options

import (
	"net"
	"strings"
	"time"
)

// The values of status_page.
const (
	PageOnLoopback = "loopback"
	PageForAll     = "all"
	PageOff        = "off"
)

// NoAddress is the value of status_listen that serves nothing, as when it is not set.
const NoAddress = "off"

// status are what the output tells of itself.
func (c *Config) status() []Option {
	return []Option{
		{
			Name: "status_listen", Type: "address", Example: "127.0.0.1:2021",
			Range: "host:port; without a host it is 127.0.0.1; off",
			Doc:   "The address of the status page, /metrics (for Prometheus) and /healthz. When the option is not set, or off, they are not served. Every output needs its own port.",
			Set:   c.setAddress,
		},
		{
			Name: "status_page", Type: "name", Default: PageOnLoopback, Example: PageForAll,
			Range: "loopback, all, off",
			Doc:   "Who may see the status page, and what belongs to it (/status.json, /log, /tap, /debug/pprof): it shows the names of pods, answers of the backend and the options, and no secrets. With loopback, only this machine and this pod: kubectl port-forward comes from there. /metrics and /healthz are for all who reach the address.",
			Set:   OneOf([]string{PageOnLoopback, PageForAll, PageOff}, &c.StatusPage),
		},
		{
			Name: "status_hosts", Type: "names", Example: "k8slog.example.com",
			Range: "names with commas between them",
			Doc:   "Names under which browsers may ask for the status page, besides localhost and IP addresses. A request for another name is refused: a foreign page can make a browser ask under a name of its own.",
			Set:   c.setHosts,
		},
		{
			Name: "status_tap", Type: "switch", Default: "off", Example: "on",
			Doc: "Whether those who may see the status page may watch records while they are sent (k8slog tap). With it, samples of dead letters have the beginning of their text.",
			Set: Switch(&c.StatusTap),
		},
		{
			Name: "status_pprof", Type: "switch", Default: "off", Example: "on",
			Doc: "Whether /debug/pprof is served, to those who may see the status page. For developers: profiles cost CPU while they are taken.",
			Set: Switch(&c.StatusPprof),
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
	if value == NoAddress {
		return ""
	}
	if _, port, err := net.SplitHostPort(value); err != nil || port == "" {
		return "is not host:port"
	}
	c.StatusListen = value
	return ""
}

func (c *Config) setHosts(value string) string {
	for name := range strings.SplitSeq(value, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" || strings.ContainsAny(name, "/:@ ") {
			return "has an entry that is not the name of a host"
		}
		c.StatusHosts = append(c.StatusHosts, name)
	}
	return ""
}
