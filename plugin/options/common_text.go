package options

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters/multiline"
)

// texts are how the text of a record is put together and read.
func (c *Config) texts() []Option {
	return []Option{
		{
			Name: "join_bytes", Type: "size", Default: "4MiB", Example: "1MiB",
			Range: "16KiB to 64MiB",
			Doc:   "The largest text that is reassembled of pieces or lines. A longer text is cut, and its parts are flagged partial.",
			Set:   Size(16<<10, 64<<20, &c.JoinBytes),
		},
		{
			Name: "join_wait", Type: "duration", Default: "2s", Example: "1500ms",
			Range: "0s to 1m, and a quarter of flush_deadline at most",
			Doc:   "The longest time between two lines of one message, or two pieces of a line. A chunk that ends where another line may follow waits for the chunk with that line: up to twice this time from when its last line was read, because Fluent Bit hands over lines only with its next flush. Set it above Flush of [SERVICE]. Only these lines wait, and one worker always stays free. With 0s, nothing waits.",
			Set:   Duration(0, time.Minute, &c.JoinWait),
		},
		{
			Name: "text_bytes", Type: "size", Default: "auto", Example: "64KiB",
			Range: "auto, or 1KiB to 64MiB",
			Doc:   "The largest text of a record. A longer text is cut. Its parts are records of their own, flagged partial, each a nanosecond later than the part before, and the first part has the fields. auto is the limit of the backend by default, and no limit where the backend has none. Each byte that is not UTF-8 counts as three.",
			Set:   c.setTextBytes,
		},
		{
			Name: "join_restart", Type: "switch", Default: "off", Example: "on",
			Range: "on, off",
			Doc:   "What happens to a line whose rest has not come when Fluent Bit stops. off: the part that is there is delivered, flagged partial. on: its chunk stays in Fluent Bit's storage, and the line becomes one record after the next start. The stop then takes all of Grace, and the other lines of that chunk arrive twice. Use on only where every input has storage.type filesystem: otherwise the line is lost.",
			Set:   Switch(&c.JoinRestart),
		},
		{
			Name: "multiline", Type: "names", Default: "off", Example: "all",
			Range: "off, all, or some of " + strings.Join(multiline.Languages, ", "),
			Doc:   "Which texts of several lines become one record: the stack traces of these languages, klog's blocks, PostgreSQL's statements, and objects over several lines (json). docs/sources.md says what of each.",
			Set:   c.setMultiline,
		},
		{
			Name: "multiline_lines", Type: "number", Default: "1000", Example: "500",
			Range: "2 to 100000",
			Doc:   "The largest number of lines of such a text. A longer text is cut, and its parts are flagged partial.",
			Set:   Number(2, 100_000, &c.MultilineLines),
		},
		{
			Name: "strip_ansi", Type: "switch", Default: "off", Example: "on",
			Range: "on, off",
			Doc:   "Whether the escape sequences of terminals, such as colours, are removed from texts.",
			Set:   Switch(&c.StripANSI),
		},
		{
			Name: "merge_log", Type: "switch", Default: "off", Example: "on",
			Range: "on, off",
			Doc:   "Whether the members of a text that is JSON, logfmt or a structured line of klog also become fields, as one object under merge_log_key. For the node's components, the members that a line has beside its header always become fields.",
			Set:   Switch(&c.MergeLog),
		},
		{
			Name: "merge_log_key", Type: "name", Default: "log_processed", Example: "log_processed",
			Range:     "letters, digits, _ and -, and no name that the plugin writes itself (docs/sources.md)",
			Doc:       "The field that holds these members. What an application writes stays below this field.",
			FieldName: true,
			Set:       FieldName("_-", &c.MergeLogKey),
		},
		{
			Name: "time_keys", Type: "names", Example: "ts, time, @timestamp",
			Range: "names separated by commas, best first",
			Doc:   "Which members of an application's text, JSON or logfmt, hold the time of the record: RFC 3339, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970. A time before 2000, or more than a day ahead, is ignored. When the option is not set, the time is that of the container runtime.",
			Set:   c.setTimeKeys,
		},
		{
			Name: "rules_file", Type: "path", Example: "/fluent-bit/etc/rules.yaml",
			Doc: "A file with rules for the records of some sources: messages of several lines, fields, severity and time of plain text, what to drop, keep, sample or redact, fields to set or remove, tenant and index. It can also have other destinations, and the routes to them. docs/rules.md and docs/routes.md describe it. The file is read at start.",
			Set: Text(&c.RulesFile),
		},
	}
}

func (c *Config) setTextBytes(value string) string {
	if value == "auto" {
		c.TextBytes = 0
		return ""
	}
	return Size(1<<10, 64<<20, &c.TextBytes)(value)
}

func (c *Config) setMultiline(value string) string {
	c.Multiline = 0
	switch value {
	case "off":
		return ""
	case "all":
		c.Multiline = 1<<len(multiline.Languages) - 1
		return ""
	}
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		i := slices.Index(multiline.Languages, name)
		if i < 0 {
			return "has the unknown name " + strconv.Quote(name)
		}
		c.Multiline |= 1 << i
	}
	return ""
}

func (c *Config) setTimeKeys(value string) string {
	c.TimeKeys = nil
	for key := range strings.SplitSeq(value, ",") {
		if key = strings.TrimSpace(key); key == "" {
			return "has an empty name"
		}
		c.TimeKeys = append(c.TimeKeys, key)
	}
	if len(c.TimeKeys) > 16 {
		return "has more than 16 names"
	}
	return ""
}
