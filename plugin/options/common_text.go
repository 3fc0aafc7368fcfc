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
			Doc:   "The most bytes of a text that is joined of pieces or lines. What is longer is cut, and its parts are flagged as partial.",
			Set:   Size(16<<10, 64<<20, &c.JoinBytes),
		},
		{
			Name: "join_wait", Type: "duration", Default: "2s", Example: "1500ms",
			Range: "0s to 1m, and a quarter of flush_deadline at most",
			Doc:   "How long a chunk that ends in the middle of a line or of a text of several lines waits for the chunk with the rest. Set it above Flush of [SERVICE]. One worker always stays free; 0s waits for nothing. It is also the most time between two lines of one text.",
			Set:   Duration(0, time.Minute, &c.JoinWait),
		},
		{
			Name: "text_bytes", Type: "size", Default: "auto", Example: "64KiB",
			Range: "auto, or 1KiB to 64MiB",
			Doc:   "The most bytes of a text that go out in one record. A longer one is cut: its parts are records of their own, flagged as partial, each a nanosecond younger than the one before it, and the first has the fields. auto is what the backend takes with its defaults, and no limit where there is none. Bytes that are no UTF-8 count three times.",
			Set:   c.setTextBytes,
		},
		{
			Name: "join_restart", Type: "switch", Default: "off", Example: "on",
			Range: "on, off",
			Doc:   "What becomes of a line whose rest has not come when Fluent Bit stops. off: what there is of it is delivered, flagged as partial. on: its chunk stays in Fluent Bit's storage, and the line is joined after the next start; the stop then takes all of Grace, and the other lines of that chunk arrive twice. Only where every input has storage.type filesystem: without it the line would be lost.",
			Set:   Switch(&c.JoinRestart),
		},
		{
			Name: "multiline", Type: "names", Default: "off", Example: "all",
			Range: "off, all, or some of " + strings.Join(multiline.Languages, ", "),
			Doc:   "Which texts of several lines become one record: stack traces by language, and klog's blocks.",
			Set:   c.setMultiline,
		},
		{
			Name: "multiline_lines", Type: "number", Default: "1000", Example: "500",
			Range: "2 to 100000",
			Doc:   "The most lines of such a text. A longer one is cut, and its parts are flagged as partial.",
			Set:   Number(2, 100_000, &c.MultilineLines),
		},
		{
			Name: "strip_ansi", Type: "switch", Default: "off", Example: "on",
			Range: "on, off",
			Doc:   "Whether the escape sequences of terminals, colours above all, are taken out of texts.",
			Set:   Switch(&c.StripANSI),
		},
		{
			Name: "merge_log", Type: "switch", Default: "off", Example: "on",
			Range: "on, off",
			Doc:   "Whether the members of a text that is a JSON object, logfmt, or a structured line of klog stand beside it as well, as one object under merge_log_key. Of the node's own components, those that a line has beside its header always do.",
			Set:   Switch(&c.MergeLog),
		},
		{
			Name: "merge_log_key", Type: "name", Default: "log_processed", Example: "log_processed",
			Range:     "letters, digits, _ and -, and no name that the plugin writes itself (docs/sources.md)",
			Doc:       "The field that holds these members. Whatever an application writes, it stays below it.",
			FieldName: true,
			Set:       FieldName("_-", &c.MergeLogKey),
		},
		{
			Name: "time_keys", Type: "names", Example: "ts, time, @timestamp",
			Range: "names separated by commas, best first",
			Doc:   "Which members of an application's text, JSON or logfmt, hold the record's time: RFC 3339, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970. What cannot be read, lies before 2000, or is more than a day ahead is not believed. Without it, the time is that of the container runtime.",
			Set:   c.setTimeKeys,
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
