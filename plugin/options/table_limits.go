package options

import (
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/quota"
)

// limits keep an output, and those who write to it, within bounds.
var limits = []Option{
	{
		Name: "memory_limit", Type: "size", Default: "256MiB", Example: "128MiB",
		Range: "16MiB to 3GiB",
		Doc:   "About how much memory the chunks may take that are worked on at once, whatever the backend does. A chunk above it is given back to Fluent Bit for a retry.",
		set:   size(16<<20, 3<<30, func(c *Config) *int { return &c.MemoryLimit }),
	},
	{
		Name: "budget_records", Type: "number", Default: "0", Example: "1000",
		Range: "0 to 1000000; 0 for any number",
		Doc:   "How many records a second each namespace may deliver (or each pod, by budget_by), so that one that floods does not starve the others. The node's own components have no budget.",
		set:   number(0, 1_000_000, func(c *Config) *int { return &c.BudgetRecords }),
	},
	{
		Name: "budget_bytes", Type: "size", Default: "0", Example: "1MiB",
		Range: "0 to 1GiB; 0 for any number",
		Doc:   "How many bytes a second, as Fluent Bit keeps the records.",
		set:   size(0, 1<<30, func(c *Config) *int { return &c.BudgetBytes }),
	},
	{
		Name: "budget_by", Type: "name", Default: "namespace", Example: "pod",
		Range: "namespace, pod",
		Doc:   "Who has a budget.",
		set:   oneOf([]string{"namespace", "pod"}, func(c *Config) *string { return &c.BudgetBy }),
	},
	{
		Name: "budget_burst", Type: "duration", Default: "10s", Example: "1m",
		Range: "1s to 1h",
		Doc:   "The time whose share of a budget may come at once.",
		set:   duration("1s", "1h", func(c *Config) *time.Duration { return &c.BudgetBurst }),
	},
	{
		Name: "budget_policy", Type: "name", Default: string(quota.Delay), Example: string(quota.Sample),
		Range: strings.Join(quota.Policies, ", "),
		Doc:   "What becomes of records above a budget. delay: they go back to Fluent Bit, which brings them again, and fills its storage meanwhile: for bursts. drop: they are dropped, and counted. sample: one of budget_sample is delivered, and the others are dropped.",
		set:   oneOf(quota.Policies, func(c *Config) *string { return &c.BudgetPolicy }),
	},
	{
		Name: "budget_sample", Type: "number", Default: "10", Example: "100",
		Range: "2 to 1000000",
		Doc:   "Of how many records above a budget one is delivered, with budget_policy sample.",
		set:   number(2, 1_000_000, func(c *Config) *int { return &c.BudgetSample }),
	},
}
