package elasticsearch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// kind names what an error says is to be done.
func kind(err error) string {
	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var throttled *backend.Throttled
	var mixed *backend.PartialError
	switch {
	case err == nil:
		return "taken"
	case errors.As(err, &rejected) && rejected.Some:
		return "some refused"
	case errors.As(err, &rejected):
		return "refused"
	case errors.As(err, &tooLarge):
		return "too large"
	case errors.As(err, &throttled):
		return fmt.Sprint("throttled ", throttled.After)
	case errors.As(err, &mixed):
		var all []string
		for _, err := range mixed.Items {
			all = append(all, kind(err))
		}
		return strings.Join(all, ", ")
	}
	return "again"
}

func failed(status int, kind, reason string) string {
	return fmt.Sprintf(`{"create":{"status":%d,"error":{"type":%q,"reason":%q}}}`, status, kind, reason)
}

// Each error as the servers word it, for one document among others.
func TestVerdicts(t *testing.T) {
	with, without := newBackend(t), newBackend(t, "document_id", "off")
	for _, c := range []struct {
		item       string
		want, noID string
	}{
		{createdItem, "taken", ""},
		{`{"create":{"status":200}}`, "taken", ""},
		{`{"create":{"status":201,"failure_store":"used"}}`, "taken", ""},
		{failed(409, "version_conflict_engine_exception", "[a]: version conflict, document already exists (current version [1])"), "taken", "refused"},
		{`{"create":{"status":409}}`, "taken", "refused"},
		{failed(409, "illegal_state_exception", "being deleted"), "again", "refused"},
		{failed(429, "es_rejected_execution_exception", "rejected execution of coordinating operation [coordinating_and_primary_bytes=0]"), "again", ""},
		{failed(429, "rejected_execution_exception", "rejected"), "again", ""},
		{failed(429, "circuit_breaking_exception", "[parent] Data too large"), "again", ""},
		{failed(429, "cluster_block_exception", "index [a] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"), "again", ""},
		{failed(403, "cluster_block_exception", "blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];"), "again", ""},
		{failed(403, "security_exception", "action [indices:data/write/bulk[s]] is unauthorized"), "again", ""},
		{failed(401, "security_exception", "missing authentication credentials"), "again", ""},
		{failed(404, "index_not_found_exception", "no such index [a] and [action.auto_create_index] is [false]"), "again", ""},
		{failed(400, "index_closed_exception", "closed"), "again", ""},
		{failed(400, "validation_exception", "Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;"), "again", ""},
		{failed(400, "validation_exception", "Validation Failed: 1: no such policy;"), "again", ""},
		{failed(400, "illegal_argument_exception", "Validation Failed: 1: this action would add [2] total shards, but this cluster currently has [1000]/[1000] maximum shards open;"), "again", ""},
		{failed(408, "", ""), "again", ""},
		{failed(503, "unavailable_shards_exception", "[a][0] primary shard is not active Timeout: [1m]"), "again", ""},
		{failed(500, "null_pointer_exception", ""), "again", ""},
		{failed(302, "", ""), "again", ""},
		{failed(400, "mapper_parsing_exception", "failed to parse field [n] of type [long]"), "refused", ""},
		{failed(400, "document_parsing_exception", "[1:2] failed to parse"), "refused", ""},
		{failed(400, "strict_dynamic_mapping_exception", "mapping set to strict, dynamic introduction of [x] within [_doc] is not allowed"), "refused", ""},
		{failed(400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded"), "refused", ""},
		{failed(400, "illegal_argument_exception", "Document contains at least one immense term in field=\"log\""), "refused", ""},
		{failed(413, "", ""), "refused", ""},
	} {
		for b, want := range map[*Backend]string{with: c.want, without: c.noID} {
			if b == without && want == "" {
				want = c.want
			}
			a := &httpclient.Answer{Status: 200, Body: []byte(`{"errors":true,"items":[` + createdItem + `,` + c.item + `,` + failed(400, "x", "y") + `]}`)}
			if got := kind(b.classify(a, 3, 1000)); got != "taken, "+want+", refused" {
				t.Errorf("%s, ids %v: %s", c.item, b.ids, got)
			}
		}
	}
}

func TestClassify(t *testing.T) {
	b := newBackend(t)
	busy := failed(429, "es_rejected_execution_exception", "rejected")
	down := failed(503, "unavailable_shards_exception", "down")
	conflict := failed(409, "version_conflict_engine_exception", "there")
	bad := failed(400, "document_parsing_exception", "bad")
	list := func(items ...string) string {
		return `{"errors":true,"items":[` + strings.Join(items, ",") + `]}`
	}
	for _, c := range []struct {
		status int
		cut    bool
		body   string
		want   string // for two documents
	}{
		{200, false, answerFiltered, "taken"},
		{200, false, `{"errors":false}`, "taken"},
		{200, false, `{"took":1,"ingest_took":2,"errors":false,"items":[` + createdItem + `,` + createdItem + `]}`, "taken"},
		{200, false, list(createdItem, conflict), "taken"},
		{200, false, list(conflict, conflict), "taken"},
		{200, false, list(bad, createdItem), "refused, taken"},
		{200, false, list(bad, bad), "refused, refused"},
		{200, false, list(busy, createdItem), "again, taken"},
		{200, false, list(busy, bad), "again, refused"},
		// Where nothing was taken the output waits, and the gate may close.
		{200, false, list(busy, busy), "throttled 7s"},
		{200, false, list(busy, down), "again"},
		{200, false, list(down, down), "again"},
		// What cannot be matched with the documents says nothing of any.
		{200, false, `{"errors":true}`, "again"},
		{200, false, list(createdItem), "again"},
		{200, false, list(createdItem, createdItem, createdItem), "again"},
		{200, false, `{"errors":false,"items":[` + createdItem + `]}`, "again"},
		{200, false, `{"errors":false,"items":[]}`, "again"},
		{200, false, list(createdItem, `{}`), "again"},
		{200, false, "OK", "again"},
		{200, false, "", "again"},
		{200, false, `{"acknowledged":true}`, "again"},
		{200, false, answerFiltered[:40], "again"},
		// Of one that is too long the beginning counts.
		{200, true, answerFiltered[:60], "taken, again"},
		{200, true, list(bad, bad)[:120], "refused, again"},
		{200, true, list(busy, createdItem)[:110], "again"},
		{200, true, answerFiltered[:40], "again"},
		{200, true, "x", "again"},
		{400, false, `{"error":{"type":"illegal_argument_exception","reason":"The bulk request must be terminated by a newline [\\n]"},"status":400}`, "some refused"},
		{401, false, `{"error":{"type":"security_exception"},"status":401}`, "again"},
		{403, false, `{"error":{"type":"security_exception"},"status":403}`, "again"},
		{404, false, "", "again"},
		{406, false, `{"error":"Content-Type header [x] is not supported","status":406}`, "refused"},
		{413, false, "", "too large"},
		{429, false, `{"error":{"type":"circuit_breaking_exception","reason":"[parent] Data too large"},"status":429}`, "throttled 7s"},
		{503, false, `{"error":{"type":"cluster_block_exception","reason":"blocked by: [SERVICE_UNAVAILABLE/2/no master];"},"status":503}`, "throttled 7s"},
		{500, false, "", "again"},
		{302, false, "", "again"},
	} {
		a := &httpclient.Answer{Status: c.status, Body: []byte(c.body), Cut: c.cut, RetryAfter: 7 * time.Second}
		if got := kind(b.classify(a, 2, 1000)); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.body, got, c.want)
		}
	}
}

// The reason says what, in one short line without secrets.
func TestReasons(t *testing.T) {
	b := newBackend(t, "headers", "Authorization: ApiKey hunter2hunter2")
	it := item{400, "document_parsing_exception", "[1:2] failed to parse\nhunter2hunter2 " + strings.Repeat("x", 1000)}
	err := b.verdict(&it).Error()
	if !strings.Contains(err, "document_parsing_exception: [1:2] failed to parse … xxx") || len(err) > 400 || strings.Contains(err, "hunter2") || strings.Contains(err, "\n") {
		t.Error(err)
	}
}

// VictoriaLogs answers nothing when a line was too long for it, and has left out
// all behind it. A small body cannot be that.
func TestNoAnswerToALongLine(t *testing.T) {
	b := newBackend(t)
	nothing := &httpclient.Answer{Status: 200, Body: []byte("\n")}
	if got := kind(b.classify(nothing, 2, longLine+1)); got != "too large" {
		t.Error(got)
	}
	if got := kind(b.classify(nothing, 2, longLine)); got != "again" {
		t.Error(got)
	}
}
