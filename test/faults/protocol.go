package faults

import (
	"hash/maphash"
	"net/http"
)

// Server is a strict server of a protocol (package fake). It answers a request as
// the real one does, and tells of what only a sender with a fault sends.
type Server interface {
	http.Handler
	Problems() []string
}

// Protocol is what a Backend speaks.
type Protocol struct {
	Name string
	// Conf is the shipped configuration of the output, below conf/.
	Conf string
	// Options are lines of the output that the shipped configuration does not have.
	Options string
	// Path is what an endpoint has behind the address.
	Path string
	// Hides is whether readers see a record once that was stored twice.
	Hides bool
	// Limit is a size of a request, as it is sent, that a second's lines exceed.
	Limit int
	// Refusal is what a dead letter says of why a row was refused; "400" when empty.
	Refusal string
	// Serve makes the server, which stores what it takes in the backend's ledger,
	// and refuses rows that the backend's fault refuses.
	Serve func(b *Backend) Server
}

// The protocols. Of all nine, the whole suite runs over the first three.
var (
	HTTP          = &Protocol{Name: "http", Conf: "clusters/default.conf", Path: "/logs", Limit: 100 << 10, Serve: serveLines}
	Loki          = &Protocol{Name: "loki", Conf: "backends/loki.conf", Hides: true, Limit: 20 << 10, Serve: serveLoki}
	Elasticsearch = &Protocol{Name: "elasticsearch", Conf: "backends/elasticsearch.conf", Hides: true, Limit: 20 << 10, Serve: serveElasticsearch}
	OTLP          = &Protocol{Name: "otlp", Conf: "backends/otlp.conf", Limit: 20 << 10, Serve: serveOTLP}
	Splunk        = &Protocol{Name: "splunk", Conf: "backends/splunk.conf", Limit: 20 << 10, Serve: serveSplunk}
	CloudWatch    = &Protocol{Name: "cloudwatch", Conf: "backends/cloudwatch.conf", Limit: 100 << 10, Serve: serveCloudWatch}
	Google        = &Protocol{Name: "google_cloud_logging", Conf: "backends/google_cloud_logging.conf", Options: "    authorization_file ${K8SLOG_TOKEN_FILE}\n", Hides: true, Limit: 20 << 10, Refusal: "INVALID_ARGUMENT", Serve: serveGoogle}
	Azure         = &Protocol{Name: "azure", Conf: "backends/azure.conf", Options: "    azure_metadata_url ${K8SLOG_ENDPOINT}\n", Limit: 20 << 10, Refusal: "MalformedJson", Serve: serveAzure}
	VictoriaLogs  = &Protocol{Name: "victorialogs", Conf: "backends/victorialogs.conf", Limit: 10 << 10, Serve: serveVictoriaLogs}
)

var idSeed = maphash.MakeSeed()

// idOf returns a number that two texts hardly share; never zero.
func idOf(text string) uint64 { return max(maphash.String(idSeed, text), 1) }
