package loki

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/grafana/loki/pkg/push"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/fake"
)

var _ backend.Scoped = (*Backend)(nil)

// serveLoki starts a server, and returns a backend that sends to it.
func serveLoki(t *testing.T, server http.Handler, set ...string) *Backend {
	t.Helper()
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return newBackendAt(t, append([]string{"endpoint", s.URL, "labels", "pod,stream"}, set...)...)
}

// sendTexts sends one record for each word of texts: the pod, a colon and the text.
func sendTexts(t *testing.T, b *Backend, texts string) error {
	t.Helper()
	sources := map[string]*filters.Source{}
	e := b.NewEncoder()
	var scopes []string
	for i, word := range strings.Fields(texts) {
		pod, line, _ := strings.Cut(word, ":")
		if sources[pod] == nil {
			sources[pod] = source(b, filters.Source{Pod: pod})
		}
		r := filters.Record{Time: when + int64(i), Source: sources[pod], Log: filters.PlainText([]byte(line)), Stream: filters.Stdout}
		scopes = append(scopes, b.Scope(&r))
		e.Append(&r)
	}
	body, err := b.Pack([][]byte{e.Frame()})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Release()
	body.Items, body.Scopes = len(scopes), scopes
	return b.Send(t.Context(), body)
}

func labelsFor(pod string) string { return fmt.Sprintf("{pod=%q, stream=\"stdout\"}", pod) }

// kinds is what an error says of each item.
func kinds(err error) string {
	var rejected *backend.Rejected
	var throttled *backend.Throttled
	var partial *backend.PartialError
	var failed *backend.Failed
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &partial):
		var all []string
		for _, item := range partial.Items {
			all = append(all, kinds(item))
		}
		return strings.Join(all, " ")
	case errors.As(err, &rejected) && rejected.Some:
		return "some"
	case errors.As(err, &rejected):
		return "never"
	case errors.As(err, &throttled):
		return fmt.Sprint("throttled", throttled.After)
	case errors.As(err, &failed):
		return "failed"
	}
	return "again"
}

// One stream over its limit holds up no other one: wherever it stands in the
// request, and whatever Loki adds to its labels.
func TestAStreamOverItsLimitWaitsAlone(t *testing.T) {
	for _, service := range []string{"", "blog", "zzz"} {
		server := &fake.Loki{ServiceName: service, Limited: func(labels string) bool { return labels == labelsFor("bad") }}
		b := serveLoki(t, server)
		// Wherever it stands, it is the largest. The stream a is new, and sent apart once.
		if got := kinds(sendTexts(t, b, "a:1 b:2 bad:3 a:4 bad:5 bad:6")); got != "ok ok throttled0s ok throttled0s throttled0s" {
			t.Errorf("%q: %s", service, got)
		}
		if got := kinds(sendTexts(t, b, "bad:1 bad:2 b:2")); got != "throttled0s throttled0s ok" {
			t.Errorf("%q: %s", service, got)
		}
		if got := fmt.Sprint(server.Lines(labelsFor("a")), server.Lines(labelsFor("b")), server.Lines(labelsFor("bad"))); got != "[1 4] [2 2] []" {
			t.Error(got)
		}
		if n := server.Requests(); n != 5 || len(server.Problems()) > 0 {
			t.Errorf("%d requests, %q", n, server.Problems())
		}
		if got := kinds(sendTexts(t, b, "bad:1 bad:2")); got != "throttled0s throttled0s" {
			t.Error(got)
		}
	}
}

// Of several streams over their limits, an answer names one. None of the others
// counts as stored until an answer without it is a success.
func TestSeveralStreamsOverTheirLimits(t *testing.T) {
	server := &fake.Loki{Limited: func(labels string) bool { return strings.Contains(labels, "bad") }}
	b := serveLoki(t, server)
	confirm := func() {
		for i := range 20 {
			b.confirmed.add(labelsFor(fmt.Sprintf("bad%d", i)), time.Now())
		}
	}
	confirm()
	if got := kinds(sendTexts(t, b, "a:1 bad1:2 bad2:3 bad3:4")); got != "ok throttled0s throttled0s throttled0s" || server.Requests() != 4 {
		t.Errorf("%s, %d requests", got, server.Requests())
	}
	texts := "a:1"
	for i := range 20 {
		texts += fmt.Sprintf(" bad%d:x", i)
	}
	confirm()
	before := server.Requests()
	got := kinds(sendTexts(t, b, texts))
	if server.Requests()-before != maxDivisions+1 || strings.Count(got, "throttled0s") != maxDivisions+1 || strings.Count(got, "again") != 12 {
		t.Errorf("%s, %d requests", got, server.Requests()-before)
	}
}

