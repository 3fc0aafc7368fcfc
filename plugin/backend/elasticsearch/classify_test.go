package elasticsearch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
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
			if got := kind(b.classify(a, backend.Body{Items: 3, Size: 1000})); got != "taken, "+want+", refused" {
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
		{200, false, list(busy, createdItem), "throttled 7s, taken"},
		{200, false, list(busy, bad), "throttled 7s, refused"},
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
		{400, false, `{"error":{"type":"illegal_argument_exception","reason":"The bulk request must be terminated by a newline [\\n]"},"status":400}`, "again"},
		{401, false, `{"error":{"type":"security_exception"},"status":401}`, "again"},
		{403, false, `{"error":{"type":"security_exception"},"status":403}`, "again"},
		{404, false, "", "again"},
		{406, false, `{"error":"Content-Type header [x] is not supported","status":406}`, "again"},
		{413, false, "", "too large"},
		{429, false, `{"error":{"type":"circuit_breaking_exception","reason":"[parent] Data too large"},"status":429}`, "throttled 7s"},
		{503, false, `{"error":{"type":"cluster_block_exception","reason":"blocked by: [SERVICE_UNAVAILABLE/2/no master];"},"status":503}`, "throttled 7s"},
		{500, false, "", "again"},
		{302, false, "", "again"},
	} {
		a := &httpclient.Answer{Status: c.status, Body: []byte(c.body), Cut: c.cut, RetryAfter: 7 * time.Second}
		if got := kind(b.classify(a, backend.Body{Items: 2, Size: 1000})); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.body, got, c.want)
		}
	}
}

// What an index refuses for now holds up no other index. What says that the server
// has too much to do, or is down, is about all of them.
func TestAnIndexWaitsAlone(t *testing.T) {
	b := newBackend(t)
	readOnly := failed(429, "cluster_block_exception", "index [a] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];")
	forbidden := failed(403, "security_exception", "action [indices:data/write/bulk[s]] is unauthorized for user [k] on indices [a]")
	shards := failed(400, "validation_exception", "Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;")
	closed := failed(400, "index_closed_exception", "closed")
	missing := failed(404, "index_not_found_exception", "no such index [a]")
	inactive := failed(503, "unavailable_shards_exception", "[a][0] primary shard is not active")
	cluster := failed(403, "cluster_block_exception", "blocked by: [FORBIDDEN/5/cluster read-only (api)];")
	busy := failed(429, "es_rejected_execution_exception", "rejected")
	broken := failed(500, "null_pointer_exception", "")
	bad := failed(400, "document_parsing_exception", "bad")
	one, two := []string{"a", "a"}, []string{"a", "b"}
	for _, c := range []struct {
		first, second string
		scopes        []string
		want          string
	}{
		{readOnly, createdItem, two, "throttled 7s, taken"}, {forbidden, createdItem, two, "throttled 7s, taken"}, {shards, createdItem, two, "throttled 7s, taken"},
		{closed, createdItem, two, "throttled 7s, taken"}, {missing, createdItem, two, "throttled 7s, taken"}, {inactive, createdItem, two, "throttled 7s, taken"},
		{busy, createdItem, two, "throttled 7s, taken"}, {broken, createdItem, one, "throttled 7s, taken"}, {readOnly, bad, two, "throttled 7s, refused"},
		{readOnly, readOnly, one, "throttled 7s, throttled 7s"}, {readOnly, forbidden, two, "throttled 7s, throttled 7s"}, {shards, shards, two, "throttled 7s, throttled 7s"},
		{inactive, inactive, one, "throttled 7s, throttled 7s"}, {broken, broken, one, "throttled 7s, throttled 7s"}, {cluster, cluster, one, "throttled 7s, throttled 7s"},
		{broken, broken, two, "again"}, {cluster, cluster, two, "again"}, {broken, readOnly, two, "again"},
		{busy, busy, one, "throttled 7s"}, {busy, busy, two, "throttled 7s"},
	} {
		a := &httpclient.Answer{Status: 200, Body: []byte(`{"errors":true,"items":[` + c.first + "," + c.second + "]}"), RetryAfter: 7 * time.Second}
		if got := kind(b.classify(a, backend.Body{Items: 2, Scopes: c.scopes})); got != c.want {
			t.Errorf("%s %s %v: %s, want %s", c.first, c.second, c.scopes, got, c.want)
		}
	}
}

// No status of a whole bulk request is about a document, but for its size.
func TestAWholeRequestIsNeverRejected(t *testing.T) {
	b := newBackend(t)
	for status := 300; status < 500; status++ {
		want := "again"
		switch status {
		case 413:
			want = "too large"
		case 429:
			want = "throttled 0s"
		}
		if got := kind(b.classify(&httpclient.Answer{Status: status}, backend.Body{Items: 2})); got != want {
			t.Errorf("%d: %s", status, got)
		}
	}
	var serverFailed *backend.Failed
	if err := b.classify(&httpclient.Answer{Status: 500}, backend.Body{Items: 2}); !errors.As(err, &serverFailed) {
		t.Error(err)
	}
	err := b.classify(&httpclient.Answer{Status: 200, Body: []byte("<html>Sign in</html>")}, backend.Body{Items: 2})
	if kind(err) != "again" || !strings.Contains(err.Error(), "check endpoint") {
		t.Error(err)
	}
}

func TestScopeIsTheIndex(t *testing.T) {
	for _, index := range []string{"logs-{namespace|node}", "logs-{namespace|node}-{%Y}"} {
		b := newBackend(t, "index", index)
		b.now = func() time.Time { return time.Unix(0, when) }
		r := filters.Record{Source: source(b, filters.Source{Namespace: "Shop"}), Time: when}
		want := strings.NewReplacer("{namespace|node}", "shop", "{%Y}", time.Unix(0, when).UTC().Format("2006")).Replace(index)
		if got := b.Scope(&r); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if n := testing.AllocsPerRun(100, func() { b.Scope(&r) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

var _ backend.Scoped = (*Backend)(nil)

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
	if got := kind(b.classify(nothing, backend.Body{Items: 2, Size: longLine + 1})); got != "too large" {
		t.Error(got)
	}
	if got := kind(b.classify(nothing, backend.Body{Items: 2, Size: longLine})); got != "again" {
		t.Error(got)
	}
}
