package options

import (
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/quota"
)

// limits keep an output, and those who write to it, within bounds.
func (c *Config) limits() []Option {
	return []Option{
		{
			Name: "memory_limit", Type: "size", Default: "256MiB", Example: "128MiB",
			Range: "16MiB to 3GiB",
			Doc:   "About how much memory the chunks may take that are worked on at once, whatever the backend does. A chunk above it is given back to Fluent Bit for a retry.",
			Set:   Size(16<<20, 3<<30, &c.MemoryLimit),
		},
		{
			Name: "rate_limit_records", Aliases: []string{"budget_records"}, Type: "number", Default: "0", Example: "1000",
			Range: "0 to 1000000; 0 for any number",
			Doc:   "How many records a second each namespace may deliver (or each pod, by rate_limit_by), so that one that floods does not starve the others. The node's own components have no limit.",
			Set:   Number(0, 1_000_000, &c.RateLimit.Records),
		},
		{
			Name: "rate_limit_bytes", Aliases: []string{"budget_bytes"}, Type: "size", Default: "0", Example: "1MiB",
			Range: "0 to 1GiB; 0 for any number",
			Doc:   "How many bytes a second, as Fluent Bit keeps the records.",
			Set:   Size(0, 1<<30, &c.RateLimit.Bytes),
		},
		{
			Name: "rate_limit_by", Aliases: []string{"budget_by"}, Type: "name", Default: "namespace", Example: "pod",
			Range: "namespace, pod",
			Doc:   "What has a rate limit of its own.",
			Set:   c.setRateLimitBy,
		},
		{
			Name: "rate_limit_burst", Aliases: []string{"budget_burst"}, Type: "duration", Default: "10s", Example: "1m",
			Range: "1s to 1h",
			Doc:   "The time whose records may come at once.",
			Set:   Duration(time.Second, time.Hour, &c.RateLimit.Burst),
		},
		{
			Name: "rate_limit_policy", Aliases: []string{"budget_policy"}, Type: "name", Default: string(quota.Delay), Example: string(quota.Sample),
			Range: strings.Join(quota.Policies, ", "),
			Doc:   "What becomes of records above the rate limit. delay: they go back to Fluent Bit, which brings them again, and fills its storage meanwhile: for bursts. drop: they are dropped, and counted. sample: one of rate_limit_sample is delivered, and the others are dropped.",
			Set:   OneOf(quota.Policies, &c.RateLimit.Policy),
		},
		{
			Name: "rate_limit_sample", Aliases: []string{"budget_sample"}, Type: "number", Default: "10", Example: "100",
			Range: "2 to 1000000",
			Doc:   "Of how many records above the rate limit one is delivered, with rate_limit_policy sample.",
			Set:   Number(2, 1_000_000, &c.RateLimit.Sample),
		},
	}
}

func (c *Config) setRateLimitBy(value string) string {
	var by string
	problem := OneOf([]string{"namespace", "pod"}, &by)(value)
	c.RateLimit.ByPod = by == "pod"
	return problem
}
