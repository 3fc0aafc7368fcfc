package syslog

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// Config is the options of the backend.
type Config struct {
	Addresses         []string // host:port
	Facility          int
	Hostname, AppName options.Template
	ID                string // of the structured data
	MaxBytes          int
	Acknowledge       string
	UseTLS            bool
	TLS               httpclient.TLS
}

// facilities are the names of the codes 0 to 23 (RFC 5424, section 6.2.1).
var facilities = []string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

// The values of syslog_acknowledge.
const (
	acknowledgeClose = "close"
	acknowledgeSent  = "sent"
)

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	acknowledges := []string{acknowledgeClose, acknowledgeSent}
	all := []options.Option{
		{
			Name: "syslog_addresses", Type: "addresses", Example: "rsyslog.logging:6514", Required: true,
			Range: "host:port, several separated by commas",
			Doc:   "Where the receivers listen (TCP). Of several, the first is used until it fails, then the next.",
			Set:   c.setAddresses,
		},
		{
			Name: "syslog_facility", Type: "name", Default: "user", Example: "local0",
			Range: strings.Join(facilities, ", "),
			Doc:   "The facility of all messages.",
			Set: func(value string) string {
				if c.Facility = slices.Index(facilities, value); c.Facility < 0 {
					return "is not one of the choices"
				}
				return ""
			},
		},
		{
			Name: "syslog_hostname", Type: "template", Default: "{node}", Example: "{cluster}-{node}",
			Range: options.TemplateRange,
			Doc:   "The HOSTNAME of messages; - where it comes to nothing.",
			Set:   undated(&c.Hostname),
		},
		{
			Name: "syslog_app_name", Type: "template", Default: "{container|component_name}", Example: "{namespace}/{container}",
			Range: options.TemplateRange,
			Doc:   "The APP-NAME of messages, of 48 characters at most; - where it comes to nothing.",
			Set:   undated(&c.AppName),
		},
		{
			Name: "syslog_sd_id", Type: "name", Default: "k8slog@32473", Example: "logs@41058",
			Range: "name@number, of 28 characters at most",
			Doc:   "The SD-ID of the structured data that says who wrote a message. The number is that of an enterprise; 32473 is the one for examples.",
			Set:   c.setID,
		},
		{
			Name: "syslog_max_bytes", Type: "size", Default: "8000", Example: "64KiB",
			Range: "2KiB to 1MiB",
			Doc:   "The longest message that the receiver takes; rsyslog's default is 8096 (maxMessageSize). A text that is longer than three quarters of it is cut, unless text_bytes says otherwise. Where it would be exceeded, the other fields of a record are left out.",
			Set:   options.Size(2<<10, 1<<20, &c.MaxBytes),
		},
		{
			Name: "syslog_acknowledge", Type: "name", Default: acknowledgeClose, Example: acknowledgeSent,
			Range: strings.Join(acknowledges, ", "),
			Doc:   "When records count as delivered. close: each request has a connection of its own, which the plugin ends after the last message; when the receiver then ends it as well, it has read all of it. sent: when they were written to the connection, so that what is on its way is lost with a receiver that fails.",
			Set:   options.OneOf(acknowledges, &c.Acknowledge),
		},
		httpbackend.UseTLS(&c.UseTLS),
	}
	return append(all, httpbackend.TLSOptions(&c.TLS)...)
}

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	common.CheckTemplate("syslog_hostname", c.Hostname, false)
	common.CheckTemplate("syslog_app_name", c.AppName, false)
	return httpbackend.CheckTLS(&c.TLS, c.UseTLS, common)
}

func (c *Config) setAddresses(value string) string {
	c.Addresses = nil
	for address := range strings.SplitSeq(value, ",") {
		address = strings.TrimSpace(address)
		host, port, err := net.SplitHostPort(address)
		if n, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil || n == 0 || host == "" || strings.ContainsAny(host, "/@ ") {
			return "is not host:port"
		}
		c.Addresses = append(c.Addresses, address)
	}
	return ""
}

func (c *Config) setID(value string) string {
	name, number, found := strings.Cut(value, "@")
	_, err := strconv.ParseUint(number, 10, 32)
	if !found || err != nil || name == "" || len(value) > 28 || cleanName(value, len(value), paramName) != value {
		return "is not name@number"
	}
	c.ID = value
	return ""
}

func undated(to *options.Template) func(value string) string {
	return func(value string) (problem string) {
		if *to, problem = options.ParseTemplate(value); problem == "" && to.Timed() {
			problem = "has a date, which a message has by itself"
		}
		return problem
	}
}
