package options

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		backend, option, value string
		get                    func(*Config) any
		want                   any
	}{
		{Stdout, "backend", "stdout", func(c *Config) any { return c.Backend }, "stdout"},
		{HTTP, "endpoint", "https://logs.example:8443/in?token=x", func(c *Config) any { return c.Endpoints[0].String() }, "https://logs.example:8443/in?token=x"},
		{Loki, "endpoint", "http://[::1]:3100/tenant", func(c *Config) any { return c.Endpoints[0].String() }, "http://[::1]:3100/tenant"},
		{File, "file_path", " /tmp/a b.ndjson ", func(c *Config) any { return c.FilePath }, "/tmp/a b.ndjson"},
		{HTTP, "headers", "x-scope-orgid: a | X-B:c:d|X-B: e", func(c *Config) any { return c.Headers }, http.Header{"X-Scope-Orgid": {"a"}, "X-B": {"c:d", "e"}}},
		{HTTP, "headers", "X-Empty:", func(c *Config) any { return c.Headers }, http.Header{"X-Empty": {""}}},
		{HTTP, "compression", "zstd", func(c *Config) any { return c.Compression }, "zstd"},
		{HTTP, "compression", "", func(c *Config) any { return c.Compression }, "none"},
		{HTTP, "compression", "snappy", func(c *Config) any { return c.Compression }, "snappy"},
		{OTLP, "compression", "zstd", func(c *Config) any { return c.Compression }, "zstd"},
		{OTLP, "trace_ids", "", func(c *Config) any { return c.TraceIDs }, true},
		{OTLP, "trace_ids", "off", func(c *Config) any { return c.TraceIDs }, false},
		{Stdout, "trace_ids", "", func(c *Config) any { return c.TraceIDs }, false},
		{Stdout, "batch_bytes", "", func(c *Config) any { return c.BatchBytes }, 1_000_000},
		{Stdout, "batch_bytes", "2048", func(c *Config) any { return c.BatchBytes }, 2048},
		{Stdout, "batch_bytes", "5k", func(c *Config) any { return c.BatchBytes }, 5000},
		{Stdout, "batch_bytes", "2 MB", func(c *Config) any { return c.BatchBytes }, 2_000_000},
		{Stdout, "batch_bytes", "64MiB", func(c *Config) any { return c.BatchBytes }, 64 << 20},
		{Stdout, "batch_bytes", "1kib", func(c *Config) any { return c.BatchBytes }, 1 << 10},
		{Stdout, "batch_wait", "0s", func(c *Config) any { return c.BatchWait }, time.Duration(0)},
		{Stdout, "batch_wait", "1.5s", func(c *Config) any { return c.BatchWait }, 1500 * time.Millisecond},
		{Stdout, "flush_deadline", "30", func(c *Config) any { return c.FlushDeadline }, 30 * time.Second},
		{Stdout, "request_timeout", "10ms", func(c *Config) any { return c.RequestTimeout }, 10 * time.Millisecond},
		{Stdout, "backoff_min", "5s", func(c *Config) any { return c.BackoffMin }, 5 * time.Second},
		{Stdout, "backoff_max", "10m", func(c *Config) any { return c.BackoffMax }, 10 * time.Minute},
		{Stdout, "dead_letter_path", "/tmp/d", func(c *Config) any { return c.DeadLetterPath }, "/tmp/d"},
		{Stdout, "tag_prefix", "", func(c *Config) any { return c.TagPrefix }, "kube.var.log.containers."},
		{Stdout, "path_key", "path", func(c *Config) any { return c.PathKey }, "path"},
		{Stdout, "cluster_name", "eu", func(c *Config) any { return c.ClusterName }, "eu"},
		{Stdout, "node_name", "n1", func(c *Config) any { return c.NodeName }, "n1"},
		{Loki, "labels", ` job="k8s" , pod,app=$container`, func(c *Config) any { return c.Labels },
			[]Label{{Name: "job", Value: "k8s"}, {Name: "pod", Field: "pod"}, {Name: "app", Field: "container"}}},
		{Stdout, "time_zone", "Asia/Tokyo", func(c *Config) any { return c.TimeZone.String() }, "Asia/Tokyo"},
		{Stdout, "time_zone", "", func(c *Config) any { return c.TimeZone }, time.Local},
		{Loki, "labels", "", func(c *Config) any { return len(c.Labels) }, 6},
		{Loki, "text_bytes", "", func(c *Config) any { return c.TextBytes }, 0},
		{Loki, "text_bytes", "64KiB", func(c *Config) any { return c.TextBytes }, 64 << 10},
		{VictoriaLogs, "stream_fields", "", func(c *Config) any { return len(c.StreamFields) }, 6},
		{VictoriaLogs, "stream_fields", " pod,severity ", func(c *Config) any { return c.StreamFields }, []string{"pod", "severity"}},
		{VictoriaLogs, "tenant", "12:4294967295", func(c *Config) any { return c.Tenant.text }, "12:4294967295"},
		{Splunk, "authorization_type", "", func(c *Config) any { return c.AuthorizationType }, "Splunk"},
		{Splunk, "authorization_type", "Bearer", func(c *Config) any { return c.AuthorizationType }, "Bearer"},
		{Loki, "authorization_type", "", func(c *Config) any { return c.AuthorizationType }, "Bearer"},
		{Splunk, "splunk_event", "", func(c *Config) any { return c.SplunkEvent }, "text"},
	} {
		set := base(c.backend)
		set[c.option] = c.value
		config, err := parse(set)
		if err != nil || !reflect.DeepEqual(c.get(config), c.want) {
			t.Errorf("%s %q: %v, %v, want %v", c.option, c.value, c.get(config), err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const url = "allowed: http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100"
	const headers = "allowed: Name: value, several separated by |, and none that HTTP itself sets (Host, Content-Length, Content-Encoding, Transfer-Encoding, Connection; Content-Type only for http)"
	const labels = "allowed: up to 15, separated by commas: a field (cluster, node, namespace, workload, pod, container, component, stream, severity), name=$field, or name=constant"
	const tenants = "is no tenant of VictoriaLogs; allowed: AccountID or AccountID:ProjectID, numbers below 2^32, as in 12:0"
	const streams = "allowed: names separated by commas, of cluster, node, namespace, pod, container, component, stream, severity"
	choices := strings.Join(Backends, ", ")
	for _, c := range []struct{ backend, option, value, want string }{
		{Stdout, "backend", "kafka", `option backend: "kafka" is not one of the choices; allowed: ` + choices},
		{Stdout, "backend", "", `option backend: must be set; allowed: ` + choices},
		{Stdout, "backend", "Loki", `option backend: "Loki" is not one of the choices; allowed: ` + choices},
		{File, "file_path", "", `option file_path: must be set for backend file; allowed: path, as in /var/log/k8slog/records.ndjson`},
		{Loki, "endpoint", "", `option endpoint: must be set for backend loki; ` + url},
		{HTTP, "endpoint", "", `option endpoint: must be set for backend http; ` + url},
		{HTTP, "endpoint", "loki:3100", `option endpoint: is not a URL; ` + url},
		{HTTP, "endpoint", "loki.logging", `option endpoint: is not an http:// or https:// URL; ` + url},
		{HTTP, "endpoint", "ftp://secret", `option endpoint: is not an http:// or https:// URL; ` + url},
		{HTTP, "endpoint", "http://secret:port", `option endpoint: is not a URL; ` + url},
		{HTTP, "endpoint", "http://secret\nx/", `option endpoint: is not a URL; ` + url},
		{HTTP, "endpoint", "http:///secret", `option endpoint: names no host; ` + url},
		{HTTP, "endpoint", "http://:3100", `option endpoint: names no host; ` + url},
		{HTTP, "endpoint", "http://user:secret@host", `option endpoint: contains a user or a password, which would end up in logs; ` + url},
		{HTTP, "endpoint", "http://host/#secret", `option endpoint: has a fragment; ` + url},
		{Loki, "endpoint", "http://host/?token=secret", `option endpoint: has a query; ` + url},
		{Loki, "endpoint", "http://host/loki/api/v1/push/", `option endpoint: contains the path of the protocol, which is appended to it; ` + url},
		{OTLP, "endpoint", "http://host/otlp/v1/logs", `option endpoint: contains the path of the protocol, which is appended to it; ` + url},
		{OTLP, "endpoint", "", `option endpoint: must be set for backend otlp; ` + url},
		{OTLP, "compression", "snappy", `option compression: "snappy" is not what otlp takes; allowed: none, gzip, zstd, snappy; for elasticsearch and splunk none, gzip; for otlp none, gzip, zstd`},
		{OTLP, "trace_ids", "maybe", `option trace_ids: "maybe" is neither on nor off; allowed: on, off`},
		{HTTP, "headers", "Authorization secret", `option headers: has an entry that is not Name: value; ` + headers},
		{HTTP, "headers", "A: b | ", `option headers: has an entry that is not Name: value; ` + headers},
		{HTTP, "headers", "Se cret: x", `option headers: has an entry that is not Name: value; ` + headers},
		{HTTP, "headers", "authorization: sec\x00ret", `option headers: has a value for Authorization that no header can have; ` + headers},
		{HTTP, "headers", "host: secret", `option headers: sets Host; ` + headers},
		{Loki, "headers", "content-type: secret", `option headers: sets Content-Type; ` + headers},
		{HTTP, "compression", "lz4", `option compression: "lz4" is not one of the choices; allowed: none, gzip, zstd, snappy; for elasticsearch and splunk none, gzip; for otlp none, gzip, zstd`},
		{Stdout, "batch_bytes", "many", `option batch_bytes: "many" is not a size; allowed: 1KiB to 64MiB`},
		{Stdout, "batch_bytes", "-1", `option batch_bytes: "-1" is not a size; allowed: 1KiB to 64MiB`},
		{Stdout, "batch_bytes", "1.5M", `option batch_bytes: "1.5M" is not a size; allowed: 1KiB to 64MiB`},
		{Stdout, "batch_bytes", "1TB", `option batch_bytes: "1TB" is not a size; allowed: 1KiB to 64MiB`},
		{Stdout, "batch_bytes", "99999999999999999999", `option batch_bytes: "99999999999999999999" is not a size; allowed: 1KiB to 64MiB`},
		{Stdout, "batch_bytes", "1023", `option batch_bytes: "1023" is out of range; allowed: 1KiB to 64MiB`},
		{Stdout, "batch_bytes", "65MiB", `option batch_bytes: "65MiB" is out of range; allowed: 1KiB to 64MiB`},
		{Stdout, "batch_bytes", "4294967295GiB", `option batch_bytes: "4294967295GiB" is out of range; allowed: 1KiB to 64MiB`},
		{Stdout, "batch_wait", "soon\nnow", `option batch_wait: "soon\nnow" is not a duration; allowed: 0s to 10s, and half of flush_deadline at most`},
		{Stdout, "batch_wait", "-1s", `option batch_wait: "-1s" is out of range; allowed: 0s to 10s, and half of flush_deadline at most`},
		{Stdout, "batch_wait", "11", `option batch_wait: "11" is out of range; allowed: 0s to 10s, and half of flush_deadline at most`},
		{Stdout, "flush_deadline", "99ms", `option flush_deadline: "99ms" is out of range; allowed: 100ms to 10m`},
		{Stdout, "flush_deadline", "11m", `option flush_deadline: "11m" is out of range; allowed: 100ms to 10m`},
		{Stdout, "request_timeout", "1ms", `option request_timeout: "1ms" is out of range; allowed: 10ms to flush_deadline`},
		{Stdout, "request_timeout", "16s", `option request_timeout: "16s" is above flush_deadline; allowed: 10s or less`},
		{Stdout, "batch_wait", "6s", `option batch_wait: "6s" is above half of flush_deadline; allowed: 5s or less`},
		{Stdout, "time_zone", "Tokio", `option time_zone: "Tokio" is not a time zone; allowed: Local, UTC, or a name of the IANA time zone database`},
		{Stdout, "tag_prefix", "kube", `option tag_prefix: "kube" does not end with a dot; allowed: text that ends with a dot, as in kube.var.log.containers.`},
		{Stdout, "backoff_min", "0s", `option backoff_min: "0s" is out of range; allowed: 1ms to 1m`},
		{Stdout, "backoff_max", "10ms", `option backoff_max: "10ms" is below backoff_min; allowed: 200ms or more`},
		{Stdout, "backoff_max", "100ms", `option backoff_max: "100ms" is below backoff_min; allowed: 200ms or more`},
		{Loki, "labels", "9a=b", `option labels: "9a=b" has a label without a name of letters, digits and underscores; ` + labels},
		{Loki, "labels", "pod,", `option labels: "pod," has a label without a name of letters, digits and underscores; ` + labels},
		{Loki, "labels", "=x", `option labels: "=x" has a label without a name of letters, digits and underscores; ` + labels},
		{Loki, "labels", "ä=x", `option labels: "ä=x" has a label without a name of letters, digits and underscores; ` + labels},
		{Loki, "labels", "pods", `option labels: "pods" has the unknown field "pods"; ` + labels},
		{Loki, "labels", "a=$log", `option labels: "a=$log" has the unknown field "log"; ` + labels},
		{Loki, "labels", "a=", `option labels: "a=" has the label a without a value; ` + labels},
		{Loki, "labels", "a=$", `option labels: "a=$" has the label a without a value; ` + labels},
		{Loki, "labels", "pod,pod=x", `option labels: "pod,pod=x" has the label pod twice; ` + labels},
		{VictoriaLogs, "endpoint", "http://host/insert/jsonline", `option endpoint: contains the path of the protocol, which is appended to it; ` + url},
		{Splunk, "endpoint", "http://host/services/collector/event/", `option endpoint: contains the path of the protocol, which is appended to it; ` + url},
		{Splunk, "endpoint", "http://host/services/collector", `option endpoint: contains the path of the protocol, which is appended to it; ` + url},
		{VictoriaLogs, "tenant", "{namespace|0}", `option tenant: "{namespace|0}" ` + tenants},
		{VictoriaLogs, "tenant", "4294967296", `option tenant: "4294967296" ` + tenants},
		{VictoriaLogs, "tenant", "1:", `option tenant: "1:" ` + tenants},
		{VictoriaLogs, "tenant", "1:2:3", `option tenant: "1:2:3" ` + tenants},
		{VictoriaLogs, "stream_fields", "pod,log", `option stream_fields: "pod,log" has the unknown field "log"; ` + streams},
		{VictoriaLogs, "stream_fields", "pod,pod", `option stream_fields: "pod,pod" has the field pod twice; ` + streams},
		{Splunk, "compression", "zstd", `option compression: "zstd" is not what splunk takes; allowed: none, gzip, zstd, snappy; for elasticsearch and splunk none, gzip; for otlp none, gzip, zstd`},
		{Splunk, "splunk_index", "{log}", `option splunk_index: "{log}" has the unknown field "log"; allowed: ` + splunkTemplates},
		{Splunk, "splunk_index", "k8s-{%Y}", `option splunk_index: "k8s-{%Y}" has a date; allowed: ` + splunkTemplates},
		{Loki, "text_bytes", "10", `option text_bytes: "10" is out of range; allowed: auto, or 1KiB to 64MiB`},
		{Loki, "labels", manyLabels, `option labels: "` + manyLabels + `" has more than 15 labels; ` + labels},
	} {
		set := base(c.backend)
		set[c.option] = c.value
		config, err := parse(set)
		if err == nil {
			t.Errorf("%s %q was taken: %+v", c.option, c.value, config)
			continue
		}
		if got := err.Error(); got != c.want {
			t.Errorf("%s %q:\ngot  %s\nwant %s", c.option, c.value, got, c.want)
		} else if strings.Contains(got, "\n") || strings.Contains(got, "secret") || strings.Contains(got, "sec\\x00ret") {
			t.Errorf("%s: the error spills: %s", c.option, got)
		}
	}
}

var manyLabels = "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1,o=1,p=1"

func TestParseNamesOptionsWithoutEffect(t *testing.T) {
	c, err := parse(map[string]string{"backend": Stdout, "endpoint": "not even a URL", "labels": "pod", "file_path": "x", "node_name": "n"})
	if err != nil || !reflect.DeepEqual(c.Unused, []string{"file_path", "endpoint", "labels"}) || c.Endpoints != nil || c.FilePath != "" {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzParse(f *testing.F) {
	for i := range Table {
		f.Add(i, Table[i].Example)
		f.Add(i, Table[i].Default)
	}
	f.Fuzz(func(t *testing.T, i int, value string) {
		o := &Table[uint(i)%uint(len(Table))]
		set := base(backendOf(o))
		set[o.Name] = value
		c, err := parse(set)
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, "option ") || !strings.Contains(text, "allowed: ") || strings.ContainsAny(text, "\n\r") {
				t.Errorf("%s %q: %s", o.Name, value, text)
			}
			return
		}
		if c.BatchBytes < 1<<10 || c.RequestTimeout > c.FlushDeadline || c.BackoffMin > c.BackoffMax || c.DeadLetterPath == "" {
			t.Errorf("%s %q: %+v", o.Name, value, c)
		}
	})
}

func TestDefaultsGiveWay(t *testing.T) {
	set := map[string]string{"backend": Stdout, "flush_deadline": "5s", "backoff_min": "1m"}
	c, err := Parse(func(name string) string { return set[name] })
	if err != nil {
		t.Fatal(err)
	}
	if c.RequestTimeout != 5*time.Second || c.BackoffMax != time.Minute {
		t.Errorf("request_timeout %v, backoff_max %v", c.RequestTimeout, c.BackoffMax)
	}
}
