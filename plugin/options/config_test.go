package options

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/quota"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		backend, option, value string
		get                    func(*Config) any
		want                   any
	}{
		{"stdout", "backend", "stdout", func(c *Config) any { return c.Backend }, "stdout"},
		{"stdout", "batch_bytes", "", func(c *Config) any { return c.BatchBytes }, 1_000_000},
		{"stdout", "batch_bytes", "2048", func(c *Config) any { return c.BatchBytes }, 2048},
		{"stdout", "batch_bytes", "5k", func(c *Config) any { return c.BatchBytes }, 5000},
		{"stdout", "batch_bytes", "2 MB", func(c *Config) any { return c.BatchBytes }, 2_000_000},
		{"stdout", "batch_bytes", "64MiB", func(c *Config) any { return c.BatchBytes }, 64 << 20},
		{"stdout", "batch_bytes", "1kib", func(c *Config) any { return c.BatchBytes }, 1 << 10},
		{"stdout", "batch_wait", "0s", func(c *Config) any { return c.BatchWait }, time.Duration(0)},
		{"stdout", "batch_wait", "1.5s", func(c *Config) any { return c.BatchWait }, 1500 * time.Millisecond},
		{"stdout", "flush_deadline", "30", func(c *Config) any { return c.FlushDeadline }, 30 * time.Second},
		{"stdout", "request_timeout", "10ms", func(c *Config) any { return c.RequestTimeout }, 10 * time.Millisecond},
		{"stdout", "backoff_min", "5s", func(c *Config) any { return c.BackoffMin }, 5 * time.Second},
		{"stdout", "backoff_max", "10m", func(c *Config) any { return c.BackoffMax }, 10 * time.Minute},
		{"stdout", "dead_letter_path", "/tmp/d", func(c *Config) any { return c.DeadLetterPath }, "/tmp/d"},
		{"stdout", "text_bytes", "", func(c *Config) any { return c.TextBytes }, 0},
		{"stdout", "text_bytes", "64KiB", func(c *Config) any { return c.TextBytes }, 64 << 10},
		{"stdout", "budget_by", "pod", func(c *Config) any { return c.RateLimit.ByPod }, true},
		{"stdout", "rate_limit_policy", "", func(c *Config) any { return c.RateLimit.Policy }, quota.Delay},
		{"stdout", "tag_prefix", "", func(c *Config) any { return c.TagPrefix }, "kube.var.log.containers."},
		{"stdout", "path_key", "path", func(c *Config) any { return c.PathKey }, "path"},
		{"stdout", "cluster_name", "eu", func(c *Config) any { return c.ClusterName }, "eu"},
		{"stdout", "node_name", "n1", func(c *Config) any { return c.NodeName }, "n1"},
		{"stdout", "status_listen", ":2021", func(c *Config) any { return c.StatusListen }, ":2021"},
		{"stdout", "status_listen", "off", func(c *Config) any { return c.StatusListen }, ""},
		{"stdout", "time_zone", "Asia/Tokyo", func(c *Config) any { return c.TimeZone.String() }, "Asia/Tokyo"},
		{"stdout", "time_zone", "", func(c *Config) any { return c.TimeZone }, time.Local},
	} {
		set := map[string]string{"backend": c.backend}
		set[c.option] = c.value
		config, err := parse(set)
		if err != nil || !reflect.DeepEqual(c.get(config), c.want) {
			t.Errorf("%s %q: %v, %v, want %v", c.option, c.value, c.get(config), err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const choices = "stdout, small, large"
	for _, c := range []struct{ backend, option, value, want string }{
		{"stdout", "backend", "kafka", `option backend: "kafka" is not one of the choices; allowed: ` + choices},
		{"stdout", "backend", "", `option backend: must be set; allowed: ` + choices},
		{"stdout", "backend", "Loki", `option backend: "Loki" is not one of the choices; allowed: ` + choices},
		{"stdout", "batch_bytes", "many", `option batch_bytes: "many" is not a size; allowed: 1KiB to 64MiB`},
		{"stdout", "batch_bytes", "-1", `option batch_bytes: "-1" is not a size; allowed: 1KiB to 64MiB`},
		{"stdout", "batch_bytes", "1.5M", `option batch_bytes: "1.5M" is not a size; allowed: 1KiB to 64MiB`},
		{"stdout", "batch_bytes", "1TB", `option batch_bytes: "1TB" is not a size; allowed: 1KiB to 64MiB`},
		{"stdout", "batch_bytes", "99999999999999999999", `option batch_bytes: "99999999999999999999" is not a size; allowed: 1KiB to 64MiB`},
		{"stdout", "batch_bytes", "1023", `option batch_bytes: "1023" is out of range; allowed: 1KiB to 64MiB`},
		{"stdout", "batch_bytes", "65MiB", `option batch_bytes: "65MiB" is out of range; allowed: 1KiB to 64MiB`},
		{"stdout", "batch_bytes", "4294967295GiB", `option batch_bytes: "4294967295GiB" is out of range; allowed: 1KiB to 64MiB`},
		{"stdout", "batch_wait", "soon\nnow", `option batch_wait: "soon\nnow" is not a duration; allowed: 0s to 10s, and half of flush_deadline at most`},
		{"stdout", "batch_wait", "-1s", `option batch_wait: "-1s" is out of range; allowed: 0s to 10s, and half of flush_deadline at most`},
		{"stdout", "batch_wait", "11", `option batch_wait: "11" is out of range; allowed: 0s to 10s, and half of flush_deadline at most`},
		{"stdout", "flush_deadline", "99ms", `option flush_deadline: "99ms" is out of range; allowed: 100ms to 10m`},
		{"stdout", "flush_deadline", "11m", `option flush_deadline: "11m" is out of range; allowed: 100ms to 10m`},
		{"stdout", "request_timeout", "1ms", `option request_timeout: "1ms" is out of range; allowed: 10ms to flush_deadline`},
		{"stdout", "request_timeout", "16s", `option request_timeout: "16s" is above flush_deadline; allowed: 10s or less`},
		{"stdout", "batch_wait", "6s", `option batch_wait: "6s" is above half of flush_deadline; allowed: 5s or less`},
		{"stdout", "time_zone", "Tokio", `option time_zone: "Tokio" is not a time zone; allowed: Local, UTC, or a name of the IANA time zone database`},
		{"stdout", "tag_prefix", "kube", `option tag_prefix: "kube" does not end with a dot; allowed: text that ends with a dot, as in kube.var.log.containers.`},
		{"stdout", "text_bytes", "10", `option text_bytes: "10" is out of range; allowed: auto, or 1KiB to 64MiB`},
		{"stdout", "backoff_min", "0s", `option backoff_min: "0s" is out of range; allowed: 1ms to 1m`},
		{"stdout", "backoff_max", "10ms", `option backoff_max: "10ms" is below backoff_min; allowed: 200ms or more`},
		{"stdout", "backoff_max", "100ms", `option backoff_max: "100ms" is below backoff_min; allowed: 200ms or more`},
	} {
		set := map[string]string{"backend": c.backend}
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

func FuzzParse(f *testing.F) {
	entries := schema.Entries()
	for i, e := range entries {
		f.Add(i, e.Example)
		f.Add(i, e.Default)
	}
	f.Fuzz(func(t *testing.T, i int, value string) {
		o := &entries[uint(i)%uint(len(entries))]
		set := map[string]string{"backend": "stdout", "file_path": "/x"}
		if o.Backends != nil {
			set["backend"] = o.Backends[0]
		}
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
	set := map[string]string{"backend": "stdout", "flush_deadline": "5s", "backoff_min": "1m"}
	c, err := parse(set)
	if err != nil {
		t.Fatal(err)
	}
	if c.RequestTimeout != 5*time.Second || c.BackoffMax != time.Minute {
		t.Errorf("request_timeout %v, backoff_max %v", c.RequestTimeout, c.BackoffMax)
	}
}
