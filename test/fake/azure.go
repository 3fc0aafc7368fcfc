package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// AzureMonitor is the Logs Ingestion API of one data collection rule, and what gives tokens
// for it: Entra ID, and the instance metadata service of a machine. It takes and refuses
// what these say:
//   - https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
//   - https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api
//   - the live tests of Microsoft's clients, for statuses and codes: TestUploadWithError of
//     azure-sdk-for-go's azlogs (InvalidStream), GreaterThan1MbData and NullInput of
//     azure-sdk-for-net's Azure.Monitor.Ingestion (413, 500), and logsIngestionClient.spec of
//     azure-sdk-for-js (the rule that is not found).
type AzureMonitor struct {
	// Rule is the immutable ID of the rule, and Streams what it declares: the types of the
	// columns of each stream, by their names.
	Rule    string
	Streams map[string]map[string]string
	// Tenant, Client and Secret are those of the application that may write. Assertion is
	// the token of a service account that is as good as the secret. Machine is the client of
	// the machine's identity. Empty ones have none.
	Tenant, Client, Secret, Assertion, Machine string
	// Audience is what tokens must be for; https://monitor.azure.com when empty. Token is a
	// token that always counts; empty for none.
	Audience, Token string
	// Lifetime is that of a token; an hour when zero.
	Lifetime time.Duration
	// Forbidden is true for an application without the role.
	Forbidden bool
	// Auxiliary is true for a table of that plan.
	Auxiliary bool
	// Bad says whether a row makes its request malformed; nil for none. Keep takes the rows
	// in the place of Rows; nil for none.
	Bad  func(row map[string]any) bool
	Keep func(stream string, row map[string]any)
	// Answer may answer a request in its place: it returns true then.
	Answer func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	rows     map[string][]map[string]any
	tokens   map[string]azureToken
	asked    []string
	problems []string
}

// Rows returns what a stream has taken: the columns that it declares.
func (a *AzureMonitor) Rows(stream string) []map[string]any {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.rows[stream])
}

// Asked returns the ways in which tokens were asked for: secret, assertion or machine.
func (a *AzureMonitor) Asked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

// Problems returns what a sender without a fault does not send: what is refused, dropped, or
// cut off.
func (a *AzureMonitor) Problems() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.problems)
}

// azureMaxRequest is "1 MB", "both compressed and uncompressed data", and azureMaxValue is
// "64 KB": "fields longer than 64 KB are truncated".
const (
	azureMaxRequest = 1 << 20
	azureMaxValue   = 64_000
)

