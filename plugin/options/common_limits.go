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
			Doc:   "How much memory, approximately, the chunks may take that are worked on at the same time. A chunk above the limit waits until there is memory, for half of flush_deadline at most. Then it is given back, and Fluent Bit presents the chunk again. Chunks with lines of many megabytes take three quarters of it at most, so that they do not hold up all others.",
			Set:   Size(16<<20, 3<<30, &c.MemoryLimit),
		},
		{
			Name: "rate_limit_records", Aliases: []string{"budget_records"}, Type: "number", Default: "0", Example: "1000",
			Range: "0 to 1000000; 0 for any number",
			Doc:   "How many records a second each namespace may deliver (each pod, with rate_limit_by pod), so that a flood does not stop the others. The node's components have no limit.",
			Set:   Number(0, 1_000_000, &c.RateLimit.Records),
		},
		{
			Name: "rate_limit_bytes", Aliases: []string{"budget_bytes"}, Type: "size", Default: "0", Example: "1MiB",
			Range: "0 to 1GiB; 0 for any number",
			Doc:   "How many bytes a second each of them may deliver, in the size of Fluent Bit's records.",
			Set:   Size(0, 1<<30, &c.RateLimit.Bytes),
		},
		{
			Name: "rate_limit_by", Aliases: []string{"budget_by"}, Type: "name", Default: "namespace", Example: "pod",
			Range: "namespace, pod",
			Doc:   "Whether each namespace or each pod has its own rate limit.",
			Set:   c.setRateLimitBy,
		},
		{
			Name: "rate_limit_burst", Aliases: []string{"budget_burst"}, Type: "duration", Default: "10s", Example: "1m",
			Range: "1s to 1h",
			Doc:   "The burst: the time whose records may come at once.",
			Set:   Duration(time.Second, time.Hour, &c.RateLimit.Burst),
		},
		{
			Name: "rate_limit_policy", Aliases: []string{"budget_policy"}, Type: "name", Default: string(quota.Delay), Example: string(quota.Sample),
			Range: strings.Join(quota.Policies, ", "),
			Doc:   "What happens to records above the rate limit. delay: they go back to Fluent Bit, which presents them again and keeps them in its storage. drop: they are dropped and counted. sample: one of rate_limit_sample records is delivered, and the others are dropped and counted.",
			Set:   OneOf(quota.Policies, &c.RateLimit.Policy),
		},
		{
			Name: "rate_limit_sample", Aliases: []string{"budget_sample"}, Type: "number", Default: "10", Example: "100",
			Range: "2 to 1000000",
			Doc:   "With rate_limit_policy sample: of how many records above the rate limit one is delivered.",
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
