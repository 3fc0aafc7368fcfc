package kafka

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

func TestOptions(t *testing.T) {
	c, common, err := parse("brokers", "kafka-0:9092, [::1]:9093", "topic", "logs-{namespace|other_}-{%Y}", "max_message_bytes", "8M", "id_header", "none",
		"record_headers", "a: b:c | d:", "use_tls", "on", "sasl_mechanism", "SCRAM-SHA-512", "sasl_user", "u", "sasl_password_file", "/p")
	if err != nil || len(common.Warnings()) > 0 {
		t.Fatal(err, common.Warnings())
	}
	if !slices.Equal(c.Brokers, []string{"kafka-0:9092", "[::1]:9093"}) || c.MaxMessage != 8e6 || c.IDHeader != "" || !c.CreateTopics || !c.UseTLS ||
		len(c.Headers) != 2 || c.Headers[0].Key != "a" || string(c.Headers[0].Value) != "b:c" || len(c.Headers[1].Value) != 0 ||
		c.SASL != (SASL{Mechanism: scram512, User: "u", PasswordFile: "/p"}) {
		t.Errorf("%+v", c)
	}
	for _, bad := range []struct{ name, value, problem string }{
		{"brokers", "kafka", "is not host:port"},
		{"brokers", "kafka:x", "is not host:port"},
		{"brokers", "kafka:0", "is not host:port"},
		{"brokers", ":9092", "is not host:port"},
		{"brokers", "http://kafka:9092", "is not host:port"},
		{"brokers", "kafka:9092,kafka:9092", "names a broker twice"},
		{"topic", "logs/{namespace|other_}", "makes names that no topic can have"},
		{"topic", "{namespace}", "makes names that no topic can have"},
		{"topic", "__consumer_offsets", "makes names that no topic can have"},
		{"topic", "{log}", "has the unknown field"},
		{"message_key", "{%Y}", "has a date"},
		{"max_message_bytes", "1K", "is out of range"},
		{"record_headers", "a", "is not Name: value"},
		{"compression", "brotli", "is not one of the choices"},
		{"kafka_format", "otlp_json", "is not one of the choices"},
		{"sasl_mechanism", "GSSAPI", "is not one of the choices"},
		{"sasl_mechanism", "PLAIN", "must be set for sasl_mechanism PLAIN"},
		{"sasl_mechanism", "OAUTHBEARER", "must be set for sasl_mechanism OAUTHBEARER"},
		{"client_cert_file", "/x", "need each other"},
	} {
		if _, _, err := parse(bad.name, bad.value); err == nil || !strings.Contains(err.Error(), bad.problem) {
			t.Errorf("%s %s: %v", bad.name, bad.value, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		want string
		set  []string
	}{
		{"use_tls is off, so the options of certificates", []string{"ca_file", "/x"}},
		{"use_tls is off, so sasl_mechanism PLAIN", []string{"sasl_mechanism", "PLAIN", "sasl_user", "u", "sasl_password_file", "/p"}},
		{"option id_key has no effect with kafka_format otlp", []string{"kafka_format", "otlp", "id_key", "id"}},
		{"sasl_mechanism is none", []string{"sasl_user", "u"}},
		{"can be the name of a namespace", []string{"topic", "{namespace|other}"}},
	} {
		_, common, err := parse(c.set...)
		if err != nil || len(common.Warnings()) != 1 || !strings.Contains(common.Warnings()[0], c.want) {
			t.Errorf("%q: %v, %q", c.set, err, common.Warnings())
		}
	}
}

// A file that cannot be used is an error at start, which names the option, and never what the
// file holds.
func TestFilesAtStart(t *testing.T) {
	dir := t.TempDir()
	lines := filepath.Join(dir, "lines")
	if err := os.WriteFile(lines, []byte("secret-1\nsecret-2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, set := range [][]string{
		{"sasl_password_file", lines, "sasl_mechanism", "PLAIN", "sasl_user", "u"},
		{"sasl_password_file", filepath.Join(dir, "none"), "sasl_mechanism", "SCRAM-SHA-256", "sasl_user", "u"},
		{"sasl_token_file", lines, "sasl_mechanism", "OAUTHBEARER"},
		{"ca_file", lines, "use_tls", "on"},
	} {
		c, common, err := parse(set...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(c, common); err == nil || !strings.Contains(err.Error(), "option "+set[0]+": ") || strings.Contains(err.Error(), "secret-") {
			t.Errorf("%q: %v", set, err)
		}
	}
}

func TestTopicName(t *testing.T) {
	for text, want := range map[string]string{
		"logs.Shop-1_a": "logs.Shop-1_a", "": "unnamed", ".": "_", "..": "_", "a/b c\n": "a_b_c_", "häuser": "h_user",
		"__consumer_offsets": "_consumer_offsets", "___x": "_x", "__": "_", strings.Repeat("x", 300): strings.Repeat("x", 249),
	} {
		if got := topicName(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Names of sources that are hostile make valid names, and none of Kafka's own topics.
func TestHostileNamesOfTopics(t *testing.T) {
	c, common, err := parse("topic", "{component|other_}")
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(c, common)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for component, want := range map[string]string{"__transaction_state": "_transaction_state", "../x": ".._x", "{namespace}": "_namespace_"} {
		s := source(b, filters.Source{Kind: filters.Component, Component: component})
		if got := b.Scope(&filters.Record{Source: s, Log: filters.PlainText([]byte("topic: other"))}); got != want {
			t.Errorf("%s: %s, want %s", component, got, want)
		}
	}
}

// A date is that of the record, within bounds: a text may choose its time.
func TestDatedTopics(t *testing.T) {
	c, common, err := parse("topic", "logs-{%Y.%m.%d}")
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(c, common)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s := source(b, filters.Source{})
	topics := map[string]bool{}
	for day := int64(0); day < 40000; day += 9 {
		topics[b.Scope(&filters.Record{Source: s, Time: day * 24 * 3600e9})] = true
	}
	if len(topics) > 7 {
		t.Errorf("%d topics", len(topics))
	}
	first := filters.Record{Source: s, Time: 1795910400e9}
	if a := testing.AllocsPerRun(100, func() { b.Scope(&first) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
	if got, again := b.Scope(&first), b.Scope(&first); got != again {
		t.Errorf("%s, then %s", got, again)
	}
}
