package cloudwatch

import (
	"slices"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// The longest texts: an event may have 256 KiB with its overhead. As JSON it has more than
// its text, for which there is room.
const (
	textBytes = 256<<10 - overhead
	jsonBytes = 240 << 10
)

// protocol is AWS's JSON 1.1: every operation is a POST to /.
var protocol = httpbackend.Protocol{
	Path:        "/",
	ContentType: "application/x-amz-json-1.1",
	TextLimit:   backend.TextLimit{Bytes: jsonBytes, Escaped: true},
	AWS:         httpbackend.AWSUse{Host: "logs", Service: "logs"},
}

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	creation
	Group, Stream options.Template // log_group_name, log_stream_name
	Event         string           // log_event
	IDKey         string
}

// The values of log_event and log_group_class.
const (
	jsonEvent     = "json"
	textEvent     = "text"
	standardClass = "STANDARD"
)

// retentions are the days that AWS takes
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html).
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	days := make([]string, len(retentions))
	for i, n := range retentions {
		days[i] = strconv.Itoa(n)
	}
	events := []string{jsonEvent, textEvent}
	classes := []string{standardClass, "INFREQUENT_ACCESS", "DELIVERY"}
	return append(c.OptionsFor(protocol), []options.Option{
		{Name: "text_bytes", Note: "240KiB as JSON; with log_event text, 256KiB less 26 bytes."},
		{
			Name: "log_group_name", Type: "template", Default: "/k8slog/{namespace|component}", Example: "/eks/{cluster_name|no_name}/{namespace|component}",
			Range: options.TemplateRange + "; the rest letters, digits and . - _ / #",
			Doc:   "The log group that records go to. Records of different groups travel in different requests, and a group that is missing or forbidden waits alone. What a group cannot be called becomes _. Beside the name of a namespace, that of a component is component_kubelet, as in the option tenant.",
			Rule:  "index",
			Set:   name(&c.Group, isGroupRune, groupPart),
		},
		{
			Name: "log_stream_name", Type: "template", Default: "{node|no_node}", Example: "{pod}_{container}_{node|no_node}",
			Range: options.TemplateRange + "; the rest visible characters but : and *",
			Doc:   "The log stream. Every stream has requests of its own, so that one for each pod makes many small requests; a record says which pod it is of anyway.",
			Set:   name(&c.Stream, isStreamRune, streamPart),
		},
		{
			Name: "log_event", Type: "name", Default: jsonEvent, Example: textEvent,
			Range: strings.Join(events, ", "),
			Doc:   "What an event is. json: one JSON object, the same that the backend file writes, whose fields Logs Insights finds. text: the text alone; a record without one is JSON.",
			Set:   options.OneOf(events, &c.Event),
		},
		{
			Name: "auto_create_group", Type: "switch", Default: "on", Example: "off",
			Range: "on, off",
			Doc:   "Whether a log group that is missing is made. Otherwise its records wait until it is there (see park_path). A stream that is missing is always made.",
			Set:   options.Switch(&c.Groups),
		},
		{
			Name: "log_retention_days", Type: "number", Example: "30",
			Range: strings.Join(days, ", "),
			Doc:   "How long a log group that the plugin makes keeps its records. Without it, for ever.",
			Set: func(value string) string {
				n, err := strconv.Atoi(value)
				if err != nil || !slices.Contains(retentions, n) {
					return "is not one of the choices"
				}
				c.Retention = n
				return ""
			},
		},
		{
			Name: "log_group_class", Type: "name", Default: standardClass, Example: "INFREQUENT_ACCESS",
			Range: strings.Join(classes, ", "),
			Doc:   "The class of a log group that the plugin makes.",
			Set:   options.OneOf(classes, &c.Class),
		},
		{
			Name: "log_group_tags", Type: "tags", Example: "team=shop, env=prod",
			Range: "up to 50 key=value, separated by commas",
			Doc:   "The tags of a log group that the plugin makes.",
			Set:   setTags(&c.Tags),
		},
		ndjson.IDKey(&c.IDKey),
	}...)
}

// name takes a template whose text is a name, also for a source of which nothing is known.
func name(to *options.Template, valid func(rune) bool, part func(string) string) func(string) string {
	return func(value string) (problem string) {
		t, problem := options.ParseTemplate(value)
		if problem != "" {
			return problem
		}
		if t.Timed() {
			return "has a date"
		}
		for _, sample := range []filters.Source{
			{Cluster: "x", Node: "x", Namespace: "x", Pod: "x", Container: "x", Component: "x"}, {},
		} {
			text := t.Text(&sample, 0, part)
			if strings.ContainsFunc(text, func(r rune) bool { return !valid(r) }) || strings.HasPrefix(text, "aws/") || len(text) > maxName {
				return "makes names that CloudWatch Logs does not take"
			}
		}
		*to = t
		return ""
	}
}

func setTags(to *[]tag) func(string) string {
	return func(value string) string {
		*to = nil
		for entry := range strings.SplitSeq(value, ",") {
			key, content, found := strings.Cut(strings.TrimSpace(entry), "=")
			t := tag{strings.TrimSpace(key), strings.TrimSpace(content)}
			switch {
			case !found || t.key == "" || len(t.key) > 128 || len(t.value) > 256:
				return "has an entry that is not key=value"
			case slices.ContainsFunc(*to, func(other tag) bool { return other.key == t.key }):
				return "has " + strconv.Quote(t.key) + " twice"
			}
			*to = append(*to, t)
		}
		if len(*to) > 50 {
			return "has too many tags"
		}
		return ""
	}
}

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	common.CheckTemplate("log_group_name", c.Group, true)
	common.CheckTemplate("log_stream_name", c.Stream, false)
	return c.Config.Check(common)
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }
