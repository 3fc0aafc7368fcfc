package kafka

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// The values of the option kafka_format.
const (
	jsonFormat = "json"
	otlpFormat = "otlp"
)

// Config is the options of the backend.
type Config struct {
	Brokers      []string // host:port
	Topic, Key   options.Template
	CreateTopics bool
	Compression  string
	OTLP         bool // kafka_format
	TraceIDs     bool
	MaxMessage   int // max_message_bytes
	Headers      []kgo.RecordHeader
	IDHeader     string
	IDKey        string
	SASL         SASL
	UseTLS       bool
	TLS          httpclient.TLS
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	compressions := []string{"none", "gzip", "snappy", "lz4", "zstd"}
	idKey, traceIDs := ndjson.IDKey(&c.IDKey), httpbackend.TraceIDs(&c.TraceIDs)
	idKey.Note, traceIDs.Note = "with kafka_format json.", "with kafka_format otlp."
	all := []options.Option{
		{
			Name: "brokers", Type: "addresses", Example: "kafka-0.kafka:9092, kafka-1.kafka:9092", Required: true,
			Range: "host:port, several separated by commas",
			Doc:   "Brokers of the Kafka cluster. They name the others; two or three are enough.",
			Set:   c.setBrokers,
		},
		{
			Name: "topic", Type: "template", Default: "k8slog", Example: "logs.{namespace|component|no_name}",
			Range: "text with {field|field|word} and {%Y.%m.%d} in it, fields being " + strings.Join(options.TemplateFields, ", ") + options.LabelFields + ", dates being made of %Y, %m, %d, %H, %G and %V; the rest letters, digits, dots, - and _",
			Doc:   "The topic that records go to. A date is that of the record's time, in UTC; one that is more than 30 days old or a day ahead counts as that. No text of a log can get into it otherwise. Beside the name of a namespace, that of a component is component_kubelet, as in the option tenant.",
			Rule:  "index",
			Set:   c.setTopic,
		},
		{
			Name: "message_key", Type: "template", Example: "{namespace|component}/{pod|node}/{container|no_name}",
			Range: options.TemplateRange,
			Doc:   "The key of records. Those with the same key are in one partition, in their order. Without it, records have no key, and are spread over the partitions.",
			Set:   c.setKey,
		},
		{
			Name: "create_topics", Type: "switch", Default: "on", Example: "off",
			Range: "on, off",
			Doc:   "Whether a missing topic is asked for, which brokers with auto.create.topics.enable then create. Off: its records wait until somebody creates it.",
			Set:   options.Switch(&c.CreateTopics),
		},
		{
			Name: "kafka_format", Type: "name", Default: jsonFormat, Example: otlpFormat,
			Range: jsonFormat + ", " + otlpFormat,
			Doc:   "What the value of a record of Kafka is. json: a JSON object. otlp: a message LogsData of OpenTelemetry in protobuf with that one record, which the Collector's receiver kafka reads with encoding otlp_proto.",
			Set: func(value string) string {
				c.OTLP = value == otlpFormat
				return options.OneOf([]string{jsonFormat, otlpFormat}, new(string))(value)
			},
		},
		{
			Name: "compression", Type: "name", Default: "none", Example: "gzip",
			Range: strings.Join(compressions, ", "),
			Doc:   "How the body of a request is compressed.",
			Note:  "how a batch is compressed; brokers and consumers must know it (zstd: since Kafka 2.1).",
			Set:   options.OneOf(compressions, &c.Compression),
		},
		{
			Name: "max_message_bytes", Type: "size", Default: "1000000", Example: "8M",
			Range: "16KiB to 64MiB",
			Doc:   "The largest batch before it is compressed, and so the largest record: not more than max.message.bytes of the topics. A text that is longer than this less 64 KiB is cut, unless text_bytes says otherwise. A record that is too large all the same goes to the dead-letter file.",
			Set:   options.Size(16<<10, 64<<20, &c.MaxMessage),
		},
		{
			Name: "record_headers", Type: "headers", Example: "source: k8slog | cluster: eu-1",
			Range: "Name: value, several separated by |",
			Doc:   "Headers of every record, as Name: value, separated by a vertical bar.",
			Set:   c.setHeaders,
		},
		{
			Name: "id_header", Type: "name", Default: "k8slog-id", Example: "id",
			Range: "the name of a header, or none",
			Doc:   "The header that holds the record's ID: 32 characters, the same for the same record whenever it is sent again, by which a consumer can tell repeats. none leaves it out.",
			Set:   c.setIDHeader,
		},
		{
			Name: "sasl_mechanism", Type: "name", Default: noSASL, Example: scram512,
			Range: strings.Join(mechanisms, ", "),
			Doc:   "How the plugin shows brokers who it is. PLAIN and SCRAM need sasl_user and sasl_password_file, OAUTHBEARER needs sasl_token_file. AWS_MSK_IAM: sasl_user is the access key, sasl_password_file has the secret key, and sasl_token_file that of the session, if there is one.",
			Set:   options.OneOf(mechanisms, &c.SASL.Mechanism),
		},
		{
			Name: "sasl_user", Type: "text", Example: "k8slog",
			Doc: "The user of SASL.",
			Set: options.Text(&c.SASL.User),
		},
		{
			Name: "sasl_password_file", Type: "path", Example: "/var/run/secrets/k8slog/password",
			Doc: "The file with the password of that user. It is read for each connection, so that it can be rotated.",
			Set: options.Text(&c.SASL.PasswordFile),
		},
		{
			Name: "sasl_token_file", Type: "path", Example: "/var/run/secrets/kafka/token",
			Doc: "The file with the token of SASL, read for each connection.",
			Set: options.Text(&c.SASL.TokenFile),
		},
		idKey, traceIDs,
		httpbackend.UseTLS(&c.UseTLS),
	}
	return append(all, httpbackend.TLSOptions(&c.TLS)...)
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	common.CheckTemplate("topic", c.Topic, true)
	common.CheckTemplate("message_key", c.Key, false)
	if c.OTLP && c.IDKey != "" {
		common.Warn("id_key", "option id_key has no effect with kafka_format otlp: the attribute log.record.uid has the ID")
	}
	if err := httpbackend.CheckTLS(&c.TLS, c.UseTLS, common); err != nil {
		return err
	}
	return c.SASL.check(c.UseTLS, common)
}

