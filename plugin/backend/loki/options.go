package loki

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is a PushRequest in protobuf and block snappy
// (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs).
var protocol = httpbackend.Protocol{
	Path:             "/loki/api/v1/push",
	PathEnds:         []string{"/push"},
	ContentType:      "application/x-protobuf",
	FixedCompression: "snappy",
	// VictoriaLogs speaks Loki's protocol too. Without this header it takes a
	// text that is JSON apart, and the members replace the message and the time.
	// Loki does not know the header.
	Header: http.Header{"VL-Loki-Disable-Message-Parsing": {"1"}},
	// Loki's default of max_line_size.
	TextLimit: backend.TextLimit{Bytes: 256 << 10},
}

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	Labels []Label
	IDKey  string
	// InLine: lines are JSON objects, and entries have no structured metadata.
	InLine bool
	// MaxBehind is by how much an entry may be older than the newest one of its stream.
	MaxBehind time.Duration
}

// Label is one entry of the option labels: a label of the streams and where its
// value comes from.
type Label struct {
	Name  string
	Field string // one of labelFields; empty for a constant
	Value string // the constant
}

// labelFields are the fields of a record that can be labels, and the workload.
var labelFields = []string{
	"cluster", "node", "namespace", "workload", "pod", "container", "component", "stream", "severity",
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	return append(c.OptionsFor(protocol), []options.Option{
		{Name: "compression", Note: "always snappy, which is part of the protocol."},
		{Name: "text_bytes", Note: "256KiB."},
		{Name: "id_key", Note: "it is structured metadata."},
		{
			Name: "labels", Type: "labels", Default: "cluster,namespace,pod,container,component,stream", Example: "job=k8slog, cluster, namespace, app=$container",
			Range: "up to 15, separated by commas: a field (" + strings.Join(labelFields, ", ") + "; or a label of the pod, its namespace or its node, as label:key, namespace_label:key, node_label:key), name=$field, or name=constant",
			Doc:   "The labels of Loki's streams. Everything else becomes structured metadata. Keep them few: every combination of values is a stream. workload is the pod's name without what Kubernetes added to that of its Deployment, StatefulSet, DaemonSet or Job, as far as the name alone tells: instead of pod it makes far fewer streams.",
			Set:   c.setLabels,
		},
		{
			Name: "structured_metadata", Type: "switch", Default: "on", Example: "off",
			Range: "on, off",
			Doc:   "Whether what is no label travels as structured metadata, which Loki takes since 3.0 with a schema of v13 or later. off, for a Loki that does not allow it: a line is a JSON object of the text (log) and of everything else, which | json takes apart; text_bytes is 192KiB as JSON then.",
			Set:   c.setStructuredMetadata,
		},
		{
			Name: "out_of_order_window", Type: "duration", Default: "1h", Example: "30m",
			Range: "0s to 24h; 0s for any",
			Doc:   "By how much an entry may be older than the newest one of its stream: half of max_chunk_age in Loki. Older entries are refused. After a longer outage the chunks that are known to be older go first, and others wait for them, for three minutes after the older chunk was given back at most.",
			Set:   options.Duration(0, 24*time.Hour, &c.MaxBehind),
		},
		ndjson.IDKey(&c.IDKey),
	}...)
}

func (c *Config) setStructuredMetadata(value string) string {
	var on bool
	problem := options.Switch(&on)(value)
	c.InLine = !on
	return problem
}

func (c *Config) setLabels(value string) string {
	c.Labels = nil
	for entry := range strings.SplitSeq(value, ",") {
		name, from, assigned := strings.Cut(strings.TrimSpace(entry), "=")
		l := Label{Name: strings.TrimSpace(name)}
		from = strings.TrimSpace(from)
		if field, ok := strings.CutPrefix(from, "$"); ok {
			l.Field = field
		} else if assigned {
			l.Value = strings.Trim(from, `"`)
		} else if l.Field = l.Name; filters.IsLabelField(l.Field) {
			object, key, _ := strings.Cut(l.Field, ":")
			if object == "label" {
				object = "pod_label"
			}
			l.Name = object + "_" + labelName(key)
		}
		switch {
		case !isLabelName(l.Name):
			return "has a label without a name of letters, digits and underscores"
		case l.Field != "" && !slices.Contains(labelFields, l.Field) && !filters.IsLabelField(l.Field):
			return "has the unknown field " + strconv.Quote(l.Field)
		case l.Field == "" && l.Value == "":
			return "has the label " + l.Name + " without a value"
		case slices.ContainsFunc(c.Labels, func(other Label) bool { return other.Name == l.Name }):
			return "has the label " + l.Name + " twice"
		}
		c.Labels = append(c.Labels, l)
	}
	if len(c.Labels) > 15 {
		return "has more than 15 labels"
	}
	return ""
}

// isLabelName follows Prometheus: [a-zA-Z_][a-zA-Z0-9_]*.
func isLabelName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// Check implements options.Checker. Structured metadata must not have the name
// of a label, which Loki would take for the label.
func (c *Config) Check(common *options.Config) error {
	for _, l := range c.Labels {
		switch l.Name {
		case strings.ReplaceAll(common.MergeLogKey, "-", "_"):
			return &options.Error{Option: "merge_log_key", Value: common.MergeLogKey, Problem: "is one of labels; allowed: another name"}
		case c.IDKey:
			return &options.Error{Option: "id_key", Value: c.IDKey, Problem: "is one of labels; allowed: another name"}
		}
	}
	return c.Config.Check(common)
}

// fieldNames are the names of labels and of structured metadata that only the
// plugin writes.
var fieldNames = []string{
	"cluster", "node", "namespace", "pod", "container", "component", "container_id", "pod_uid", "restart_count", "workload",
	"workload_kind", "container_image", "pod_ip", "host_ip", "metadata_missing",
	"stream", "severity", "severity_number", "partial", "undecoded", "late", "metadata", "resource", "scope",
	otherFields, fieldsDropped,
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return fieldNames }
