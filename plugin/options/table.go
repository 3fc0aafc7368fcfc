package options

import (
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters/multiline"
)

// The names of the backends.
const (
	File   = "file"
	Stdout = "stdout"
	HTTP   = "http"
	Loki   = "loki"
	OTLP   = "otlp"

	Elasticsearch = "elasticsearch"
	VictoriaLogs  = "victorialogs"
	Splunk        = "splunk"
)

// Backends are the choices of the option backend.
var Backends = slices.Concat([]string{File, Stdout}, overHTTP)

// overHTTP are those that speak HTTP.
var overHTTP = []string{
	HTTP,
	Loki,
	OTLP,
	Elasticsearch,
	VictoriaLogs,
	Splunk,
}

// Option is one option of the plugin.
type Option struct {
	Name string
	// Type is the kind of value, in the words of the documentation.
	Type string
	// Default is the value of an option that is not set; empty for none.
	Default string
	// Doc says what the option means, in plain sentences.
	Doc string
	// Example is a value that is allowed.
	Example string
	// Range says what is allowed, where the type alone does not.
	Range string
	// Backends that the option is for; nil for all.
	Backends []string
	// Required options have no default and must be set (for Backends).
	Required bool
	// Secret values are never repeated in an error.
	Secret bool

	// set checks a value and stores it. It returns what is wrong with it.
	set func(c *Config, value string) (problem string)
}

func (o *Option) required(backend string) bool {
	return o.Required && (o.Backends == nil || slices.Contains(o.Backends, backend))
}

func (o *Option) forBackend(backend string) string {
	if o.Backends == nil {
		return ""
	}
	return " for backend " + backend
}

// allowed says in one line what the option takes.
func (o *Option) allowed() string {
	if o.Range != "" {
		return o.Range
	}
	return o.Type + ", as in " + o.Example
}

// Table declares every option, in the order of the documentation. backend
// stands first: what others mean depends on it.
var Table = slices.Concat(
	destination,
	overHTTPOptions,
	overOTLP,
	httpOptions,
	idOptions,
	elasticsearchOptions,
	victoriaLogsOptions,
	splunkOptions,
	common,
	limits,
)

// destination is what the logs are delivered to.
var destination = []Option{
	{
		Name: "backend", Type: "name", Example: Loki, Required: true,
		Range: strings.Join(Backends, ", "),
		Doc:   "What the logs are delivered to. There is no default.",
		set:   oneOf(Backends, func(c *Config) *string { return &c.Backend }),
	},
	{
		Name: "file_path", Type: "path", Example: "/var/log/k8slog/records.ndjson", Required: true,
		Backends: []string{File},
		Doc:      "The file that records are appended to, one JSON object a line. It is created with mode 0640; a file that was renamed away is made anew.",
		set:      str(func(c *Config) *string { return &c.FilePath }),
	},
}

