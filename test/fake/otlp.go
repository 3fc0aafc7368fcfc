package fake

import (
	"fmt"
	"net/http"
	"sync"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	"google.golang.org/protobuf/proto"
)

// OTLP is POST /v1/logs of a Collector, for protobuf. It refuses what a Collector
// refuses.
type OTLP struct {
	// Bad says whether a record makes the server refuse its request: it answers 400
	// then, and stores nothing of it. It may be nil.
	Bad func(l LogRecord) bool
	// Keep takes each record that is stored.
	Keep func(l LogRecord)

	mu       sync.Mutex
	problems []string
}

// LogRecord is a record with the attributes of its resource. Their values are
// texts; others are empty.
type LogRecord struct {
	Resource, Attributes map[string]string
	Body                 string
	Nanoseconds          uint64 // since 1970
}

// Problems returns what the sender did wrong.
func (o *OTLP) Problems() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.problems...)
}

// ServeHTTP implements http.Handler.
func (o *OTLP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var request collector.ExportLogsServiceRequest
	status, err := o.read(r, &request)
	if err != nil {
		o.problems = append(o.problems, err.Error())
		http.Error(w, err.Error(), status)
		return
	}
	all := records(&request)
	for _, l := range all {
		if o.Bad != nil && o.Bad(l) {
			http.Error(w, "a record is refused", http.StatusBadRequest)
			return
		}
	}
	for _, l := range all {
		o.Keep(l)
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(http.StatusOK)
}

func (o *OTLP) read(r *http.Request, request *collector.ExportLogsServiceRequest) (status int, err error) {
	switch {
	case r.URL.Path != "/v1/logs":
		return http.StatusNotFound, fmt.Errorf("no such path: %s", r.URL.Path)
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, fmt.Errorf("method %s", r.Method)
	case r.Header.Get("Content-Type") != "application/x-protobuf":
		return http.StatusUnsupportedMediaType, fmt.Errorf("content type %q", r.Header.Get("Content-Type"))
	}
	body, err := plainBody(r)
	if err == nil {
		err = proto.Unmarshal(body, request)
	}
	return http.StatusBadRequest, err
}

// ReadLogsData reads a message of one or more records, as a consumer of a topic with the
// encoding otlp_proto does.
func ReadLogsData(message []byte) ([]LogRecord, error) {
	var request collector.ExportLogsServiceRequest // the same on the wire
	if err := proto.Unmarshal(message, &request); err != nil {
		return nil, err
	}
	return records(&request), nil
}

func records(request *collector.ExportLogsServiceRequest) (all []LogRecord) {
	for _, r := range request.ResourceLogs {
		resource := texts(r.Resource.GetAttributes())
		for _, s := range r.ScopeLogs {
			for _, l := range s.LogRecords {
				all = append(all, LogRecord{resource, texts(l.Attributes), l.Body.GetStringValue(), l.TimeUnixNano})
			}
		}
	}
	return all
}

func texts(attributes []*common.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range attributes {
		all[a.Key] = a.Value.GetStringValue()
	}
	return all
}