func (c *Config) brokers() string { return strings.Join(c.Brokers, ", ") }

func (c *Config) setBrokers(value string) string {
	c.Brokers = nil
	for address := range strings.SplitSeq(value, ",") {
		address = strings.TrimSpace(address)
		host, port, err := net.SplitHostPort(address)
		if n, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil || n == 0 || host == "" || strings.ContainsAny(host, "/@ ") {
			return "is not host:port"
		}
		if slices.Contains(c.Brokers, address) {
			return "names a broker twice"
		}
		c.Brokers = append(c.Brokers, address)
	}
	return ""
}

func (c *Config) setKey(value string) (problem string) {
	if c.Key, problem = options.ParseTemplate(value); problem == "" && c.Key.Timed() {
		problem = "has a date, which would end the order of a key"
	}
	return problem
}

func (c *Config) setHeaders(value string) string {
	c.Headers = nil
	for part := range strings.SplitSeq(value, "|") {
		name, text, found := strings.Cut(part, ":")
		if name = strings.TrimSpace(name); !found || name == "" {
			return "is not Name: value"
		}
		c.Headers = append(c.Headers, kgo.RecordHeader{Key: name, Value: []byte(strings.TrimSpace(text))})
	}
	return ""
}

func (c *Config) setIDHeader(value string) string {
	if c.IDHeader = value; value == "none" {
		c.IDHeader = ""
	}
	return ""
}
