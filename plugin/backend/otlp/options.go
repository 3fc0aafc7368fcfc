package otlp

import (
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is OTLP over HTTP in protobuf
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
var protocol = httpbackend.Protocol{
	Path:         "/v1/logs",
	PathEnds:     []string{"/v1/logs", grpcPath},
	ContentType:  "application/x-protobuf",
	Compressions: []string{"none", "gzip", "zstd"},
}

// The values of the option otlp_protocol.
const (
	httpProtocol = "http"
	grpcProtocol = "grpc"
)

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	TraceIDs bool
	GRPC     bool // otlp_protocol
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	return append(c.OptionsFor(protocol), options.Option{
		Name: "otlp_protocol", Type: "name", Default: httpProtocol, Example: grpcProtocol,
		Range: httpProtocol + ", " + grpcProtocol,
		Doc:   "How requests travel. http: as POST /v1/logs, mostly at port 4318. grpc: as calls of LogsService/Export, mostly at port 4317, over HTTP/2, without TLS where endpoint begins with http://; headers, header_files and the credentials become its metadata. Not every server takes zstd over gRPC.",
		Set: func(value string) string {
			c.GRPC = value == grpcProtocol
			return options.OneOf([]string{httpProtocol, grpcProtocol}, new(string))(value)
		},
	}, httpbackend.TraceIDs(&c.TraceIDs))
}