// An entry that is too old is found by sending fewer. All other streams are stored
// at once.
func TestEntriesThatAreTooOld(t *testing.T) {
	server := &fake.Loki{Behind: func(_ string, e push.Entry) bool { return strings.HasPrefix(e.Line, "old") }}
	b := serveLoki(t, server)
	if got := kinds(sendTexts(t, b, "a:1 b:old2 b:3 b:4")); got != "ok some some some" || fmt.Sprint(server.Lines(labelsFor("a"))) != "[1]" {
		t.Error(got)
	}
	if err := sendTexts(t, b, "b:old2 b:3"); kinds(err) != "some some" {
		t.Error(err)
	}
}

func TestEntriesThatTheDistributorRefuses(t *testing.T) {
	for _, words := range []string{
		"max entry size '10' bytes exceeded for stream '%s' while adding an entry with length '11' bytes",
		"entry for stream '%s' has timestamp too old: 2020-01-01T00:00:00Z, oldest acceptable timestamp is: 2026-01-01T00:00:00Z",
		"entry for stream '%s' has timestamp too new: 2030-01-01T00:00:00Z",
		"stream '%s' has label value too long: 'x'",
		"stream '%s' has structured metadata too large: '9' bytes, limit: '8' bytes. Please see",
	} {
		server := &fake.Loki{ServiceName: "x", Invalid: func(_ string, e push.Entry) string {
			if strings.HasPrefix(e.Line, "bad") {
				return words
			}
			return ""
		}}
		b := serveLoki(t, server)
		for _, pod := range []string{"a", "b", "c"} {
			b.confirmed.add(labelsFor(pod), time.Now())
		}
		if got := kinds(sendTexts(t, b, "a:bad1 a:2 b:3 c:bad4 c:bad5")); got != "some some ok some some" || server.Requests() != 2 {
			t.Errorf("%s: %s, %d requests", words, got, server.Requests())
		}
		if got := fmt.Sprint(server.Lines(labelsFor("a")), server.Lines(labelsFor("b"))); got != "[2] [3]" {
			t.Error(got)
		}
	}
}

// What is not about a stream is about the whole request.
func TestAnswersAboutTheWholeRequest(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   string
		says   string
	}{
		{429, "ingestion rate limit exceeded for user fake (limit: 1 bytes/sec) while attempting to ingest '2' lines totaling '2' bytes", "throttled7s", ""},
		{429, "maximum active stream limit exceeded when trying to create stream {pod=\"other\"}, reduce", "throttled7s", ""},
		{400, "cannot parse common params from request: cannot parse \"shop\" as uint32: invalid syntax", "again", "check tenant"},
		{400, "stream '{pod=\"a\", stream=\"stdout\"}' includes structured metadata, but this feature is disallowed. Please see", "again", "structured_metadata off"},
		{400, "missing required labels 'team' for user 'fake' for stream '{pod=\"a\", stream=\"stdout\"}' (policy: '')", "again", "option labels"},
		{400, "entry for stream '{pod=\"a\", stream=\"stdout\"}' has 16 label names; limit 15", "again", "option labels"},
		{400, "tenant ID is too long: max 150 characters", "again", "check tenant"},
		{400, "<html>The plain HTTP request was sent to HTTPS port</html>", "again", "https://"},
		{260, "ingestion blocked for user 'fake' until '2030-01-01' with status code '260'", "again", "ingestion is blocked"},
		{422, "ingestion blocked for user 'fake' until '2030-01-01' with status code '422'", "again", "ingestion is blocked"},
		{500, "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5 vs. 4)", "again", "too large"},
		{500, "boom", "failed", ""}, {507, "", "failed", ""}, {503, "", "throttled7s", ""},
		{400, "couldn't parse labels", "some", ""}, {422, "error at least one valid stream is required for ingestion", "some", ""},
		{402, "", "again", "quota"}, {406, "", "again", ""}, {409, "", "again", ""}, {410, "", "again", ""}, {411, "", "again", ""}, {415, "", "again", ""},
		{417, "", "again", ""}, {426, "", "again", ""}, {431, "", "again", ""}, {451, "", "again", ""}, {499, "", "again", ""},
		{200, "<!DOCTYPE html><title>Sign in</title>", "again", "check endpoint"}, {200, `{"login":"required"}`, "again", "check endpoint"},
		{200, "", "ok", ""}, {204, "", "ok", ""}, {200, "OK", "ok", ""},
	} {
		server := &fake.Loki{Whole: func(int) (int, http.Header, string) {
			return c.status, http.Header{"Retry-After": {"7"}}, c.body
		}}
		b := serveLoki(t, server)
		b.confirmed.add(labelsFor("a"), time.Now())
		err := sendTexts(t, b, "a:1 b:2")
		if got := kinds(err); got != c.want || err != nil && !strings.Contains(err.Error(), c.says) || server.Requests() != 1 {
			t.Errorf("%d %s: %s, %v", c.status, c.body, got, err)
		}
	}
}

