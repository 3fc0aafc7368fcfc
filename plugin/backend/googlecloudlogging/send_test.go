package googlecloudlogging

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

func TestSend(t *testing.T) {
	for _, compression := range []string{"none", "gzip"} {
		server := newServer()
		b := newBackend(t, server, "compression", compression)
		for range 2 { // what is sent again is there once
			if err := backendtest.Send(t, b, pod(), texts("a", "b", `{"message":"c","n":1}`)...); err != nil {
				t.Fatal(err)
			}
		}
		if got := server.Entries(); len(got) != 3 || got[1].GetTextPayload() != "b" || len(server.Problems()) > 0 {
			t.Errorf("%v, %v", got, server.Problems())
		}
	}
}

// Entries that are refused hold up no others.
func TestPartialErrors(t *testing.T) {
	server := newServer()
	server.Code = func(e *loggingpb.LogEntry) int {
		return map[string]int{"never": 3, "range": 11, "denied": 7, "quota": 8, "internal": 13, "unavailable": 14}[e.GetTextPayload()]
	}
	b := newBackend(t, server)
	for want, list := range map[string][]string{
		"[ok rejected ok]":                       {"a", "never", "b"},
		"[rejected again throttled 0s again ok]": {"range", "denied", "quota", "unavailable", "a"},
		"[rejected ok]":                          {"never", "a"},
		"rejected, some":                         {"never"}, // no entry was written, so none is named
		"again":                                  {"denied", "denied"},
		"throttled 0s":                           {"quota"},
	} {
		if got := verdict(backendtest.Send(t, b, pod(), texts(list...)...)); got != want {
			t.Errorf("%v: %s, want %s", list, got, want)
		}
	}
}

func TestOversize(t *testing.T) {
	server := newServer()
	b := newBackend(t, server)
	if got := verdict(backendtest.Send(t, b, pod(), texts("a", strings.Repeat("x", 257_000))...)); got != "[ok rejected]" {
		t.Error(got)
	}
	var many []string
	for range 60 {
		many = append(many, strings.Repeat("x", 190_000))
	}
	if got := verdict(backendtest.Send(t, b, pod(), texts(many...)...)); got != "too large" {
		t.Error(got)
	}
}

func TestWrongProject(t *testing.T) {
	server := newServer()
	b := newBackend(t, server, "google_project", "another-project")
	if err := backendtest.Send(t, b, pod(), texts("x")...); verdict(err) != "again" || !strings.Contains(err.Error(), "roles/logging.logWriter") {
		t.Error(err)
	}
}

// A token that is refused is fetched anew at once. No token gets into an error.
func TestRefusedToken(t *testing.T) {
	server := newServer()
	b := newBackend(t, server)
	if err := backendtest.Send(t, b, pod(), texts("x")...); err != nil {
		t.Fatal(err)
	}
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		fake.GoogleError(w, 16, "not with "+r.Header.Get("Authorization"))
		return true
	}
	err := backendtest.Send(t, b, pod(), texts("x")...)
	if verdict(err) != "again" || !strings.Contains(err.Error(), "google_credentials_file") || strings.Contains(err.Error(), token) {
		t.Error(err)
	}
}

// What a dead letter says of an entry has the name of the code, and no token that the server
// quotes.
func TestWordsOfRefusedEntries(t *testing.T) {
	server := newServer()
	b := newBackend(t, server)
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		fake.GoogleError(w, 3, "refused", map[string]any{
			"@type":          "type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors",
			"logEntryErrors": map[string]any{"1": map[string]any{"code": 11, "message": "too old, with " + r.Header.Get("Authorization")}},
		})
		return true
	}
	err := backendtest.Send(t, b, pod(), texts("x", "y")...)
	partial, ok := errors.AsType[*backend.PartialError](err)
	if !ok || partial.Items[0] != nil || !strings.HasSuffix(partial.Items[1].Error(), "OUT_OF_RANGE: too old, with Bearer …") {
		t.Errorf("%v, %v", err, partial)
	}
}

// A request without an answer in time is sent again, and stored once.
func TestSlowAnswer(t *testing.T) {
	server := newServer()
	b := newBackend(t, server)
	over, slow := make(chan struct{}), true
	server.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if slow {
			slow = false
			server.ServeHTTP(w, r)
			<-over
		}
		return false
	}
	source := pod()
	source.Rendered = b.Render(source)
	e := b.NewEncoder()
	r := texts("x")[0]
	r.Source = source
	e.Append(&r)
	body, err := b.Pack([][]byte{e.Frame()})
	if err != nil {
		t.Fatal(err)
	}
	body.Items = 1
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for len(server.Entries()) == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := b.Send(ctx, body); err == nil {
		t.Error("there was an answer")
	}
	close(over)
	if err := b.Send(t.Context(), body); err != nil || len(server.Entries()) != 1 {
		t.Errorf("%v, %d entries", err, len(server.Entries()))
	}
}

