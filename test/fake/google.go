package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// GoogleCloudLogging is entries:write, and the metadata server of its project. It decodes
// with Google's own types, by the rules of their JSON, and refuses what
// https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/write,
// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry and
// https://cloud.google.com/logging/quotas say.
type GoogleCloudLogging struct {
	// Project is the only one that the token may write to.
	Project string
	// Token is the only one that is valid; empty for any. The metadata server gives it.
	Token string
	// Location and Cluster are what the metadata server says; empty for what it does not
	// know.
	Location, Cluster string
	// Code says whether an entry is refused, by a code of google.rpc; Keep takes each entry
	// that is stored, in the place of Entries. Both may be nil.
	Code func(e *loggingpb.LogEntry) int
	Keep func(e *loggingpb.LogEntry)
	// Answer may answer a request in its place: it returns true then.
	Answer func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	entries  []*loggingpb.LogEntry
	seen     map[string]bool
	problems []string
	asked    []string // of the metadata server
}

// Entries returns those that are stored. One that has the log, the time and the insertId of
// another is the same, and there once.
func (g *GoogleCloudLogging) Entries() []*loggingpb.LogEntry {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.entries)
}

// Problems returns what was refused that no sender without a fault sends.
func (g *GoogleCloudLogging) Problems() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.problems)
}

// Asked returns the paths that the metadata server was asked for.
func (g *GoogleCloudLogging) Asked() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.asked)
}

// googleNames are the names and the HTTP statuses of the codes of google.rpc.
var googleNames = map[int]struct {
	status int
	name   string
}{
	3: {400, "INVALID_ARGUMENT"}, 5: {404, "NOT_FOUND"}, 7: {403, "PERMISSION_DENIED"}, 8: {429, "RESOURCE_EXHAUSTED"},
	9: {400, "FAILED_PRECONDITION"}, 11: {400, "OUT_OF_RANGE"}, 13: {500, "INTERNAL"}, 14: {503, "UNAVAILABLE"}, 16: {401, "UNAUTHENTICATED"},
}

// GoogleError writes an error as Google's APIs do
// (https://cloud.google.com/apis/design/errors#http_mapping).
func GoogleError(w http.ResponseWriter, code int, message string, details ...any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(googleNames[code].status)
	text, _ := json.MarshalIndent(map[string]any{"error": map[string]any{
		"code": googleNames[code].status, "message": message, "status": googleNames[code].name, "details": details,
	}}, "", "  ")
	_, _ = w.Write(text)
}

