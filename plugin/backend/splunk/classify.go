package splunk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// The codes in the body of an answer that decide more than its status does
// (https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector).
const (
	success        = 0
	invalidFormat  = 6
	incorrectIndex = 7
	serverBusy     = 9
	eventRequired  = 12
	eventBlank     = 13
	ackDisabled    = 14
	indexedFields  = 15
)

// reply is the body of an answer.
type reply struct {
	Code *int
	// Invalid is the number of the event at which reading ended, from 0.
	Invalid *int `json:"invalid-event-number"`
	AckID   *uint64
	Acks    map[string]bool
}

// readReply reads a body. It returns the zero value for a body that is not
// Splunk's.
func readReply(body []byte) (r reply) {
	if json.Unmarshal(body, &r) != nil {
		return reply{}
	}
	return r
}

// rules are the options that decide what an answer means.
type rules struct {
	// ack: events count only when the indexers have them.
	ack bool
	// manyIndexes: the index depends on who wrote a record. Then a refusal for the
	// index is about the scope of the events.
	manyIndexes bool
}

// classify turns the answer to a request of so many events into the error of
// Send.
func (o rules) classify(a *httpclient.Answer, items int) (reply, error) {
	r := readReply(a.Body)
	if a.Status/100 == 2 {
		// Collectors that are not Splunk's say nothing, or OK.
		if text := bytes.Trim(a.Body, "\" \r\n"); r.Code == nil && (len(text) == 0 || bytes.EqualFold(text, []byte("ok"))) ||
			r.Code != nil && *r.Code == success {
			return r, nil
		}
		return r, a.Foreign("Splunk")
	}
	if r.Code == nil {
		return r, withoutCode(a)
	}
	switch *r.Code {
	case invalidFormat, eventRequired, eventBlank, indexedFields:
		// These codes are about one event. Splunk has indexed the events before
		// it, and has not read those behind it.
		if r.Invalid == nil || *r.Invalid < 0 || *r.Invalid >= items {
			return r, &backend.Rejected{Answer: a.String(), Some: true}
		}
		return r, partial(a, items, *r.Invalid, o.ack)
	case incorrectIndex:
		// All events of a request have one index, so none was indexed. (The
		// number of the event in the answer is one too high.) The records wait until
		// an operator has created it. One of many indexes waits alone.
		if o.manyIndexes {
			return r, allOfThem(items, a.Unexpected(adviceByCode[incorrectIndex]))
		}
	case serverBusy:
		return r, &backend.Throttled{After: a.RetryAfter, Answer: a.String()}
	}
	if a.Status == 400 || a.Status == 401 || a.Status == 403 {
		// No data (5), the token (1 to 4, 21, 22), the channel (10, 11),
		// acknowledgement that is off (14), or a code of a later version: these
		// are about the request, and an operator has to act.
		return r, a.Unexpected(adviceByCode[*r.Code])
	}
	return r, a.Failure()
}

// allOfThem returns the error for a request whose items are all refused for now, because
// of their index.
func allOfThem(items int, why error) error {
	verdicts := make([]error, items)
	for i := range verdicts {
		verdicts[i] = why
	}
	return &backend.PartialError{Items: verdicts}
}

// adviceByCode says what an operator can change after a code about the request.
var adviceByCode = map[int]string{
	1: "enable the token in Splunk", 2: "set authorization_file to a file with the token", 3: "check authorization_type and authorization_file",
	4: "check the token in authorization_file", incorrectIndex: "create the index of splunk_index, or let the token write to it",
	10: "set splunk_ack on", 11: "set splunk_ack on", ackDisabled: "set splunk_ack off, or enable indexer acknowledgement for the token",
	16: "set authorization_file to a file with the token", 21: "check the token in authorization_file", 22: "check the token in authorization_file",
}

// withoutCode returns the error for an answer that is no success and not Splunk's
// own. No event is to blame then: a wrong path is often a 400.
func withoutCode(a *httpclient.Answer) error {
	err := a.Failure()
	var rejected *backend.Rejected
	if errors.As(err, &rejected) {
		return a.Unexpected("this is no answer of Splunk: check endpoint")
	}
	return err
}

// partial returns the error for a request of which Splunk refused one event.
// Where events need an acknowledgement, there is none for the events before it,
// so they are sent again.
func partial(a *httpclient.Answer, items, refused int, ack bool) error {
	m := &backend.PartialError{Items: make([]error, items)}
	later := fmt.Errorf("not looked at, because of event %d: %s", refused, a)
	for i := range m.Items {
		switch {
		case i == refused:
			m.Items[i] = &backend.Rejected{Answer: a.String()}
		case i > refused || ack:
			m.Items[i] = later
		}
	}
	return m
}
