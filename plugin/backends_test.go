package plugin

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// docs/options.md must not drift from what the options declare.
func TestGeneratedDocuments(t *testing.T) {
	compareFile(t, "../docs/options.md", []byte(Backends.Schema().Markdown()))
}

// base are the options that a backend needs.
func base(entries []options.Entry, name string) map[string]string {
	set := map[string]string{"backend": name}
	for _, e := range entries {
		if e.Required && slices.Contains(e.Backends, name) {
			set[e.Name] = e.Example
		}
	}
	switch name {
	case "splunk": // without a token it warns
		set["authorization_file"] = "/x"
	case "kafka", "syslog": // without it, certificates have no effect
		set["use_tls"] = "on"
	}
	return set
}

func parse(set map[string]string) (*options.Config, error) {
	c, _, err := Backends.Parse(func(name string) string { return set[name] })
	return c, err
}

// names are the choices of the option backend.
func names() (all []string) {
	for _, b := range Backends.Schema() {
		all = append(all, b.Name)
	}
	return all
}

// partners are options that must be set together.
var partners = map[string]string{
	"basic_auth_user": "basic_auth_password_file", "basic_auth_password_file": "basic_auth_user",
	"client_cert_file": "client_key_file", "client_key_file": "client_cert_file",
}

func TestEveryOptionIsDocumented(t *testing.T) {
	entries := Backends.Schema().Entries()
	for _, o := range entries {
		if o.Type == "" || o.Example == "" || o.Set == nil || o.Required && o.Default != "" {
			t.Errorf("%s is not complete", o.Name)
		}
		if !strings.HasSuffix(o.Doc, ".") || !unicode.IsUpper(rune(o.Doc[0])) || strings.ContainsAny(o.Doc, "\n\t") {
			t.Errorf("%s: the text is not made of sentences: %q", o.Name, o.Doc)
		}
		for _, value := range []string{o.Example, o.Default} {
			if value == "" {
				continue
			}
			for _, name := range names() {
				if o.Backends != nil && !slices.Contains(o.Backends, name) {
					continue
				}
				set := base(entries, name)
				if other := partners[o.Name]; other != "" {
					set[other] = "/x"
				}
				if o.Name == "aws_auth" {
					set["aws_service_name"] = "es"
				}
				if o.Name == "sse_kms_key_id" {
					set["server_side_encryption"] = "aws:kms"
				}
				if strings.HasPrefix(o.Name, "sasl_") && value != o.Default {
					set["sasl_mechanism"], set["sasl_user"], set["sasl_password_file"] = "PLAIN", "u", "/x"
				}
				if o.Name == "metadata" {
					set["node_name"] = "n"
				}
				if o.Name == "disk_ledger_path" {
					set["path_key"], set["offset_key"] = "path", "offset"
				}
				if strings.HasPrefix(o.Name, "oauth_") {
					set["oauth_token_url"], set["oauth_client_id"], set["oauth_client_secret_file"] = "https://x", "x", "/x"
				}
				if strings.HasPrefix(o.Name, "azure_client") {
					id := "00000000-0000-0000-0000-000000000000"
					set["azure_tenant_id"], set["azure_client_id"], set["azure_client_secret_file"] = id, id, "/x"
				}
				if o.Name == "batch_bytes" && name == "azure" {
					continue // it takes less than the example
				}
				if strings.HasPrefix(o.Name, "basic_auth") || strings.HasPrefix(o.Name, "oauth_") {
					delete(set, "authorization_file")
				}
				if set[o.Name] = value; o.Name == "backend" {
					set = base(entries, value)
				}
				if c, err := parse(set); err != nil || len(c.Warnings()) > 0 {
					t.Errorf("%s %s, backend %s: %v", o.Name, value, name, err)
				}
			}
		}
	}
}

// Fluent Bit keeps these for itself: the plugin would never see them.
func TestNamesAreNotTheCoresOwn(t *testing.T) {
	own := []string{
		"match", "match_regex", "alias", "log_level", "log_suppress_interval", "host", "port", "ipv6", "retry_limit",
		"storage.total_limit_size", "workers",
	}
	seen := map[string]bool{}
	for _, o := range Backends.Schema().Entries() {
		for _, name := range append([]string{o.Name}, o.Aliases...) {
			if slices.Contains(own, name) || seen[name] {
				t.Errorf("%s is taken", name)
			}
			for _, prefix := range []string{"net.", "tls", "oauth2", "storage."} {
				if strings.HasPrefix(name, prefix) {
					t.Errorf("%s begins like the core's %s", name, prefix)
				}
			}
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
				t.Errorf("%s is no name of an option", name)
			}
			seen[name] = true
		}
	}
}

