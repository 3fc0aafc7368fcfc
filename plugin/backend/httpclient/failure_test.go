package httpclient

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

func TestFailure(t *testing.T) {
	const again, never, split, wait, failed = "again", "never", "split", "wait", "failed"
	want := map[int]string{400: never, 422: never, 413: split, 429: wait, 502: again, 503: again, 504: again}
	for status := 100; status < 1000; status++ {
		if status/100 == 2 {
			continue
		}
		answer := &Answer{Status: status, Text: "because"}
		err := answer.Failure()
		var rejected *backend.Rejected
		var tooLarge *backend.TooLarge
		var throttled *backend.Throttled
		var serverFailed *backend.Failed
		got := again
		switch {
		case errors.As(err, &rejected):
			got = never
			if !rejected.Some {
				t.Errorf("%d: all of the records", status)
			}
		case errors.As(err, &tooLarge):
			got = split
		case errors.As(err, &throttled):
			got = wait
		case errors.As(err, &serverFailed):
			got = failed
		}
		expected := again
		if status/100 == 5 {
			expected = failed
		}
		if special, ok := want[status]; ok {
			expected = special
		}
		if err == nil || got != expected || !strings.Contains(err.Error(), answer.String()) {
			t.Errorf("%d means %s (%v), want %s", status, got, err, expected)
		}
	}
	for status, after := range map[int]time.Duration{429: time.Second, 503: 2 * time.Second} {
		var throttled *backend.Throttled
		if err := (&Answer{Status: status, RetryAfter: after}).Failure(); !errors.As(err, &throttled) || throttled.After != after {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// What an operator can change stands in the same line.
func TestFailuresOfTheRequestSayWhatToChange(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{301, "", "set endpoint to the address itself"},
		{400, "<html>\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>", "begin endpoint with https://"},
		{400, "Client sent an HTTP request to an HTTPS server.\n", "begin endpoint with https://"},
		{400, "<center>Request Header Or Cookie Too Large</center>", "headers, header_files"},
		{400, "<center>No required SSL certificate was sent</center>", "client_cert_file"},
		{400, "stream '{a=\"b\"}' includes structured metadata, but this feature is disallowed. Please see", "allow_structured_metadata"},
		{401, "", "authorization_file"}, {402, "", "quota"}, {403, "", "authorization_file"}, {404, "", "check endpoint"}, {405, "", "check endpoint"},
		{406, "", "compression"}, {407, "", "HTTP_PROXY"}, {409, "", "check endpoint"}, {410, "", "check endpoint"}, {411, "", "Content-Length"},
		{415, "", "compression"}, {417, "", "headers"}, {421, "", "server_name"}, {426, "", "https://"}, {431, "", "headers, header_files"},
		{451, "", "legal"}, {499, "", "timeout"},
	} {
		answer := &Answer{Status: c.status, Body: []byte(c.body), Text: c.body}
		err := answer.Failure()
		var rejected *backend.Rejected
		if errors.As(err, &rejected) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d %s: %v, want %q", c.status, c.body, err, c.want)
		}
	}
	if err := (&Answer{Status: 415, ContentType: "application/grpc"}).Failure(); !strings.Contains(err.Error(), "gRPC") {
		t.Error(err)
	}
}

func TestForeignAnswers(t *testing.T) {
	for _, c := range []struct {
		content, body string
		want          bool
	}{
		{"text/html; charset=utf-8", "\n<p>Sign in</p>", true},
		{"", "\ufeff<!DOCTYPE HTML>", true}, {"", "<HTML>", true}, {"application/octet-stream", "<!-- a --><html>", true},
		{"application/grpc", "", true},
		{"text/html", "ok", false}, {"", "", false}, {"application/xml", "<Response/>", false}, {"application/json", `{"a":"<html>"}`, false},
	} {
		if got := (&Answer{Status: 200, ContentType: c.content, Body: []byte(c.body)}).IsForeign(); got != c.want {
			t.Errorf("%s %q: %t", c.content, c.body, got)
		}
	}
	for body, want := range map[string]bool{"": true, "\n": true, `"OK"`: true, "ok\n": true, "{}": true, "because": false, `{"error":"x"}`: false} {
		if got := (&Answer{Body: []byte(body)}).Blank(); got != want {
			t.Errorf("%q: %t", body, got)
		}
	}
}

// Some servers answer 400 where others answer 404.
func TestAWrongPathIsNoFaultOfTheRecords(t *testing.T) {
	for _, text := range []string{
		`{"error":"no handler found for uri [/x/_bulk] and method [POST]"}`,
		`unsupported path requested: "/_bulk"`,
		"error: invalid HTTP endpoint",
	} {
		var rejected *backend.Rejected
		if err := (&Answer{Status: 400, Text: text}).Failure(); errors.As(err, &rejected) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
