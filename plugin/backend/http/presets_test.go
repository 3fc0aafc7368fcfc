package http

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

var pod = filters.Source{Kind: filters.Container, Cluster: "eu", Namespace: "shop", Pod: "web-0", Container: "web", Node: "n1"}

// vendor is the intake of a vendor, and a backend with its preset.
func vendor(t *testing.T, v *fake.Vendor, set ...string) *Backend {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("vendor-key-of-nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	credentials := []string{"authorization_file", key}
	v.Key = "vendor-key-of-nobody"
	if v.Name == "parseable" || v.Name == "openobserve" {
		credentials = []string{"basic_auth_user", "root", "basic_auth_password_file", key}
		v.Key = base64.StdEncoding.EncodeToString([]byte("root:" + v.Key))
	}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	all := append([]string{"backend", "http", "preset", v.Name, "endpoint", server.URL + fake.VendorPath(v.Name)}, credentials...)
	return backendtest.New(t, New, append(all, set...)...)
}

func sendTexts(t *testing.T, b *Backend, texts ...string) error {
	t.Helper()
	s := pod
	s.Rendered = b.Render(&s)
	e := b.NewEncoder()
	for i, text := range texts {
		e.Append(&filters.Record{
			Source: &s, Time: time.Date(2026, 11, 30, 7, 0, i, 123456789, time.UTC).UnixNano(), Log: filters.PlainText([]byte(text)), Severity: filters.Warn, Stream: filters.Stderr,
			Fields: []filters.Field{
				{Key: []byte("message"), Text: filters.PlainText([]byte("of the record")), Own: true}, {Key: []byte("hostname"), Text: filters.PlainText([]byte("forged"))},
				{Key: []byte("Level.x"), Text: filters.PlainText([]byte("forged"))}, {Key: []byte("user"), Text: filters.PlainText([]byte("u"))},
			},
		})
	}
	body, err := b.Pack([][]byte{e.Frame()})
	if err != nil {
		t.Fatal(err)
	}
	body.Items = len(texts)
	return b.Send(t.Context(), body)
}

// Each vendor takes what its preset makes, and finds the text, the time and the severity
// where it documents them.
func TestPresetsSpeakTheVendorsProtocol(t *testing.T) {
	const text = `2026-11-30T07:00:00.123456789Z`
	for name, want := range map[string]map[string]any{
		"datadog":     {"timestamp": text, "status": "warn", "ddsource": "kubernetes", "service": "web", "hostname": "n1", "field_hostname": "forged", "ddtags": "kube_cluster_name:eu,kube_namespace:shop,pod_name:web-0,kube_container_name:web"},
		"newrelic":    {"timestamp": 1796022000123.0, "level": "warn", "field_Level.x": "forged"},
		"axiom":       {"_time": text, "level": "warn"},
		"betterstack": {"dt": text, "level": "warn"},
		"honeycomb":   {"time": text, "level": "warn"},
		"parseable":   {"time": text, "level": "warn"},
		"openobserve": {"_timestamp": 1796022000123456.0, "level": "warn"},
	} {
		v := &fake.Vendor{Name: name}
		if err := sendTexts(t, vendor(t, v), "a \"text\"", "another"); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := v.Records()
		if len(got) != 2 || got[1]["message"] != "another" {
			t.Errorf("%s: %v", name, got)
			continue
		}
		want["message"], want["stream"], want["user"], want["field_message"], want["node"] = `a "text"`, "stderr", "u", "of the record", "n1"
		for key, value := range want {
			if got[0][key] != value {
				t.Errorf("%s: %s is %v, want %v", name, key, got[0][key], value)
			}
		}
		if k, _ := got[0]["kubernetes"].(map[string]any); k["pod_name"] != "web-0" {
			t.Errorf("%s: %v", name, got[0])
		}
	}
}

func TestPresetsKnowTheVendorsAnswers(t *testing.T) {
	for _, p := range presets {
		v := &fake.Vendor{Name: p.name, Bad: func(text string) bool { return text == "bad" }}
		b := vendor(t, v)
		// A record that is refused: found by halves, or named by the answer.
		err := sendTexts(t, b, "good", "bad")
		rejected, _ := errors.AsType[*backend.Rejected](err)
		partial, _ := errors.AsType[*backend.PartialError](err)
		named := partial != nil && partial.Items[0] == nil && errors.As(partial.Items[1], new(*backend.Rejected))
		if named != (p.name == "honeycomb") || !named && (rejected == nil || !rejected.Some) {
			t.Errorf("%s: %v", p.name, err)
		}
		if err := sendTexts(t, b, "good"); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		v.Busy = true
		if err := sendTexts(t, b, "good"); !errors.As(err, new(*backend.Throttled)) {
			t.Errorf("%s is busy: %v", p.name, err)
		}
		v.Busy = false
		v.Key = "another-key"
		if err := sendTexts(t, b, "good"); err == nil || errors.As(err, new(*backend.Rejected)) || strings.Contains(err.Error(), "nobody") || !strings.Contains(err.Error(), "authorization_file") {
			t.Errorf("%s with another key: %v", p.name, err)
		}
	}
}

// A success that is not the vendor's own is none, where the vendor says how many it took.
func TestPresetsWantTheVendorsOwnAnswer(t *testing.T) {
	for _, p := range presets {
		if p.partial == nil {
			continue
		}
		for _, text := range []string{"", "{}", "OK", `{"ingested":"x"}`, "[]"} {
			if err := p.partial(&httpclient.Answer{Status: 200, Body: []byte(text)}, 1); err == nil || errors.As(err, new(*backend.Rejected)) {
				t.Errorf("%s: %q is %v", p.name, text, err)
			}
		}
	}
}

// An event that Honeycomb throttles is sent again, and one of an unknown status as well.
func TestHoneycombThrottles(t *testing.T) {
	err := honeycombPartial(&httpclient.Answer{Status: 200, Body: []byte(`[{"status":429},{"status":202},{"status":500}]`)}, 3)
	partial, ok := errors.AsType[*backend.PartialError](err)
	if !ok || !errors.As(partial.Items[0], new(*backend.Throttled)) || partial.Items[1] != nil || partial.Items[2] == nil || errors.As(partial.Items[2], new(*backend.Rejected)) {
		t.Error(err)
	}
}

// Of more records than the vendor takes, halves are sent.
func TestDatadogTakesAThousand(t *testing.T) {
	v := &fake.Vendor{Name: "datadog"}
	b := vendor(t, v)
	texts := make([]string, 1001)
	if err := sendTexts(t, b, texts...); !errors.As(err, new(*backend.TooLarge)) || len(v.Records()) != 0 {
		t.Error(err)
	}
	if err := sendTexts(t, b, texts[:1000]...); err != nil || len(v.Records()) != 1000 {
		t.Error(err)
	}
}

// What a user sets has priority over the preset.
func TestPresetsAreDefaults(t *testing.T) {
	c, common, err := backendtest.Parse[Config]("backend", "http", "endpoint", "http://x", "preset", "datadog", "http_text_key", "msg", "batch_bytes", "1MB", "compression", "zstd")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintln(c.Text, c.Time, c.Severity, c.Format, c.Compression, common.BatchBytes, common.TextBytes); got != "msg timestamp status json zstd 1000000 900000\n" {
		t.Error(got)
	}
	for set, want := range map[string]string{
		"preset=elastic":                              `option preset: "elastic" is not one of the choices`,
		"http_text_key=Time":                          `option http_text_key: "Time" is http_time_key`,
		"http_text_key=kubernetes":                    "is a name that the plugin writes itself",
		"http_text_key=a.b":                           "is not made of letters",
		"preset=datadog http_text_key=service":        "is a name that the preset writes",
		"preset=datadog id_key=msg http_text_key=msg": `option http_text_key: "msg" is id_key`,
		"preset=axiom merge_log_key=level":            "is merge_log_key",
		"preset=datadog http_time_format=unix_s":      "is not one of the choices",
	} {
		values := []string{"backend", "http", "endpoint", "http://localhost"}
		for entry := range strings.SplitSeq(set, " ") {
			name, value, _ := strings.Cut(entry, "=")
			values = append(values, name, value)
		}
		if _, _, err := backendtest.Parse[Config](values...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", set, err)
		}
	}
}