// A name that the plugin writes with one backend is refused with every backend,
// so that a configuration stays valid when its backend changes.
func TestNamesOfTheOutputAreNoMergeLogKeys(t *testing.T) {
	for _, key := range []string{
		"time", "log", "Severity", "KUBERNETES", "scope", // ndjson
		"pod-uid", "restart_count", "other_fields", "fields_dropped", // loki
		"ecs", "data_stream", "orchestrator", // elasticsearch
		"_msg", "_stream_id", "fields_cut", // victorialogs
		"program", "message", // filters
	} {
		_, err := parse(map[string]string{"backend": "stdout", "merge_log_key": key})
		if err == nil || !strings.Contains(err.Error(), "is a name that the plugin writes itself; allowed: letters, digits, _ and -, and no name") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestOptionsWithoutEffect(t *testing.T) {
	c, err := parse(map[string]string{"backend": "stdout", "endpoint": "not even a URL", "labels": "pod", "file_path": "x", "node_name": "n"})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, name := range []string{"file_path", "endpoint", "labels"} {
		want = append(want, "option "+name+" has no effect with backend stdout")
	}
	if !slices.Equal(c.Warnings(), want) {
		t.Errorf("%q", c.Warnings())
	}
}

// bucket is a backend that nothing but its registration knows of.
type bucket struct {
	backend.OnePartition
	name string
}

type bucketConfig struct{ name string }

func (c *bucketConfig) Options() []options.Option {
	return []options.Option{{
		Name: "bucket_name", Type: "text", Required: true, Example: "logs", Doc: "Where records are put.", Set: options.Text(&c.name),
	}}
}

func (c *bucketConfig) FieldNames() []string { return []string{"bucket"} }

func newBucket(c *bucketConfig, _ *options.Config) (*bucket, error) {
	return &bucket{name: c.name}, nil
}

func (*bucket) Render(s *filters.Source) any               { return ndjson.Render(s) }
func (*bucket) NewEncoder() backend.Encoder                { return &ndjson.Encoder{} }
func (*bucket) Pack(frames [][]byte) (backend.Body, error) { return backend.Body{Parts: frames}, nil }
func (*bucket) Send(context.Context, backend.Body) error   { return nil }
func (*bucket) Close() error                               { return nil }

// A new backend is a line of registration: its options are parsed, checked and
// documented, and an output delivers to it.
func TestANewBackendIsOneRegistration(t *testing.T) {
	saved := Backends
	defer func() { Backends = saved }()
	Backends = append(slices.Clone(Backends), backend.Register("bucket", newBucket))

	_, newBackend, err := Backends.Parse(func(name string) string {
		return map[string]string{"backend": "bucket", "bucket_name": "b"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := newBackend(); err != nil || b.(*bucket).name != "b" {
		t.Errorf("%+v, %v", b, err)
	}
	for _, c := range []struct{ set, want string }{
		{"backend=bucket", "option bucket_name: must be set for backend bucket; allowed: text, as in logs"},
		{"backend=stdout merge_log_key=bucket", `option merge_log_key: "bucket" is a name that the plugin writes itself; `},
		{"backend=none", `option backend: "none" is not one of the choices; allowed: file, stdout, http, loki, otlp, elasticsearch, victorialogs, splunk, cloudwatch, google_cloud_logging, azure, kafka, s3, syslog, bucket`},
	} {
		values := map[string]string{}
		for pair := range strings.FieldsSeq(c.set) {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = value
		}
		if _, err := parse(values); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", c.set, err)
		}
	}
	if c, err := parse(map[string]string{"backend": "stdout", "bucket_name": "b"}); err != nil || len(c.Warnings()) != 1 {
		t.Errorf("without effect: %v", err)
	}
	if e, ok := Backends.Schema().Find("bucket_name"); !ok || !slices.Equal(e.Backends, []string{"bucket"}) {
		t.Errorf("%+v", e)
	}
	if row := "| `bucket_name` | text | none, must be set | bucket | Where records are put. |"; !strings.Contains(Backends.Schema().Markdown(), row) {
		t.Error("it is not documented")
	}
	in, _ := start(t, map[string]string{"backend": "bucket", "bucket_name": "b"})
	if got := in.Flush(workerThread, "app", nil); got != OK {
		t.Errorf("an empty chunk: %v", got)
	}
}
