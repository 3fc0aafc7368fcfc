package options

import (
	"fmt"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/quota"
)

// Config is the options of all outputs, checked. A field is the option of the
// same name; the common_*.go files say what each means.
type Config struct {
	Backend         string
	BatchBytes      int
	BatchWait       time.Duration
	FlushDeadline   time.Duration
	RequestTimeout  time.Duration
	BackoffMin      time.Duration
	BackoffMax      time.Duration
	DeadLetterPath  string
	DeadLetterBytes int
	DeadLetterFiles int
	ParkPath        string // empty for no parking
	ParkAfter       time.Duration
	ParkBytes       int
	MemoryLimit     int
	RateLimit       quota.Config
	StatusListen    string
	StatusPage      string
	StatusHosts     []string
	StatusTap       bool
	StatusPprof     bool
	StatusHealthy   time.Duration
	BalanceInterval time.Duration
	AbandonAfter    time.Duration // zero for never
	TagPrefix       string
	PathKey         string
	OffsetKey       string
	JoinBytes       int
	JoinRestart     bool
	JoinWait        time.Duration
	TextBytes       int // zero for what the backend takes
	Multiline       multiline.Set
	MultilineLines  int
	StripANSI       bool
	MergeLog        bool
	MergeLogKey     string
	TimeKeys        []string
	RulesFile       string // empty for no rules
	Identity        string

	DiskLedgerPath                    string // empty for no ledger
	DiskLedgerLogs, DiskLedgerExclude []string
	CatchUpBytes                      int // a second; zero for none
	CatchUpAfter                      time.Duration
	LogFolders                        []string

	Metadata Metadata

	Pod         Pod
	ClusterName string
	NodeName    string
	TimeZone    *time.Location

	settings []Setting
	warnings []Notice
	notes    []Notice
	files    []File
}

// Options implements Group.
func (c *Config) Options() []Option {
	return slices.Concat(c.delivery(), c.status(), c.sources(), c.metadata(), c.disk(), c.texts(), c.limits())
}

// Notice is a warning about an option, which is set under that name.
type Notice struct{ Option, Text string }

// Notices returns a warning for each option that has no effect, or that is set
// under a former name.
func (c *Config) Notices() []Notice { return c.warnings }

// Warnings returns the texts of Notices.
func (c *Config) Warnings() (lines []string) {
	for _, w := range c.warnings {
		lines = append(lines, w.Text)
	}
	return lines
}

// Warn adds a warning about an option, which is set under that name. A Checker
// calls it for what a start need not refuse.
func (c *Config) Warn(option, format string, args ...any) {
	c.warnings = append(c.warnings, Notice{option, fmt.Sprintf(format, args...)})
}

// check refuses combinations. A default gives way to what was set.
func (c *Config) check(isSet map[string]bool) error {
	if c.Pod != (Pod{}) && c.Identity != ByFiles {
		return &Error{"identity", c.Identity, "contradicts pod; allowed: one of both"}
	}
	if err := c.checkMetadata(); err != nil {
		return err
	}
	if c.DiskLedgerPath != "" && (c.PathKey == "" || c.OffsetKey == "") {
		return &Error{"disk_ledger_path", c.DiskLedgerPath, "needs path_key and offset_key, which tell where a line was read; allowed: all three, here and in the tail input"}
	}
	if !isSet["request_timeout"] {
		c.RequestTimeout = min(c.RequestTimeout, c.FlushDeadline)
	}
	if !isSet["backoff_max"] {
		c.BackoffMax = max(c.BackoffMax, c.BackoffMin)
	}
	if c.BackoffMax < c.BackoffMin {
		return &Error{"backoff_max", c.BackoffMax.String(), "is below backoff_min; allowed: " + c.BackoffMin.String() + " or more"}
	}
	if !isSet["join_wait"] {
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
