package otlp

import (
	"fmt"
	"net/http"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// classify says what an answer means
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response). clean makes
// what the server says fit for a log.
//
// The specification wants 429, 502, 503 and 504 tried again, and nothing else.
// It speaks to exporters that can only drop what they do not send. Here what is
// not tried again fills a dead-letter file, which is bounded; so these are tried
// again as well, and Fluent Bit's storage holds them:
//
//   - 500, and the other 5xx. In an outage, servers answer it that have nothing
//     against the records: Collectors before 0.104 did for every queue that was
//     full. Backoff and the gate of delivery spare a server that is down.
//   - redirects, and all 4xx but 400, 413 and 422 (httpclient.Failure): they speak
//     of the connection, of who asks, of the address and of the compression, and
//     never of a record.
//
// A 400 has stored nothing, but for Loki's, which has stored the valid records
// and drops those that arrive again. So the record that is to blame is found by
// sending fewer at a time.
func classify(a *httpclient.Answer, clean func(string) string) error {
	switch a.Status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return classifySuccess(a, clean)
	}
	if message, ok := readStatus(a.Body); ok {
		said := *a
		said.Text = clean(message)
		a = &said
	}
	// Others with a 2 are no success either: Loki answers 260 while ingestion is
	// blocked.
	return a.Failure()
}

// classifySuccess reads what a server says of records that it did not take.
//
// Of a partial success nobody can tell which records it means, and the request
// must not be repeated, not even in parts: most of it is stored. To count all
// as delivered would lose the others without a trace. So all of them go to the
// dead-letter file, with the server's word on how many it took: what is lost
// is in there, and log.record.uid tells what of it the backend has already.
//
// A body that is no ExportLogsServiceResponse, such as a page, is no answer of a
// backend: the address is that of something else, and the records went nowhere.
func classifySuccess(a *httpclient.Answer, clean func(string) string) error {
	p, ok := readSuccess(a.Body)
	if a.IsForeign() || !ok && !a.Blank() {
		return a.Foreign("a receiver of OTLP")
	}
	if p.rejected <= 0 {
		return nil // with a message it is a suggestion
	}
	return &backend.Rejected{Answer: fmt.Sprintf(
		"partial success: %d records of the request were refused and the others stored, and nobody knows which: %s",
		p.rejected, clean(p.message))}
}
