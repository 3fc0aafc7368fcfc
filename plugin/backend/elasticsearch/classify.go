package elasticsearch

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// longLine is the length above which a line may be too long for VictoriaLogs,
// which takes bulk requests too: it drops such a line and all lines behind it,
// and its answer is empty. To shorter requests, an empty answer is a lost one.
const longLine = 256 << 10

// classify turns the answer to a request into the error of Send. An answer that
// does not fit the documents decides on none of them. Then all are sent again,
// which the ids make harmless.
func (b *Backend) classify(a *httpclient.Answer, body backend.Body) error {
	items := body.Items
	if a.Status/100 != 2 {
		return wholeRequest(a)
	}
	if len(bytes.TrimSpace(a.Body)) == 0 && body.Size > longLine {
		return &backend.TooLarge{Answer: "an empty answer, as VictoriaLogs gives it to a line of more than 256 KiB (set text_bytes 190KiB): " + a.String()}
	}
	if n, ok := countCreated(a.Body); ok && n == items {
		return nil
	}
	said, err := readAnswer(a.Body)
	switch {
	case a.Cut && len(said.items) > 0 && len(said.items) < items:
		// What was read of it counts; so it gets shorter every time.
	case a.Cut:
		return fmt.Errorf("the answer is too long: %s", a)
	case a.IsForeign(), errors.Is(err, errNoAnswer):
		return a.Foreign("Elasticsearch")
	case err != nil:
		return fmt.Errorf("cannot read the answer: %w: %s", err, a)
	case !said.hasItems && said.saysErrors && !said.errors:
		return nil // a server that leaves out what is well
	case len(said.items) != items:
		return fmt.Errorf("the answer is for %d documents, not %d: %s", len(said.items), items, a)
	}
	verdicts := make([]error, items)
	taken, refused := 0, 0
	throttled := true // all of the others are
	indices := true   // all of the others are refused because of their index
	var first error
	for i := range verdicts {
		if i >= len(said.items) {
			verdicts[i] = errCut
			throttled, indices = false, false
			continue
		}
		verdicts[i] = b.verdict(&said.items[i])
		var rejected *backend.Rejected
		switch {
		case verdicts[i] == nil:
			taken++
		case errors.As(verdicts[i], &rejected):
			refused++
		default:
			if first == nil {
				first = verdicts[i]
			}
			throttled = throttled && said.items[i].isThrottled()
			indices = indices && said.items[i].isAboutIndex()
		}
	}
	switch {
	case taken == items:
		return nil
	case taken > 0 || refused > 0:
		return &backend.PartialError{Items: withPause(verdicts, a.RetryAfter)}
	case throttled:
		return &backend.NotTaken{Err: &backend.Throttled{After: a.RetryAfter, Answer: first.Error()}, Items: withPause(verdicts, a.RetryAfter)}
	case first != nil && body.Scopes != nil && (indices || oneScope(body.Scopes)):
		return &backend.PartialError{Items: withPause(verdicts, a.RetryAfter)}
	}
	return &backend.NotTaken{Err: first, Items: withPause(verdicts, a.RetryAfter)}
}

// withPause adds the Retry-After of an answer to the verdicts on documents that are refused
// for now: items have none of their own.
func withPause(verdicts []error, retryAfter time.Duration) []error {
	for i, err := range verdicts {
		var rejected *backend.Rejected
		if retryAfter > 0 && err != nil && err != errCut && !errors.As(err, &rejected) {
			verdicts[i] = &backend.Throttled{After: retryAfter, Answer: err.Error()}
		}
	}
	return verdicts
}

// wholeRequest returns the error for an answer about the whole request. But for its
// size, it is never about a document.
func wholeRequest(a *httpclient.Answer) error {
	err := a.Failure()
	var rejected *backend.Rejected
	if errors.As(err, &rejected) {
		return a.Unexpected("no document is to blame: check endpoint, headers and the server's version")
	}
	return err
}

// oneScope reports whether all scopes are the same.
func oneScope(scopes []string) bool {
	for _, scope := range scopes {
		if scope != scopes[0] {
			return false
		}
	}
	return true
}

// isThrottled reports whether the server has too much to do, with whatever index.
func (it *item) isThrottled() bool {
	return it.status == http.StatusTooManyRequests && it.kind != "cluster_block_exception"
}

// isAboutIndex reports whether the server refuses all documents of the index for
// now, and may take those of another.
func (it *item) isAboutIndex() bool {
	switch it.kind {
	case "cluster_block_exception": // also of the whole cluster, without a name
		return strings.HasPrefix(it.reason, "index [")
	case "security_exception":
		return it.status == http.StatusForbidden
	case "index_closed_exception", "index_not_found_exception", "unavailable_shards_exception", "validation_exception":
		return true
	}
	return strings.Contains(it.reason, "shards open")
}

var errCut = errors.New("the answer ended before it said")

// verdict turns the item of one document into an error.
func (b *Backend) verdict(it *item) error {
	switch {
	case it.status/100 == 2:
		return nil // also where a failure store has taken it: the server keeps it
	case it.status == http.StatusConflict && b.ids && (it.kind == "" || it.kind == "version_conflict_engine_exception"):
		return nil // it is there already, from a try whose answer was lost
	case b.never(it):
		return &backend.Rejected{Answer: b.text(it)}
	}
	return errors.New(b.text(it))
}

// never reports whether the server will refuse the document whenever it comes.
func (b *Backend) never(it *item) bool {
	switch it.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		// The document is not at fault: an index is read-only because a disk is
		// full (403 before Elasticsearch 7.7, 429 since), credentials
		// lack a privilege, an index is missing and may not be made.
		return false
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	case http.StatusConflict:
		return !b.ids // something else is under way with the index
	case http.StatusBadRequest:
		// The document is not at fault here either: an index is closed, or cannot
		// be made because the cluster has too many shards, or OpenSearch Serverless takes
		// no ids of ours.
		return !it.refusesIDs() && it.kind != "index_closed_exception" && it.kind != "validation_exception" && !strings.Contains(it.reason, "shards open")
	}
	return it.status/100 == 4
}

// text returns an item in one line.
func (b *Backend) text(it *item) string {
	text := "status " + strconv.Itoa(it.status)
	for _, more := range []string{it.kind, it.reason} {
		if more != "" {
			text += ": " + more
		}
	}
	if it.refusesIDs() {
		text += "; set document_id off"
	}
	return b.Client.Clean(text)
}

// refusesIDs reports whether the server lets nobody but itself give ids, as OpenSearch
// Serverless does in collections for time series.
func (it *item) refusesIDs() bool {
	return it.status == http.StatusBadRequest && strings.Contains(it.reason, "Document ID is not supported")
}
