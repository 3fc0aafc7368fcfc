package cloudwatch

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

var (
	pod     = filters.Source{Kind: filters.Container, Namespace: "shop", Pod: "web-0", Container: "web", Node: "n1"}
	kubelet = filters.Source{Component: "kubelet", Node: "n1"}
)

// amazon is CloudWatch Logs, and a backend that delivers to it with the keys of the
// environment.
func amazon(t *testing.T, server *fake.CloudWatch, set ...string) *Backend {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-nobody")
	t.Setenv("AWS_SESSION_TOKEN", "token-of-nobody")
	server.Verifier = &fake.SigV4{Region: "eu-west-1", Service: "logs"}
	server.Verifier.Allow("ASIAEXAMPLE", fake.AWSKey{Secret: "secret-of-nobody", Token: "token-of-nobody"})
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return backendtest.New(t, New, append([]string{"backend", "cloudwatch", "endpoint", s.URL, "aws_region", "eu-west-1"}, set...)...)
}

func source(b *Backend, s filters.Source) *filters.Source {
	s.Partition = b.Partition(&s)
	s.Rendered = b.Render(&s)
	return &s
}

// record is a record of that age.
func record(s *filters.Source, text string, age time.Duration) *filters.Record {
	return &filters.Record{Source: s, Time: time.Now().Add(-age).UnixNano(), Log: filters.PlainText([]byte(text))}
}

// send sends records of one source in two frames.
func send(t *testing.T, b *Backend, records ...*filters.Record) error {
	t.Helper()
	var frames [][]byte
	half := (len(records) + 1) / 2
	for _, some := range [][]*filters.Record{records[:half], records[half:]} {
		e := b.NewEncoder()
		for _, r := range some {
			e.Append(r)
		}
		frames = append(frames, e.Frame())
	}
	body, err := b.Pack(frames)
	if err != nil {
		t.Fatal(err)
	}
	body.Items, body.Partition = len(records), records[0].Source.Partition
	return b.Send(t.Context(), body)
}

func TestRecordsBecomeEvents(t *testing.T) {
	for _, event := range []string{"json", "text"} {
		server := &fake.CloudWatch{}
		b := amazon(t, server, "log_event", event, "log_retention_days", "30", "log_group_tags", `team=a "b", env=prod`, "log_group_class", "INFREQUENT_ACCESS")
		s := source(b, pod)
		texts := []string{"three", "a \"quoted\"\ttext \x01\xff é", "", "  ", "zero"}
		var all []*filters.Record
		for i, text := range texts {
			all = append(all, record(s, text, time.Duration(i)*time.Second))
		}
		if err := send(t, b, all...); err != nil {
			t.Fatal(err)
		}
		got := server.Events()
		if len(got) != len(texts) {
			t.Fatalf("%+v, refused %q", got, server.Refused())
		}
		for i, e := range got {
			r := all[len(all)-1-i] // the oldest first
			want := strings.ToValidUTF8(texts[len(all)-1-i], "\ufffd")
			var object map[string]any
			isJSON := json.Unmarshal([]byte(e.Message), &object) == nil
			if isJSON != (event == "json" || strings.TrimSpace(want) == "") || isJSON && object["log"] != want || !isJSON && e.Message != want {
				t.Errorf("%s: %q, want %q", event, e.Message, want)
			}
			if isJSON && object["kubernetes"].(map[string]any)["pod_name"] != "web-0" {
				t.Errorf("%s", e.Message)
			}
			if e.Group != "/k8slog/shop" || e.Stream != "n1" || e.Time != r.Time/1e6 {
				t.Errorf("%+v", e)
			}
		}
		g := server.Group("/k8slog/shop")
		if g.Class != "INFREQUENT_ACCESS" || g.Retention != 30 || g.Tags["team"] != `a "b"` || g.Tags["env"] != "prod" {
			t.Errorf("%+v", g)
		}
		if err := send(t, b, record(source(b, kubelet), "x", 0)); err != nil || server.Group("/k8slog/component_kubelet") == nil {
			t.Error(err)
		}
	}
}

