package http

import (
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// preset is what a vendor documents of its API. It gives options another default, and has
// what no option says.
type preset struct {
	name string
	// defaults are those of options, by their names.
	defaults map[string]string
	// keyHeader is the header with the key of authorization_file, where that is not
	// Authorization.
	keyHeader string
	// data is the object that has all of a record but its time.
	data string
	// records is the most records of a request; zero for any.
	records int
	// more are names of what render adds to a source, each with a comma before it.
	more   []string
	render func(dst []byte, s *filters.Source) []byte
	// partial reads a success of which some records may be refused; nil where there is
	// none.
	partial func(a *httpclient.Answer, items int) error
}

// presets are the vendors. The documentation of each says what the option does:
//   - https://docs.datadoghq.com/api/latest/logs/#send-logs
//   - https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/
//   - https://axiom.co/docs/restapi/endpoints/ingestIntoDataset
//   - https://betterstack.com/docs/logs/http-rest-api/
//   - https://api-docs.honeycomb.io/api/events/createevents
//   - https://www.parseable.com/docs/api/log-ingestion
//   - https://openobserve.ai/docs/api/ingestion/logs/json/
var presets = []*preset{
	{
		name: "datadog",
		defaults: map[string]string{
			"http_format": "json", "compression": "gzip", "http_time_key": "timestamp", "http_text_key": "message", "http_severity_key": "status",
			"batch_bytes": "512KB", "text_bytes": "900KB", // of 5 MB a request and 1 MB a log
		},
		keyHeader: "Dd-Api-Key", records: 1000,
		more: []string{"ddsource", "ddtags", "service", "hostname"}, render: renderDatadog,
	},
	{
		name: "newrelic",
		defaults: map[string]string{
			"http_format": "json", "compression": "gzip", "http_time_key": "timestamp", "http_time_format": "unix_ms", "http_text_key": "message", "http_severity_key": "level",
			"batch_bytes": "900KB", "text_bytes": "128KB", // of 1 MB a request
		},
		keyHeader: "Api-Key",
	},
	{
		name: "axiom",
		defaults: map[string]string{
			"http_format": "ndjson", "compression": "zstd", "http_time_key": "_time", "http_text_key": "message", "http_severity_key": "level",
		},
		partial: axiomPartial,
	},
	{
		name: "betterstack",
		defaults: map[string]string{
			"http_format": "json", "compression": "gzip", "http_time_key": "dt", "http_text_key": "message", "http_severity_key": "level",
		},
	},
	{
		name: "honeycomb",
		defaults: map[string]string{
			"http_format": "json", "compression": "gzip", "http_text_key": "message", "http_severity_key": "level",
			"text_bytes": "64KB", // of a value
		},
		keyHeader: "X-Honeycomb-Team", data: "data", partial: honeycombPartial,
	},
	{
		name: "parseable",
		defaults: map[string]string{
			"http_format": "json", "compression": "none", "http_text_key": "message", "http_severity_key": "level", "headers": "X-P-Stream: k8slog",
		},
	},
	{
		name: "openobserve",
		defaults: map[string]string{
			"http_format": "json", "compression": "gzip", "http_time_key": "_timestamp", "http_time_format": "unix_us", "http_text_key": "message", "http_severity_key": "level",
		},
		partial: openObservePartial,
	},
}

func presetNames() (names []string) {
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

// presetOf returns the preset of a name, and one that changes nothing for any other.
func presetOf(name string) *preset {
	i := slices.IndexFunc(presets, func(p *preset) bool { return p.name == name })
	if i < 0 {
		return &preset{}
	}
	return presets[i]
}

// renderDatadog adds Datadog's reserved attributes. A source is what its integrations call
// a technology, by which pipelines are chosen.
func renderDatadog(dst []byte, s *filters.Source) []byte {
	service := s.Container
	if service == "" {
		service = s.Component
	}
	var tags []string
	for _, t := range [...]struct{ name, value string }{
		{"kube_cluster_name", s.Cluster}, {"kube_namespace", s.Namespace}, {"pod_name", s.Pod}, {"kube_container_name", s.Container},
	} {
		if t.value != "" {
			tags = append(tags, t.name+":"+t.value)
		}
	}
	for _, m := range [...]struct{ name, value string }{
		{"ddsource", "kubernetes"}, {"service", service}, {"hostname", s.Node}, {"ddtags", strings.Join(tags, ",")},
	} {
		if m.value != "" {
			dst = append(dst, ',', '"')
			dst = append(dst, m.name...)
			dst = jsontext.AppendString(append(dst, '"', ':'), m.value)
		}
	}
	return dst
}

// tooMany refuses a request that has more records than the vendor takes, as a server does.
func (p *preset) tooMany(items int) error {
	if p.records == 0 || items <= p.records {
		return nil
	}
	return &backend.TooLarge{Answer: "the vendor takes 1000 records in a request"}
}