func TestAnswers(t *testing.T) {
	const partialType = `"@type":"type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors","logEntryErrors"`
	google := func(status, message, details string) string {
		return `{"error":{"code":400,"status":"` + status + `","message":"` + message + `","details":[` + details + `]}}`
	}
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{200, "{}", "ok"}, {200, "{}\n", "ok"}, {200, "", "ok"}, {200, `{"a":1}`, "ok"},
		{200, "<html>sign in</html>", "again"}, {200, "sign in", "again"}, {200, `{"error":{}}`, "again"}, {204, "", "again"}, {302, "", "again"},
		{400, google("INVALID_ARGUMENT", "x", ""), "rejected, some"},
		{400, google("INVALID_ARGUMENT", "Request payload size exceeds the limit: 10485760 bytes.", ""), "too large"},
		{400, google("INVALID_ARGUMENT", "API key not valid", `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}`), "again"},
		{400, google("FAILED_PRECONDITION", "billing", ""), "again"}, {400, google("OUT_OF_RANGE", "", ""), "again"},
		{400, "Client sent an HTTP request to an HTTPS server.", "again"}, {400, "", "again"}, {422, "", "again"},
		{401, google("UNAUTHENTICATED", "", ""), "again"}, {403, google("PERMISSION_DENIED", "", ""), "again"}, {404, google("NOT_FOUND", "", ""), "again"},
		{413, "", "too large"}, {413, google("", "", ""), "too large"},
		{429, google("RESOURCE_EXHAUSTED", "", `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.5s"}`), "throttled 2.5s"},
		{429, google("RESOURCE_EXHAUSTED", "", `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"99999s"}`), "throttled 5m0s"},
		{429, google("RESOURCE_EXHAUSTED", "", ""), "throttled 0s"}, {429, "", "throttled 0s"},
		{500, google("INTERNAL", "", ""), "failed"}, {503, google("UNAVAILABLE", "", ""), "again"}, {502, "<html>", "again"}, {504, google("DEADLINE_EXCEEDED", "", ""), "again"},
		{403, google("PERMISSION_DENIED", "", `{`+partialType+`:{"1":{"code":3},"2":{"code":7}}}`), "[ok rejected again]"},
		{400, google("INVALID_ARGUMENT", "", `{`+partialType+`:{"0":{"code":3},"1":{"code":3},"2":{"code":3}}}`), "[rejected rejected rejected]"},
		{403, google("PERMISSION_DENIED", "", `{`+partialType+`:{"0":{"code":7},"1":{"code":7},"2":{"code":7}}}`), "not taken: again"},
		{429, google("RESOURCE_EXHAUSTED", "", `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2s"},{`+partialType+`:{"1":{"code":8}}}`), "[ok throttled 2s ok]"},
		{400, google("INVALID_ARGUMENT", "", `{`+partialType+`:{"3":{"code":3}}}`), "again"}, // there is no such entry
		{400, google("INVALID_ARGUMENT", "", `{`+partialType+`:{"x":{"code":3}}}`), "again"},
		{400, google("INVALID_ARGUMENT", "", `{`+partialType+`:{"0":{}}}`), "again"},
		{400, google("INVALID_ARGUMENT", "", `{`+partialType+`:{}}`), "rejected, some"},
	} {
		a := &httpclient.Answer{Status: c.status, Body: []byte(c.body), Text: c.body}
		if got := verdict(classify(a, 3, strings.ToLower)); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.body, got, c.want)
		}
	}
	cut := &httpclient.Answer{Status: 400, Body: []byte(google("INVALID_ARGUMENT", "", "")), Cut: true}
	if got := verdict(classify(cut, 3, strings.ToLower)); got != "again" {
		t.Error(got)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(200, "{}")
	f.Add(400, `{"error":{"status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors","logEntryErrors":{"1":{"code":3}}}]}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		got := verdict(classify(&httpclient.Answer{Status: status, Body: []byte(body), Text: body}, 3, strings.ToLower))
		if got == "ok" && status != 200 {
			t.Errorf("%d %q is a success", status, body)
		}
		if strings.HasPrefix(got, "[") && !strings.Contains(got, "rejected") && !strings.Contains(got, "again") && !strings.Contains(got, "throttled") {
			t.Errorf("%d %q: %s", status, body, got)
		}
	})
}