// Whatever comes in one body, each request keeps the limits, and the order of equal times
// stays.
func TestRequestsKeepTheLimits(t *testing.T) {
	for name, c := range map[string]struct {
		records func(s *filters.Source) []*filters.Record
		want    []int // events of each request
	}{
		"number": {func(s *filters.Source) (all []*filters.Record) {
			for range 10_001 {
				all = append(all, record(s, "x", time.Hour))
			}
			return all
		}, []int{10_000, 1}},
		"size": {func(s *filters.Source) (all []*filters.Record) {
			for range 9 {
				all = append(all, record(s, strings.Repeat("é", 100<<10), time.Hour))
			}
			return all
		}, []int{5, 4}},
		"escapes count as what they stand for": {func(s *filters.Source) (all []*filters.Record) {
			for range 4 {
				all = append(all, record(s, strings.Repeat("\x01a", 125<<10), time.Hour))
			}
			return all
		}, []int{4}},
		"span": {func(s *filters.Source) (all []*filters.Record) {
			for _, age := range []time.Duration{time.Hour, 30 * time.Hour, 60 * time.Hour, 26 * time.Hour, 2 * time.Hour} {
				all = append(all, record(s, "x", age))
			}
			return all
		}, []int{1, 2, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fake.CloudWatch{}
			b := amazon(t, server, "log_event", "text")
			all := c.records(source(b, pod))
			if err := send(t, b, all...); err != nil {
				t.Fatal(err)
			}
			if got := server.Requests(); !slices.Equal(got, c.want) || len(server.Events()) != len(all) {
				t.Errorf("requests of %v events, want %v", got, c.want)
			}
		})
	}
}

func TestEqualTimesKeepTheirOrder(t *testing.T) {
	server := &fake.CloudWatch{}
	b := amazon(t, server, "log_event", "text")
	s := source(b, pod)
	now := time.Now().UnixNano()
	var all []*filters.Record
	for i := range 100 {
		r := record(s, fmt.Sprint(i), 0)
		r.Time = now - int64(i%3)*1e9
		all = append(all, r)
	}
	if err := send(t, b, all...); err != nil {
		t.Fatal(err)
	}
	last := map[int64]int{}
	for _, e := range server.Events() {
		var n int
		_, _ = fmt.Sscan(e.Message, &n)
		if before, known := last[e.Time]; known && before > n {
			t.Errorf("%d comes before %d", before, n)
		}
		last[e.Time] = n
	}
}

// Records that are too old or too new are refused, each with the reason, and all others are
// stored.
func TestRecordsOfAnotherTime(t *testing.T) {
	server := &fake.CloudWatch{}
	b := amazon(t, server, "log_retention_days", "3", "log_event", "text")
	s := source(b, pod)
	ages := []time.Duration{time.Hour, 20 * 24 * time.Hour, -3 * time.Hour, 4 * 24 * time.Hour, 2 * time.Hour, 4*24*time.Hour + time.Hour}
	var all []*filters.Record
	for i, age := range ages {
		all = append(all, record(s, fmt.Sprint(i), age))
	}
	err := send(t, b, all...)
	partial, ok := errors.AsType[*backend.PartialError](err)
	if !ok {
		t.Fatal(err)
	}
	for i, want := range []string{"", "too old", "too far ahead", "older than the retention", "", "older than the retention"} {
		rejected, isRejected := partial.Items[i].(*backend.Rejected)
		if isRejected != (want != "") || isRejected && (!strings.Contains(rejected.Answer, want) || rejected.Some) {
			t.Errorf("%d: %v, want %q", i, partial.Items[i], want)
		}
	}
	if got := server.Events(); len(got) != 2 || got[0].Message != "4" || got[1].Message != "0" {
		t.Errorf("%+v", got)
	}
}