// common are the options for all backends, but for the last ones.
var common = []Option{
	{
		Name: "batch_bytes", Type: "size", Default: "1MB", Example: "4MiB",
		Range: "1KiB to 64MiB",
		Doc:   "The most bytes of records in a request, before compression; a single record may be larger. A backend that finds requests too large gets smaller ones.",
		set:   size(1<<10, 64<<20, func(c *Config) *int { return &c.BatchBytes }),
	},
	{
		Name: "batch_wait", Type: "duration", Default: "20ms", Example: "100ms",
		Range: "0s to 10s, and half of flush_deadline at most",
		Doc:   "How long a request waits for the records of other workers. It is sent earlier when it is full, and when every worker waits already.",
		set:   duration("0s", "10s", func(c *Config) *time.Duration { return &c.BatchWait }),
	},
	{
		Name: "flush_deadline", Type: "duration", Default: "10s", Example: "20s",
		Range: "100ms to 10m",
		Doc:   "How long a chunk is kept trying before it is given back to Fluent Bit for a retry. Set Grace of [SERVICE] above it: a stop of Fluent Bit can take Grace and this.",
		set:   duration("100ms", "10m", func(c *Config) *time.Duration { return &c.FlushDeadline }),
	},
	{
		Name: "request_timeout", Type: "duration", Default: "8s", Example: "5s",
		Range: "10ms to flush_deadline",
		Doc:   "How long one request may take, from the connection to the end of the answer.",
		set:   duration("10ms", "10m", func(c *Config) *time.Duration { return &c.RequestTimeout }),
	},
	{
		Name: "backoff_min", Type: "duration", Default: "200ms", Example: "500ms",
		Range: "1ms to 1m",
		Doc:   "The wait before the second try of a request. It grows by half with every further one, and varies at random by half, so that many nodes do not come back at once.",
		set:   duration("1ms", "1m", func(c *Config) *time.Duration { return &c.BackoffMin }),
	},
	{
		Name: "backoff_max", Type: "duration", Default: "5s", Example: "10s",
		Range: "backoff_min to 10m",
		Doc:   "The longest wait between two tries. A Retry-After of the backend comes before it.",
		set:   duration("1ms", "10m", func(c *Config) *time.Duration { return &c.BackoffMax }),
	},
	{
		Name: "dead_letter_path", Type: "path", Default: "/var/lib/k8slog/dead-letter.ndjson", Example: "/var/lib/k8slog/dead-letter.ndjson",
		Doc: "The file for records that the backend refuses for good: one JSON object a line with the reason and the raw record. It is created with mode 0600.",
		set: str(func(c *Config) *string { return &c.DeadLetterPath }),
	},
	{
		Name: "dead_letter_bytes", Type: "size", Default: "64MiB", Example: "256MiB",
		Range: "64KiB to 4GiB",
		Doc:   "The size at which the dead-letter file is turned over: it gets the name dead_letter_path.1, and a new one begins.",
		set:   size(64<<10, 4<<30, func(c *Config) *int { return &c.DeadLetterBytes }),
	},
	{
		Name: "dead_letter_files", Type: "number", Default: "8", Example: "16",
		Range: "2 to 1000",
		Doc:   "How many dead-letter files there are at most, with the one that is written to. For a new one the oldest is removed, with an error in the log: its letters are lost.",
		set:   number(2, 1000, func(c *Config) *int { return &c.DeadLetterFiles }),
	},
	{
		Name: "status_listen", Type: "address", Example: "127.0.0.1:2021",
		Range: "host:port; without a host it is 127.0.0.1",
		Doc:   "Where /metrics (for Prometheus) and /healthz are served. Unset, they are not. Every output that sets it needs a port of its own.",
		set:   setAddress,
	},
	{
		Name: "status_healthy", Type: "duration", Default: "5m", Example: "10m",
		Range: "1s to 24h",
		Doc:   "After how long without a delivery, while chunks are given back, /healthz answers 503. An outage of the backend is no reason to restart the agent: do not make it a liveness probe.",
		set:   duration("1s", "24h", func(c *Config) *time.Duration { return &c.StatusHealthy }),
	},
	{
		Name: "balance_interval", Type: "duration", Default: "1h", Example: "10m",
		Range: "0s to 24h; 0s for never",
		Doc:   "How often the books are written to the log: received = delivered + dead-lettered + dropped + pending.",
		set:   duration("0s", "24h", func(c *Config) *time.Duration { return &c.BalanceInterval }),
	},
	{
		Name: "tag_prefix", Type: "text", Default: "kube.var.log.containers.", Example: "kube.var.log.containers.",
		Doc:   "What stands before the file's name in the tag of a container's log: what Tag kube.* makes of the path.",
		Range: "text that ends with a dot, as in kube.var.log.containers.",
		set:   setTagPrefix,
	},
	{
		Name: "path_key", Type: "text", Example: "path",
		Doc: "The field that holds the path of the file: the value of Path_Key in the tail input. When set, a record's own path says who wrote it, and only then its tag. Leave it unset where others than tail can write that field.",
		set: str(func(c *Config) *string { return &c.PathKey }),
	},
	{
		Name: "offset_key", Type: "text", Example: "offset",
		Doc: "The field that holds the line's offset in the file: the value of Offset_Key in the tail input. It shows that one chunk begins where another ended. Without it, what is split between two chunks is not joined.",
		set: str(func(c *Config) *string { return &c.OffsetKey }),
	},
	{
		Name: "join_bytes", Type: "size", Default: "4MiB", Example: "1MiB",
		Range: "16KiB to 64MiB",
		Doc:   "The most bytes of a text that is joined of pieces or lines. What is longer is cut, and its parts are flagged as partial.",
		set:   size(16<<10, 64<<20, func(c *Config) *int { return &c.JoinBytes }),
	},
	{
		Name: "join_wait", Type: "duration", Default: "2s", Example: "1500ms",
		Range: "0s to 1m, and a quarter of flush_deadline at most",
		Doc:   "How long a chunk that ends in the middle of a line or of a text of several lines waits for the chunk with the rest. Set it above Flush of [SERVICE]. One worker always stays free; 0s waits for nothing. It is also the most time between two lines of one text.",
		set:   duration("0s", "1m", func(c *Config) *time.Duration { return &c.JoinWait }),
	},
	{
		Name: "text_bytes", Type: "size", Default: "auto", Example: "64KiB",
		Range: "auto, or 1KiB to 64MiB",
		Doc:   "The most bytes of a text that go out in one record. A longer one is cut: its parts are records of their own, flagged as partial, each a nanosecond younger than the one before it, and the first has the fields. auto is what the backend takes with its defaults (loki: 256KiB; victorialogs: 192KiB as JSON, because a line of 256KiB is dropped; splunk: 512KiB as JSON), and no limit where there is none. Bytes that are no UTF-8 count three times.",
		set:   setTextBytes,
	},
	{
		Name: "join_restart", Type: "switch", Default: "off", Example: "on",
		Range: "on, off",
		Doc:   "What becomes of a line whose rest has not come when Fluent Bit stops. off: what there is of it is delivered, flagged as partial. on: its chunk stays in Fluent Bit's storage, and the line is joined after the next start; the stop then takes all of Grace, and the other lines of that chunk arrive twice. Only where every input has storage.type filesystem: without it the line would be lost.",
		set:   onOff(func(c *Config) *bool { return &c.JoinRestart }),
	},
	{
		Name: "multiline", Type: "names", Default: "off", Example: "all",
		Range: "off, all, or some of " + strings.Join(multiline.Languages, ", "),
		Doc:   "Which texts of several lines become one record: stack traces by language, and klog's blocks.",
		set:   setMultiline,
	},
	{
		Name: "multiline_lines", Type: "number", Default: "1000", Example: "500",
		Range: "2 to 100000",
		Doc:   "The most lines of such a text. A longer one is cut, and its parts are flagged as partial.",
		set:   number(2, 100_000, func(c *Config) *int { return &c.MultilineLines }),
	},
	{
		Name: "strip_ansi", Type: "switch", Default: "off", Example: "on",
		Range: "on, off",
		Doc:   "Whether the escape sequences of terminals, colours above all, are taken out of texts.",
		set:   onOff(func(c *Config) *bool { return &c.StripANSI }),
	},
	{
		Name: "merge_log", Type: "switch", Default: "off", Example: "on",
		Range: "on, off",
		Doc:   "Whether the members of a text that is a JSON object, logfmt, or a structured line of klog stand beside it as well, as one object under merge_log_key. Of the node's own components, those that a line has beside its header always do.",
		set:   onOff(func(c *Config) *bool { return &c.MergeLog }),
	},
	{
		Name: "merge_log_key", Type: "name", Default: "log_processed", Example: "log_processed",
		Range: "letters, digits, _ and -, and no name that the plugin writes itself (docs/sources.md)",
		Doc:   "The field that holds these members. Whatever an application writes, it stays below it.",
		set:   setMergeLogKey,
	},
	{
		Name: "time_keys", Type: "names", Example: "ts, time, @timestamp",
		Range: "names separated by commas, best first",
		Doc:   "Which members of an application's text, JSON or logfmt, hold the record's time: RFC 3339, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970. What cannot be read, lies before 2000, or is more than a day ahead is not believed. Without it, the time is that of the container runtime.",
		set:   setTimeKeys,
	},
	{
		Name: "identity", Type: "name", Default: ByFiles, Example: ByNobody,
		Range: strings.Join(identities, ", "),
		Doc:   "Whose word counts about who wrote a record. files: the names of files, in paths and tags, for an agent that reads files. none: nobody's, for records that applications send. resource: the sender's, in the attributes of its OpenTelemetry resource, where every sender may be believed. With none and resource, a text is never a container runtime's line, and the text of a record without log is its message or msg.",
		set:   oneOf(identities, func(c *Config) *string { return &c.Identity }),
	},
	{
		Name: "pod", Type: "names", Example: "shop/web-7d9c6b5f4-x2x9z/web",
		Range: "namespace/pod, and behind them /container and /uid where they are known",
		Doc:   "For an agent inside a pod: the pod that writes everything that this output gets, whatever paths and tags say. Of the Downward API: ${POD_NAMESPACE}/${POD_NAME}/${CONTAINER_NAME}/${POD_UID}. Not for a node agent: it would put its own name on everybody's log.",
		set:   setPod,
	},
	{
		Name: "cluster_name", Type: "text", Example: "production-eu",
		Doc: "The name of the cluster, in every record.",
		set: str(func(c *Config) *string { return &c.ClusterName }),
	},
	{
		Name: "node_name", Type: "text", Example: "${NODE_NAME}",
		Doc: "The name of the node, in every record.",
		set: str(func(c *Config) *string { return &c.NodeName }),
	},
	{
		Name: "time_zone", Type: "name", Default: "Local", Example: "Asia/Tokyo",
		Range: "Local, UTC, or a name of the IANA time zone database",
		Doc:   "The time zone of times that name none, in the log files of the node's components. Local is that of the process: in a container, UTC unless TZ is set.",
		set:   setTimeZone,
	},
	{
		Name: "labels", Type: "labels", Default: "cluster,namespace,pod,container,component,stream", Example: "job=k8slog, cluster, namespace, app=$container",
		Backends: []string{Loki},
		Range:    "up to 15, separated by commas: a field (" + strings.Join(LabelFields, ", ") + "), name=$field, or name=constant",
		Doc:      "The labels of Loki's streams. Everything else becomes structured metadata. Keep them few: every combination of values is a stream. workload is the pod's name without what Kubernetes added to that of its Deployment, StatefulSet, DaemonSet or Job, as far as the name alone tells: instead of pod it makes far fewer streams.",
		set:      setLabels,
	},
}