// The limit of active streams names the stream that would be one too many.
func TestTheLimitOfStreams(t *testing.T) {
	server := &fake.Loki{Whole: func(request int) (int, http.Header, string) {
		if request > 1 {
			return 0, nil, ""
		}
		return 429, http.Header{"Retry-After": {"3"}}, "maximum active stream limit exceeded when trying to create stream " + labelsFor("new") +
			", reduce the number of active streams (reduce labels or reduce label values), or contact your Loki administrator to see if the limit can be increased, user: 'fake'"
	}}
	b := serveLoki(t, server)
	if got := kinds(sendTexts(t, b, "a:1 new:2")); got != "ok throttled"+(3*time.Second).String() {
		t.Error(got)
	}
}

// What comes after the streams that were named is answered by itself.
func TestTheOthersHaveAnAnswerOfTheirOwn(t *testing.T) {
	for answer, want := range map[int]string{
		503: "again throttled0s", 429: "throttled0s throttled0s", 400: "some throttled0s", 500: "failed throttled0s", 404: "again throttled0s",
	} {
		server := &fake.Loki{Limited: func(labels string) bool { return labels == labelsFor("bad") }, Whole: func(request int) (int, http.Header, string) {
			if request > 1 {
				return answer, nil, "because"
			}
			return 0, nil, ""
		}}
		if got := kinds(sendTexts(t, serveLoki(t, server), "a:1 bad:2")); got != want {
			t.Errorf("%d: %s", answer, got)
		}
	}
}

// Nobody can have another stream blamed by the names that they choose.
func TestNamesCannotBlameOthers(t *testing.T) {
	const victim = `x stream '{pod=\"a\", stream=\"stdout\"}' stream: {pod="a", stream="stdout"}`
	b := newBackend(t, "pod,stream")
	s := source(b, filters.Source{Pod: victim})
	r := filters.Record{Source: s, Stream: filters.Stdout}
	var found []string
	streamsIn("per stream rate limit exceeded for stream '"+b.Scope(&r)+"' totaling 1B", func(labels string) { found = append(found, b.scopeOf(labels)) })
	if len(found) != 1 || found[0] != b.Scope(&r) {
		t.Errorf("%q", found)
	}
}

func TestScopeAllocatesNothing(t *testing.T) {
	b := newBackend(t, "namespace,pod,stream,severity")
	r := filters.Record{Source: pod(b, "p"), Stream: filters.Stderr, Severity: filters.Warn}
	if got := b.Scope(&r); got != `{namespace="default", pod="p", severity="warn", stream="stderr"}` {
		t.Error(got)
	}
	if n := testing.AllocsPerRun(100, func() { b.Scope(&r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzStreamsIn(f *testing.F) {
	f.Add("entry for stream '{a=\"b\"}' has")
	f.Add("\xdbstreAm {")
	f.Add("stream: {a=\"b\", c=\"\\x00\"}; stream {")
	b := newBackend(f, "")
	f.Fuzz(func(t *testing.T, text string) {
		streamsIn(text, func(labels string) {
			if !strings.HasPrefix(labels, "{") || !strings.HasSuffix(labels, "}") || !strings.Contains(text, labels) {
				t.Errorf("%q in %q", labels, text)
			}
			b.scopeOf(labels)
		})
	})
}