func TestEventsThatAreTooLarge(t *testing.T) {
	server := &fake.CloudWatch{}
	b := amazon(t, server)
	s := source(b, pod)
	huge := record(s, "a", 0)
	huge.Fields = []filters.Field{{Key: []byte("x"), Text: filters.PlainText([]byte(strings.Repeat("y", 1<<20)))}}
	partial, ok := errors.AsType[*backend.PartialError](send(t, b, record(s, "b", 0), huge))
	if !ok || partial.Items[0] != nil || !strings.Contains(partial.Items[1].Error(), "no request above 1 MiB") || len(server.Events()) != 1 {
		t.Errorf("%+v", partial)
	}
	// One that only the server knows of is found by sending fewer at a time.
	large := record(s, "a", 0)
	large.Fields = []filters.Field{{Key: []byte("x"), Text: filters.PlainText([]byte(strings.Repeat("y", 300<<10)))}}
	rejected, ok := errors.AsType[*backend.Rejected](send(t, b, record(s, "b", 0), large))
	if !ok || !rejected.Some || !strings.Contains(rejected.Answer, "too large") {
		t.Errorf("%+v", rejected)
	}
	if limit := b.TextLimit(); !limit.Escaped || limit.Bytes != jsonBytes {
		t.Errorf("%+v", limit)
	}
	if limit := amazon(t, server, "log_event", "text").TextLimit(); limit.Escaped || limit.Bytes != textBytes {
		t.Errorf("%+v", limit)
	}
}

