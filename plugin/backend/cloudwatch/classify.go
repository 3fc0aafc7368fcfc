package cloudwatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// notFound is the code for a group or a stream that is missing.
const notFound = "ResourceNotFoundException"

// groupError is an error that is about the group: other groups may work.
type groupError struct{ error }

func (e *groupError) Unwrap() error { return e.error }

// failure is an answer that is no success.
type failure struct {
	operation, code string
	answer          *httpclient.Answer
}

// read returns nil for a success. The code of an error is in the member __type, with a
// namespace before it or not
// (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization).
func (b *Backend) read(a *httpclient.Answer, operation string) *failure {
	if a.Status/100 == 2 {
		return nil
	}
	f := &failure{operation: operation, answer: a}
	var body struct {
		Type string `json:"__type"`
		Code string `json:"code"`
	}
	if json.Unmarshal(a.Body, &body) == nil {
		f.code = body.Type
		if f.code == "" {
			f.code = body.Code
		}
		_, behind, found := strings.Cut(f.code, "#")
		if found {
			f.code = behind
		}
		f.code, _, _ = strings.Cut(f.code, ":")
	}
	return f
}

// verdict turns the failure into an error of Send.
func (f *failure) verdict() error {
	a := f.answer
	switch f.code {
	case "DataAlreadyAcceptedException":
		return nil // of the time when requests had a number; its answer was lost
	case "ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "RequestThrottled":
		return &backend.Throttled{After: a.RetryAfter, Answer: a.String()}
	case "OperationAbortedException", "InvalidSequenceTokenException":
		return errors.New(a.String()) // something else is under way with the group or the stream
	case "AccessDeniedException":
		return &groupError{f.unexpected()} // a policy names groups
	case notFound:
		return &groupError{f.unexpected()}
	case "LimitExceededException":
		return f.waits("there are as many log groups as the account may have: raise the quota, or let log_group_name make fewer")
	case "InvalidParameterException", "ValidationException":
		if f.operation != "PutLogEvents" || a.Says("loggroupname") || a.Says("logstreamname") {
			return f.waits("check log_group_name, log_stream_name, log_retention_days and log_group_tags")
		}
		// About one event, or all of them: too large, or out of a range.
		return &backend.Rejected{Answer: a.String(), Some: true}
	}
	switch {
	case a.Status == 413, a.Status == 429, a.Status/100 == 5 && a.RetryAfter > 0:
		return a.Failure()
	case a.Status/100 == 5: // AWS does not fail because of an event
		return errors.New(a.String())
	case f.code == "":
		return a.Foreign("CloudWatch Logs")
	}
	return f.unexpected() // credentials, the signature, or the form
}

// unexpected returns an error that names the operation, because the permission for it may
// be what is missing.
func (f *failure) unexpected() error {
	return fmt.Errorf("%s: %w", f.operation, f.answer.Unexpected(""))
}

func (f *failure) waits(advice string) error {
	return &groupError{fmt.Errorf("%s: %w", f.operation, f.answer.Unexpected(advice))}
}

// accepted reads the answer to a request that was taken. It sets the verdicts of the
// events that were refused for their time; all others are stored. The index of what is
// too new is that of the first, and those of what is too old are one beyond the last
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_RejectedLogEventsInfo.html).
func accepted(a *httpclient.Answer, events []event, verdicts []error) error {
	var body struct {
		Rejected struct {
			TooNew  *int `json:"tooNewLogEventStartIndex"`
			TooOld  *int `json:"tooOldLogEventEndIndex"`
			Expired *int `json:"expiredLogEventEndIndex"`
		} `json:"rejectedLogEventsInfo"`
	}
	if text := bytes.TrimSpace(a.Body); len(text) > 0 && (text[0] != '{' || json.Unmarshal(text, &body) != nil) || a.IsForeign() {
		return a.Foreign("CloudWatch Logs")
	}
	refuse := func(from, to int, why string) {
		for _, e := range events[max(from, 0):max(min(to, len(events)), max(from, 0))] {
			verdicts[e.item] = &backend.Rejected{Answer: why}
		}
	}
	if r := body.Rejected; r.TooNew != nil {
		refuse(min(*r.TooNew, len(events)), len(events), "the time of the record is too far ahead: CloudWatch Logs takes two hours at most")
	}
	if r := body.Rejected; r.Expired != nil {
		refuse(0, *r.Expired, "the record is older than the retention of its log group")
	}
	if r := body.Rejected; r.TooOld != nil {
		refuse(0, *r.TooOld, "the record is too old: CloudWatch Logs takes 14 days at most")
	}
	return nil
}
