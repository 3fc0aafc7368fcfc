package googlecloudlogging

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// The canonical codes of Google's APIs that decide
// (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto).
const (
	codeInvalidArgument   = 3
	codeResourceExhausted = 8
	codeOutOfRange        = 11
)

// codeNames are the names of the codes, in their order.
var codeNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
	"FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

func codeName(code int) string {
	if code < 0 || code >= len(codeNames) {
		return "code " + strconv.Itoa(code)
	}
	return codeNames[code]
}

// answer is the body of an answer (https://cloud.google.com/apis/design/errors#http_mapping).
type answer struct {
	Error *struct {
		Code            int
		Message, Status string
		Details         []detail
	}
}

// detail is one of the details of an error: WriteLogEntriesPartialErrors, RetryInfo or
// ErrorInfo.
type detail struct {
	Type           string `json:"@type"`
	LogEntryErrors map[string]struct {
		Code    int
		Message string
	}
	RetryDelay, Reason string
}

// classify turns the answer to a request of so many entries into the error of Send. clean
// makes what the server says fit for a log.
//
// With partialSuccess, an answer that is no success names the entries that were refused, by
// their places, and all others are stored. An answer that names none has stored none. So of
// an answer without names nothing is known of a single entry, and only INVALID_ARGUMENT is
// about the content at all. All other codes are about the project, the permissions, the
// quota, the billing or the server: an operator has to act, or time has to pass.
func classify(a *httpclient.Answer, items int, clean func(string) string) error {
	var said answer
	readable := !a.Cut && json.Unmarshal(a.Body, &said) == nil
	if a.Status/100 == 2 {
		if a.Status != http.StatusOK || !a.Blank() && (!readable || said.Error != nil) {
			return a.Foreign("Google Cloud Logging")
		}
		return nil
	}
	if a.Cut {
		return fmt.Errorf("the answer is too long: %s", a)
	}
	if !readable || said.Error == nil {
		return notGoogles(a)
	}
	shown := *a
	shown.Text = clean(said.Error.Status + ": " + said.Error.Message)
	for _, d := range said.Error.Details {
		if strings.HasSuffix(d.Type, "/google.rpc.RetryInfo") {
			if pause, err := time.ParseDuration(d.RetryDelay); err == nil && shown.RetryAfter == 0 {
				shown.RetryAfter = min(max(pause, 0), maxPause)
			}
		}
		if strings.HasPrefix(d.Reason, "API_KEY_") {
			return shown.Unexpected("check the credentials")
		}
	}
	for _, d := range said.Error.Details {
		if strings.HasSuffix(d.Type, "/google.logging.v2.WriteLogEntriesPartialErrors") && len(d.LogEntryErrors) > 0 {
			return partial(&shown, d, items, clean)
		}
	}
	return wholeRequest(&shown, said.Error.Status)
}

// maxPause is the longest pause that a server can ask for.
const maxPause = 5 * time.Minute

// notGoogles returns the error for an answer that is no success and not Google's own: no
// entry is to blame.
func notGoogles(a *httpclient.Answer) error {
	err := a.Failure()
	var rejected *backend.Rejected
	if errors.As(err, &rejected) {
		return a.Unexpected("this is no answer of Google Cloud Logging: check endpoint")
	}
	return err
}

// advice says what an operator can change after a status about the request.
var advice = map[string]string{
	"UNAUTHENTICATED":     "check google_credentials_file, or the service account of the pod",
	"PERMISSION_DENIED":   "check google_project, give the service account roles/logging.logWriter, and enable the Cloud Logging API",
	"NOT_FOUND":           "check google_project and endpoint",
	"FAILED_PRECONDITION": "check the project and its billing",
}

func wholeRequest(a *httpclient.Answer, status string) error {
	switch status {
	case "INVALID_ARGUMENT":
		if a.Says("payload size exceeds") {
			return &backend.TooLarge{Answer: a.String()}
		}
		return &backend.Rejected{Answer: a.String(), Some: true}
	case "RESOURCE_EXHAUSTED":
		return &backend.Throttled{After: a.RetryAfter, Answer: a.String()}
	}
	if text, ok := advice[status]; ok {
		return a.Unexpected(text)
	}
	if a.Status == http.StatusBadRequest {
		return a.Unexpected("")
	}
	return a.Failure()
}

// partial returns a verdict for each entry. An answer that does not fit the request decides
// on none: all entries are sent again, which their insertIds make harmless.
func partial(a *httpclient.Answer, d detail, items int, clean func(string) string) error {
	verdicts := make([]error, items)
	refused, never := 0, 0
	var first error
	for place, e := range d.LogEntryErrors {
		i, err := strconv.Atoi(place)
		if err != nil || i < 0 || i >= items {
			return fmt.Errorf("the answer is about entry %.20q of %d: %s", place, items, a)
		}
		text := clean(codeName(e.Code) + ": " + e.Message)
		switch e.Code {
		case 0: // OK
			continue
		case codeInvalidArgument, codeOutOfRange:
			verdicts[i] = &backend.Rejected{Answer: text}
			never++
		case codeResourceExhausted:
			verdicts[i] = &backend.Throttled{After: a.RetryAfter, Answer: text}
		default:
			verdicts[i] = errors.New(text)
		}
		refused++
		if first == nil {
			first = verdicts[i]
		}
	}
	switch {
	case refused == 0:
		return a.Unexpected("")
	case refused == items && never == 0:
		return &backend.NotTaken{Err: first, Items: verdicts}
	}
	return &backend.PartialError{Items: verdicts}
}