// answering answers a code to an operation.
func answering(operation string, status int, code, message string) func(http.ResponseWriter, string, []byte) bool {
	return func(w http.ResponseWriter, called string, _ []byte) bool {
		if called != operation {
			return false
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"__type":"com.amazonaws.logs#%s","message":%q}`, code, message)
		return true
	}
}

func TestWhatAnswersMean(t *testing.T) {
	for _, c := range []struct {
		operation     string
		status        int
		code, message string
		want          string // throttled, large, some, waits, later or delivered
	}{
		{"PutLogEvents", 400, "ThrottlingException", "Rate exceeded", "throttled"},
		{"CreateLogStream", 400, "ThrottlingException", "Rate exceeded", "throttled"},
		{"CreateLogGroup", 400, "OperationAbortedException", "Multiple concurrent requests", "later"},
		{"CreateLogGroup", 400, "LimitExceededException", "Resource limit exceeded", "waits"},
		{"CreateLogGroup", 400, "AccessDeniedException", "is not authorized to perform: logs:CreateLogGroup", "waits"},
		{"PutRetentionPolicy", 400, "AccessDeniedException", "is not authorized to perform: logs:PutRetentionPolicy", "waits"},
		{"PutLogEvents", 400, "AccessDeniedException", "is not authorized to perform: logs:PutLogEvents", "waits"},
		{"PutLogEvents", 400, "UnrecognizedClientException", "The security token included in the request is invalid.", "waits"},
		{"PutLogEvents", 400, "ExpiredTokenException", "The security token included in the request is expired", "waits"},
		{"PutLogEvents", 400, "InvalidSignatureException", "Signature expired", "waits"},
		{"PutLogEvents", 400, "SerializationException", "", "waits"},
		{"PutLogEvents", 400, "SomethingNewException", "", "waits"},
		{"PutLogEvents", 400, "InvalidParameterException", "Log event too large", "some"},
		{"PutLogEvents", 400, "InvalidParameterException", "Value at 'logStreamName' failed to satisfy constraint", "waits"},
		{"CreateLogGroup", 400, "InvalidParameterException", "tags", "waits"},
		{"PutLogEvents", 400, "DataAlreadyAcceptedException", "", "delivered"},
		{"PutLogEvents", 413, "RequestEntityTooLargeException", "", "large"},
		{"PutLogEvents", 500, "ServiceUnavailableException", "", "later"},
		{"PutLogEvents", 503, "ServiceUnavailableException", "", "later"},
		{"PutLogEvents", 404, "", "", "waits"},
	} {
		server := &fake.CloudWatch{Before: answering(c.operation, c.status, c.code, c.message)}
		b := amazon(t, server, "log_group_name", "all", "log_retention_days", "7")
		s := source(b, pod)
		err := send(t, b, record(s, "a", 0), record(s, "b", 0))
		got := "later"
		rejected, _ := errors.AsType[*backend.Rejected](err)
		switch {
		case err == nil:
			got = "delivered"
		case errors.As(err, new(*backend.Throttled)):
			got = "throttled"
		case errors.As(err, new(*backend.TooLarge)):
			got = "large"
		case rejected != nil && rejected.Some:
			got = "some"
		case errors.As(err, new(*backend.Failed)), rejected != nil:
			got = "wrong"
		case strings.Contains(err.Error(), "unexpected answer"):
			got = "waits"
		}
		if got != c.want {
			t.Errorf("%s %d %s: %s (%v), want %s", c.operation, c.status, c.code, got, err, c.want)
		}
		if got == "waits" && c.code == "AccessDeniedException" && !strings.Contains(err.Error(), c.operation) {
			t.Errorf("the operation is not named: %v", err)
		}
		// Whatever was missing half way is made the next time.
		if server.Before = nil; c.want != "large" && c.want != "delivered" {
			if err := send(t, b, record(s, "a", 0)); err != nil || len(server.Events()) != 1 || server.Group("all").Retention != 7 {
				t.Errorf("%s %s: the next time: %v, %+v", c.operation, c.code, err, server.Group("all"))
			}
		}
	}
}

// One of many groups that is missing or forbidden is a verdict on its records alone.
func TestAGroupWaitsAlone(t *testing.T) {
	for set, want := range map[string]string{"on": "is not authorized", "off": "make the log group /k8slog/shop, or set auto_create_group on"} {
		server := &fake.CloudWatch{Denied: func(operation, group string) bool { return operation == "CreateLogGroup" }}
		b := amazon(t, server, "auto_create_group", set)
		s := source(b, pod)
		partial, ok := errors.AsType[*backend.PartialError](send(t, b, record(s, "a", 0), record(s, "b", 0)))
		if !ok || len(partial.Items) != 2 || partial.Items[0] == nil || !strings.Contains(partial.Items[1].Error(), want) {
			t.Errorf("%s: %+v", set, partial)
		}
		if scope := b.Scope(record(s, "a", 0)); scope != "/k8slog/shop" {
			t.Error(scope)
		}
		server.AddGroup("/k8slog/shop")
		if err := send(t, b, record(s, "a", 0)); err != nil {
			t.Error(err)
		}
	}
}

// When the second of two requests fails, the records of the first are delivered.
func TestHalfOfABodyIsTaken(t *testing.T) {
	server := &fake.CloudWatch{}
	b := amazon(t, server)
	s := source(b, pod)
	if err := send(t, b, record(s, "before", 0)); err != nil {
		t.Fatal(err)
	}
	puts := 0
	server.Before = func(w http.ResponseWriter, operation string, _ []byte) bool {
		if puts++; puts == 1 {
			return false
		}
		return answering("PutLogEvents", 400, "ThrottlingException", "Rate exceeded")(w, operation, nil)
	}
	partial, ok := errors.AsType[*backend.PartialError](send(t, b, record(s, "new", time.Hour), record(s, "old", 50*time.Hour), record(s, "older", 90*time.Hour)))
	if !ok || partial.Items[2] != nil || puts != 2 {
		t.Fatalf("%+v after %d requests", partial, puts)
	}
	for _, i := range []int{0, 1} {
		if !errors.As(partial.Items[i], new(*backend.Throttled)) {
			t.Errorf("%d: %v", i, partial.Items[i])
		}
	}
}

// A proxy or a login that answers for AWS has stored nothing.
func TestAPageIsNoAcceptance(t *testing.T) {
	for _, page := range []string{"<html>sign in</html>", "OK", "[]"} {
		server := &fake.CloudWatch{Before: func(w http.ResponseWriter, _ string, _ []byte) bool {
			_, _ = fmt.Fprint(w, page)
			return true
		}}
		b := amazon(t, server)
		err := send(t, b, record(source(b, pod), "a", 0))
		if err == nil || errors.As(err, new(*backend.Rejected)) || !strings.Contains(err.Error(), "no answer of CloudWatch Logs") {
			t.Errorf("%s: %v", page, err)
		}
	}
}