// ServeHTTP implements http.Handler.
func (g *GoogleCloudLogging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/computeMetadata/") {
		g.metadata(w, r)
		return
	}
	if g.Answer != nil && g.Answer(w, r) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	encoding := r.Header.Get("Content-Encoding")
	switch {
	case g.Token != "" && r.Header.Get("Authorization") != "Bearer "+g.Token:
		GoogleError(w, 16, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
			map[string]any{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED"})
		return
	case r.URL.Path != "/v2/entries:write" || r.Method != http.MethodPost || encoding != "" && encoding != "gzip":
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><title>Error 404 (Not Found)!!1</title></html>")
		return
	}
	body, err := plainBody(r)
	if err != nil {
		g.refuse(w, "Invalid JSON payload received: "+err.Error())
		return
	}
	if len(body) > 10<<20 { // "Size of an entries.write request: 10 MB"
		GoogleError(w, 3, "Request payload size exceeds the limit: 10485760 bytes.")
		return
	}
	var request loggingpb.WriteLogEntriesRequest
	if err := protojson.Unmarshal(body, &request); err != nil {
		g.refuse(w, "Invalid JSON payload received. "+err.Error())
		return
	}
	g.write(w, &request)
}

// refuse answers to a request that is not valid as a whole.
func (g *GoogleCloudLogging) refuse(w http.ResponseWriter, message string) {
	g.problems = append(g.problems, message)
	GoogleError(w, 3, message)
}

// write stores the entries that are valid. "If any entry failed, then the response status
// is the response status of one of the failed entries." "Failed requests for which no
// entries are written will not include per-entry errors."
func (g *GoogleCloudLogging) write(w http.ResponseWriter, request *loggingpb.WriteLogEntriesRequest) {
	type entryError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	failed := map[string]entryError{}
	var one entryError
	for i, e := range request.Entries {
		if code, message := g.check(e); code != 0 {
			one = entryError{code, message}
			failed[strconv.Itoa(i)] = one
		}
	}
	stored := len(request.Entries) - len(failed)
	if len(failed) > 0 && !request.PartialSuccess {
		stored = 0
	}
	for i, e := range request.Entries {
		if _, no := failed[strconv.Itoa(i)]; !no && stored > 0 {
			g.store(e)
		}
	}
	switch {
	case len(failed) == 0:
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		_, _ = io.WriteString(w, "{}\n")
	case stored == 0:
		GoogleError(w, one.Code, one.Message)
	default:
		GoogleError(w, one.Code, one.Message, map[string]any{
			"@type": "type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors", "logEntryErrors": failed,
		})
	}
}

// store keeps an entry. "If you provide a value, then Logging considers other log entries
// in the same project, with the same timestamp, and with the same insertId to be
// duplicates".
func (g *GoogleCloudLogging) store(e *loggingpb.LogEntry) {
	key := e.LogName + " " + e.Timestamp.AsTime().String() + " " + e.InsertId
	if g.seen == nil {
		g.seen = map[string]bool{}
	}
	if g.seen[key] {
		return
	}
	g.seen[key] = true
	if g.Keep != nil {
		g.Keep(e)
		return
	}
	g.entries = append(g.entries, e)
}

// googleLog is the name of a log: "LOG_ID must be URL-encoded within logName", "less than
// 512 characters", of "upper and lower case alphanumeric characters, forward-slash,
// underscore, hyphen, and period".
var googleLog = regexp.MustCompile(`^projects/([a-z0-9.:-]+)/logs/([A-Za-z0-9_.%-]+)$`)

// googleResources are the labels of the resources that are known here
// (https://cloud.google.com/logging/docs/api/v2/resource-list).
var googleResources = map[string][]string{
	"k8s_container": {"cluster_name", "container_name", "location", "namespace_name", "pod_name", "project_id"},
	"k8s_pod":       {"cluster_name", "location", "namespace_name", "pod_name", "project_id"},
	"k8s_node":      {"cluster_name", "location", "node_name", "project_id"},
}

// check returns the code by which an entry is refused.
func (g *GoogleCloudLogging) check(e *loggingpb.LogEntry) (code int, message string) {
	fault := func(format string, args ...any) (int, string) {
		text := fmt.Sprintf(format, args...)
		g.problems = append(g.problems, text)
		return 3, text
	}
	log := googleLog.FindStringSubmatch(e.LogName)
	var id string
	if log != nil {
		id, _ = url.PathUnescape(log[2])
	}
	var labels []string
	for name := range e.GetResource().GetLabels() {
		labels = append(labels, name)
	}
	slices.Sort(labels)
	size := proto.Size(e)
	switch {
	case log == nil || id == "" || len(e.LogName) >= 512 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-.") != "":
		return fault("A valid log name is required. %q", e.LogName)
	case log[1] != g.Project:
		return 7, "Permission 'logging.logEntries.create' denied on resource (or it may not exist)."
	case e.GetResource().GetLabels()["project_id"] != g.Project:
		return fault("The resource is of another project: %v", e.Resource)
	case !slices.Equal(labels, googleResources[e.GetResource().GetType()]):
		return fault("Unsupported labels of resource %q: %v", e.GetResource().GetType(), labels)
	case size > 256_000: // "Size of a LogEntry: 256 KB"
		return 3, fmt.Sprintf("Log entry with size: %.1fK exceeds maximum size of 256.0K", float64(size)/1000)
	case e.Timestamp == nil || e.Timestamp.CheckValid() != nil || e.Timestamp.AsTime().After(time.Now().Add(24*time.Hour)):
		return fault("The timestamp is no valid one: %v", e.Timestamp)
	case len(e.Labels) > 64: // "Number of labels per LogEntry: 64"
		return fault("%d labels", len(e.Labels))
	case e.Payload == nil:
		return fault("No payload")
	case e.TraceSampled && e.Trace == "", e.SpanId != "" && e.Trace == "":
		return fault("A span without a trace")
	}
	for key, value := range e.Labels {
		if key == "" || len(key) > 512 || len(value) > 64<<10 {
			return fault("A label of %d and %d bytes", len(key), len(value))
		}
	}
	if g.Code != nil {
		if code := g.Code(e); code != 0 {
			return code, "It is refused: " + googleNames[code].name
		}
	}
	return 0, ""
}

// metadata is the metadata server
// (https://cloud.google.com/compute/docs/metadata/querying-metadata).
func (g *GoogleCloudLogging) metadata(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/computeMetadata/v1/")
	g.asked = append(g.asked, path)
	w.Header().Set("Metadata-Flavor", "Google")
	if r.Header.Get("Metadata-Flavor") != "Google" || r.Header.Get("X-Forwarded-For") != "" || r.Method != http.MethodGet {
		http.Error(w, "Missing required header", http.StatusForbidden)
		return
	}
	value := map[string]string{
		"project/project-id": g.Project, "instance/attributes/cluster-location": g.Location, "instance/attributes/cluster-name": g.Cluster,
		"instance/zone": "projects/123456789/zones/europe-west1-b",
	}[path]
	if path == "instance/service-accounts/default/token" {
		if r.URL.Query().Get("scopes") != "https://www.googleapis.com/auth/logging.write" {
			http.Error(w, "an unexpected scope", http.StatusBadRequest)
			return
		}
		value = fmt.Sprintf(`{"access_token":%q,"expires_in":3599,"token_type":"Bearer"}`, g.Token)
	}
	if value == "" {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, value)
}