// ServeHTTP implements http.Handler.
func (a *AzureMonitor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/metadata/"):
		a.metadata(w, r)
		return
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		a.entra(w, r)
		return
	case a.Answer != nil && a.Answer(w, r):
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if status, code, message := a.upload(r); status != http.StatusNoContent {
		if status == http.StatusBadRequest || status == http.StatusUnsupportedMediaType {
			a.problems = append(a.problems, code+": "+message)
		}
		azureError(w, status, code, message)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func azureError(w http.ResponseWriter, status int, code, message string) {
	if code == "" { // NullInput: a failure without a body
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("x-ms-error-code", code)
	w.WriteHeader(status)
	text, _ := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": message}})
	_, _ = w.Write(text)
}

// upload does one request. The caller holds mu.
func (a *AzureMonitor) upload(r *http.Request) (status int, code, message string) {
	rule, stream, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/dataCollectionRules/"), "/streams/")
	encoding := r.Header.Get("Content-Encoding")
	contentType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch {
	case !ok || !strings.HasPrefix(r.URL.Path, "/dataCollectionRules/") || r.Method != http.MethodPost:
		return http.StatusNotFound, "NotFound", "Resource not found"
	case r.URL.Query().Get("api-version") != "2023-01-01":
		return http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests."
	}
	if status, code, message = a.authorize(r); status != 0 {
		return status, code, message
	}
	switch {
	case rule != a.Rule:
		return http.StatusNotFound, "NotFound", fmt.Sprintf("Data collection rule with immutable Id '%s' not found.", rule)
	case a.Forbidden:
		return http.StatusForbidden, "OperationFailed", fmt.Sprintf("The authentication token provided does not have access to ingest data for the data collection rule with immutable Id '%s'.", rule)
	case a.Streams[stream] == nil:
		return http.StatusBadRequest, "InvalidStream", fmt.Sprintf("Stream '%s' is not configured in the data collection rule '%s'.", stream, rule)
	case contentType != "application/json" || encoding != "" && encoding != "gzip":
		return http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The content must be application/json, as it is or in gzip."
	}
	body, err := plainBody(r)
	if err != nil {
		return http.StatusBadRequest, "InvalidContentEncoding", err.Error()
	}
	if r.ContentLength > azureMaxRequest || len(body) > azureMaxRequest {
		return http.StatusRequestEntityTooLarge, "ContentLengthLimitExceeded", "Maximum allowed content length: 1048576 bytes (1 MB)."
	}
	if len(body) == 0 {
		return http.StatusInternalServerError, "", ""
	}
	var rows []map[string]any
	if err := json.Unmarshal(body, &rows); err != nil || rows == nil {
		return http.StatusBadRequest, "InvalidPayload", fmt.Sprintf("The body is no JSON array of objects: %v", err)
	}
	return a.store(stream, rows)
}

// store takes all rows, or none.
func (a *AzureMonitor) store(stream string, rows []map[string]any) (status int, code, message string) {
	var first, last time.Time
	for i, row := range rows {
		text, _ := row["TimeGenerated"].(string)
		at, err := time.Parse("2006-01-02T15:04:05.000000Z", text)
		if err != nil { // the form that every plan takes
			return http.StatusBadRequest, "InvalidPayload", fmt.Sprintf("row %d: TimeGenerated %q", i, text)
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
		if a.Bad != nil && a.Bad(row) {
			return http.StatusBadRequest, "MalformedJson", fmt.Sprintf("row %d is malformed", i)
		}
	}
	if a.Auxiliary && last.Sub(first) > 30*time.Minute {
		return http.StatusBadRequest, "RecordsTimeRangeIsMoreThan30Minutes", "The records span more than 30 minutes."
	}
	for _, row := range rows {
		kept := a.kept(a.Streams[stream], row)
		if a.Keep != nil {
			a.Keep(stream, kept)
			continue
		}
		if a.rows == nil {
			a.rows = map[string][]map[string]any{}
		}
		a.rows[stream] = append(a.rows[stream], kept)
	}
	return http.StatusNoContent, "", ""
}

// kept returns what is stored of a row.
func (a *AzureMonitor) kept(columns map[string]string, row map[string]any) map[string]any {
	stored := map[string]any{}
	for name, value := range row {
		fits, size := false, 0
		switch columns[name] {
		case "string":
			text, ok := value.(string)
			fits, size = ok, len(text)
		case "datetime":
			text, _ := value.(string)
			_, err := time.Parse(time.RFC3339Nano, text)
			fits = err == nil
		case "int":
			n, ok := value.(float64)
			fits = ok && n == float64(int32(n))
		case "boolean":
			_, fits = value.(bool)
		case "dynamic":
			text, _ := json.Marshal(value)
			fits, size = true, len(text)
		}
		switch {
		case !fits:
			a.problems = append(a.problems, fmt.Sprintf("the column %s of the type %q is dropped: %.50v", name, columns[name], value))
			continue
		case size > azureMaxValue:
			a.problems = append(a.problems, fmt.Sprintf("the column %s has %d bytes, and is cut off", name, size))
			continue
		}
		stored[name] = value
	}
	// "The TimeGenerated value can't be more than two days before the received time or more
	// than a day in the future. Otherwise, Azure Monitor Logs replaces the TimeGenerated
	// value with the time received."
	at, _ := time.Parse(time.RFC3339Nano, row["TimeGenerated"].(string))
	if now := time.Now(); at.Before(now.Add(-48*time.Hour)) || at.After(now.Add(24*time.Hour)) {
		stored["TimeGenerated"] = now.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return stored
}
