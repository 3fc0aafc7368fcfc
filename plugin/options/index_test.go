package options

import (
	"regexp"
	"strings"
	"testing"
)

func TestIndex(t *testing.T) {
	for _, value := range []string{"logs", "logs-k8slog-default", "a_b.c-{namespace|component|other}-{%Y.%m.%d}", "{namespace|x}", "{%G}-w{%V}"} {
		set := base(Elasticsearch)
		set["index"] = value
		if c, err := parse(set); err != nil || c.Index.IsZero() {
			t.Errorf("%s: %v", value, err)
		}
	}
	for _, value := range []string{
		"Logs", "logs-{namespace|Other}", "-logs", "_logs", "+logs", ".logs", "a/b", "a b", "a*", "a,b", "a#b", "a:b", `a"b`, "<a>", "a|b", "a?", `a\b`,
		"名前", "logs-{%Y/%m}", "logs-{time}", "{namespace}", "{namespace}-logs", strings.Repeat("a", 256),
	} {
		set := base(Elasticsearch)
		set["index"] = value
		if _, err := parse(set); err == nil || !strings.HasPrefix(err.Error(), "option index: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestCompressionOfElasticsearch(t *testing.T) {
	for value, want := range map[string]bool{"none": true, "gzip": true, "zstd": false, "snappy": false, "lz4": false} {
		set := base(Elasticsearch)
		set["compression"] = value
		if _, err := parse(set); (err == nil) != want {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// indexName is what every version of Elasticsearch and OpenSearch takes.
var indexName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,254}$`)

func FuzzIndexName(f *testing.F) {
	for _, text := range []string{"logs-kube-system", "..", "-_+A b", "名前", "\xff", strings.Repeat("é", 200), "a\x00b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name := IndexName(text)
		if !indexName.MatchString(name) {
			t.Errorf("%q became %q", text, name)
		}
		if IndexName(name) != name {
			t.Errorf("%q became %q", name, IndexName(name))
		}
	})
}
