package elasticsearch

import (
	"regexp"
	"strings"
	"testing"
)

func TestIndexOption(t *testing.T) {
	for _, value := range []string{"logs", "logs-k8slog-default", "a_b.c-{namespace|component|other}-{%Y.%m.%d}", "{namespace|x}", "{%G}-w{%V}"} {
		if c, _, err := parse("index", value); err != nil || c.Index.IsZero() {
			t.Errorf("%s: %v", value, err)
		}
	}
	for _, value := range []string{
		"Logs", "logs-{namespace|Other}", "-logs", "_logs", "+logs", ".logs", "a/b", "a b", "a*", "a,b", "a#b", "a:b", `a"b`, "<a>", "a|b", "a?", `a\b`,
		"名前", "logs-{%Y/%m}", "logs-{time}", "{namespace}", "{namespace}-logs", strings.Repeat("a", 256),
	} {
		if _, _, err := parse("index", value); err == nil || !strings.HasPrefix(err.Error(), "option index: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestCompressionOfElasticsearch(t *testing.T) {
	for value, want := range map[string]bool{"none": true, "gzip": true, "zstd": false, "snappy": false, "lz4": false} {
		if _, _, err := parse("compression", value); (err == nil) != want {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// validIndexName is what every version of Elasticsearch and OpenSearch takes.
var validIndexName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,254}$`)

func FuzzIndexName(f *testing.F) {
	for _, text := range []string{"logs-kube-system", "..", "-_+A b", "名前", "\xff", strings.Repeat("é", 200), "a\x00b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name := indexName(text)
		if !validIndexName.MatchString(name) {
			t.Errorf("%q became %q", text, name)
		}
		if indexName(name) != name {
			t.Errorf("%q became %q", name, indexName(name))
		}
	})
}

// The server refuses every document that has a metadata field of its own.
func TestMergeLogKeyIsNoFieldOfTheServer(t *testing.T) {
	_, _, err := parse("merge_log_key", "_id")
	if want := `option merge_log_key: "_id" is a field of the server's own; allowed: another name`; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
