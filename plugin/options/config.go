// Package options declares every option of the plugin once. Parsing, the
// errors, docs/options.md and the reference comments in conf/ all come from
// the one table in table.go.
package options

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters/multiline"
)

// Config is the plugin's configuration, checked. Its fields are the options of
// the same name; what each means stands in the table.
type Config struct {
	Backend               string
	Endpoints             []*url.URL // none when unset
	FilePath              string
	Headers               http.Header
	Tenant                Template
	TenantHeader          string
	HeaderFiles           []HeaderFile
	AuthorizationFile     string
	AuthorizationType     string
	BasicAuthUser         string
	BasicAuthPasswordFile string
	CAFile                string
	ClientCertFile        string
	ClientKeyFile         string
	ServerName            string
	InsecureSkipVerify    bool
	ConnectionMaxAge      time.Duration
	Compression           string
	Index                 Template
	DocumentID            bool
	Schema                string
	TraceIDs              bool
	HTTPMethod            string
	HTTPFormat            string
	HTTPSuccess           Statuses
	HTTPRetry             Statuses
	HTTPReject            Statuses
	IDKey                 string
	BatchBytes            int
	BatchWait             time.Duration
	FlushDeadline         time.Duration
	RequestTimeout        time.Duration
	BackoffMin            time.Duration
	BackoffMax            time.Duration
	DeadLetterPath        string
	DeadLetterBytes       int
	DeadLetterFiles       int
	MemoryLimit           int
	BudgetBy              string
	BudgetRecords         int
	BudgetBytes           int
	BudgetBurst           time.Duration
	BudgetPolicy          string
	BudgetSample          int
	StatusListen          string
	StatusHealthy         time.Duration
	BalanceInterval       time.Duration
	TagPrefix             string
	PathKey               string
	OffsetKey             string
	JoinBytes             int
	JoinRestart           bool
	JoinWait              time.Duration
	TextBytes             int // zero for what the backend takes
	Multiline             multiline.Set
	MultilineLines        int
	StripANSI             bool
	MergeLog              bool
	MergeLogKey           string
	TimeKeys              []string
	Identity              string
	Pod                   Pod
	ClusterName           string
	NodeName              string
	TimeZone              *time.Location
	Labels                []Label
	StreamFields          []string
	SplunkIndex           Template
	SplunkSource          Template
	SplunkSourcetype      Template
	SplunkEvent           string
	SplunkAck             bool

	// Unused are options that were set though the backend has no use for them.
	Unused []string
}

// Label is one entry of the option labels: a stream label and where its value
// comes from.
type Label struct {
	Name  string
	Field string // one of LabelFields; empty for a constant
	Value string // the constant
}

// Error is a bad option. Its text is one line that names the option, the value
// and what is allowed.
type Error struct {
	Option, Value, Problem string
}

func (e *Error) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("option %s: %s", e.Option, e.Problem)
	}
	return fmt.Sprintf("option %s: %q %s", e.Option, e.Value, e.Problem)
}

// Parse reads the options through get, which returns the value of an option
// and "" for one that is not set. The first bad one is the error.
func Parse(get func(name string) string) (*Config, error) {
	c := &Config{}
	for i := range Table {
		o := &Table[i]
		value := strings.TrimSpace(get(o.Name))
		isSet := value != ""
		if isSet && o.Backends != nil && !slices.Contains(o.Backends, c.Backend) {
			c.Unused = append(c.Unused, o.Name)
			continue
		}
		if !isSet {
			if value = o.Default; value == "" {
				if o.required(c.Backend) {
					return nil, &Error{Option: o.Name, Problem: "must be set" + o.forBackend(c.Backend) + "; allowed: " + o.allowed()}
				}
				continue
			}
		}
		if problem := o.set(c, value); problem != "" {
			if o.Secret {
				value = ""
			}
			return nil, &Error{Option: o.Name, Value: value, Problem: problem + "; allowed: " + o.allowed()}
		}
	}
	return c, c.check(func(name string) bool { return strings.TrimSpace(get(name)) != "" })
}

// check refuses combinations. A default gives way to what was set.
func (c *Config) check(isSet func(name string) bool) error {
	if err := cmp.Or(c.checkIdentity(), c.checkHTTP(), c.checkStatuses(), c.checkKeys()); err != nil {
		return err
	}
	if c.Backend == Splunk && !isSet("authorization_type") {
		c.AuthorizationType = "Splunk"
	}
	if !isSet("request_timeout") {
		c.RequestTimeout = min(c.RequestTimeout, c.FlushDeadline)
	}
	if !isSet("backoff_max") {
		c.BackoffMax = max(c.BackoffMax, c.BackoffMin)
	}
	if c.BackoffMax < c.BackoffMin {
		return &Error{"backoff_max", c.BackoffMax.String(), "is below backoff_min; allowed: " + c.BackoffMin.String() + " or more"}
	}
	if !isSet("join_wait") {
		c.JoinWait = min(c.JoinWait, c.FlushDeadline/4)
	}
	if c.JoinWait > c.FlushDeadline/4 {
		return &Error{"join_wait", c.JoinWait.String(), "is above a quarter of flush_deadline; allowed: " + (c.FlushDeadline / 4).String() + " or less"}
	}
	if c.BatchWait > c.FlushDeadline/2 {
		return &Error{"batch_wait", c.BatchWait.String(), "is above half of flush_deadline; allowed: " + (c.FlushDeadline / 2).String() + " or less"}
	}
	if c.RequestTimeout > c.FlushDeadline {
		return &Error{"request_timeout", c.RequestTimeout.String(), "is above flush_deadline; allowed: " + c.FlushDeadline.String() + " or less"}
	}
	return nil
}
