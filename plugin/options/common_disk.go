package options

import (
	"path/filepath"
	"strings"
	"time"
)

// disk is the ledger of the disk, and what may be read there.
func (c *Config) disk() []Option {
	return []Option{
		{
			Name: "disk_ledger_path", Type: "path", Example: "/var/lib/k8slog/disk.ledger",
			Doc: "The file of the ledger of the disk. It has which bytes of the containers' log files were delivered, so that the plugin reads from the rotated files what Fluent Bit has missed, and says what is missing. It needs path_key and offset_key. Every output needs its own file. When the option is not set, there is no ledger.",
			Set: Text(&c.DiskLedgerPath),
		},
		{
			Name: "disk_ledger_logs", Type: "names", Default: "/var/log/containers/*.log", Example: "/var/log/containers/*.log",
			Range: "patterns with commas between them",
			Doc:   "The containers' logs that tail reads: the value of Path in the tail input. Each may be a symbolic link to the file that the container runtime writes.",
			Set:   patterns(&c.DiskLedgerLogs),
		},
		{
			Name: "disk_ledger_exclude", Type: "names", Example: "/var/log/containers/k8slog-*_logging_*.log",
			Range: "patterns with commas between them",
			Doc:   "The logs that tail leaves out: the value of Exclude_Path in the tail input. It must have the agent's own log.",
			Set:   patterns(&c.DiskLedgerExclude),
		},
		{
			Name: "catch_up_bytes", Type: "size", Default: "4MiB", Example: "16MiB",
			Range: "0 to 1GiB; 0 for the figures only",
			Doc:   "How many bytes a second are read from rotated files.",
			Set:   Size(0, 1<<30, &c.CatchUpBytes),
		},
		{
			Name: "catch_up_after", Type: "duration", Default: "15s", Example: "30s",
			Range: "100ms to 1h",
			Doc:   "How long Fluent Bit gets to hand over what a file has, before the plugin reads it. It must be longer than Rotate_Wait of the tail input and Flush together.",
			Set:   Duration(100*time.Millisecond, time.Hour, &c.CatchUpAfter),
		},
		{
			Name: "log_folders", Type: "names", Example: "/data/logs",
			Range: "folders with commas between them",
			Doc:   "Folders whose files are log files of containers, besides those with the paths of the kubelet (pods/namespace_pod_uid/container/0.log) and of Docker (id/id-json.log). When a symbolic link in /var/log/containers leads to any other file, such as /etc/shadow, its lines are dropped and counted.",
			Set:   c.setLogFolders,
		},
	}
}

// patterns returns a Set function for a list of patterns of path/filepath.Match.
func patterns(to *[]string) func(value string) string {
	return func(value string) string {
		*to = nil
		for pattern := range strings.SplitSeq(value, ",") {
			pattern = strings.TrimSpace(pattern)
			if pattern == "" {
				continue
			}
			if _, err := filepath.Match(pattern, ""); err != nil {
				return "has a pattern that is not valid: " + pattern
			}
			*to = append(*to, pattern)
		}
		return ""
	}
}

func (c *Config) setLogFolders(value string) string {
	c.LogFolders = nil
	for folder := range strings.SplitSeq(value, ",") {
		folder = strings.TrimSpace(folder)
		if !filepath.IsAbs(folder) {
			return "has a folder without a leading slash"
		}
		c.LogFolders = append(c.LogFolders, filepath.Clean(folder))
	}
	return ""
}
