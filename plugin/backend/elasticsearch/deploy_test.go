package elasticsearch

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
)

const templates = "../../../deploy/elasticsearch"

type mapping struct {
	Type       string
	Properties map[string]mapping
}

// readJSON reads a file of deploy/elasticsearch.
func readJSON(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(templates, name))
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// mapped adds the paths of a mapping that are no objects, with their types.
func mapped(to map[string]string, path string, m mapping) map[string]string {
	for name, inner := range m.Properties {
		mapped(to, path+"."+name, inner)
	}
	if m.Properties == nil {
		to[path[1:]] = m.Type
	}
	return to
}

// check marks what a document has, and says what does not fit the mapping.
func check(t *testing.T, types map[string]string, seen map[string]bool, path string, value any) {
	t.Helper()
	at := strings.TrimPrefix(path, ".")
	kind, isLeaf := types[at]
	seen[at] = true
	fits := false
	switch v := value.(type) {
	case map[string]any:
		if !isLeaf {
			for key, inner := range v {
				check(t, types, seen, path+"."+key, inner)
			}
			return
		}
		fits = kind == "flattened" || kind == "flat_object"
	case []any:
		for _, inner := range v {
			check(t, types, seen, path, inner)
		}
		return
	case string:
		fits = kind == "keyword" || kind == "ip" || kind == "text" || kind == "match_only_text" || kind == "date_nanos"
	case float64:
		fits = kind == "byte" || kind == "integer" || kind == "long"
	case bool:
		fits = kind == "boolean"
	}
	if !fits {
		t.Errorf("%s is %v in a document, and %q in the template", at, value, kind)
	}
}

// described are a pod with what the API server says of it, of every kind of owner, and a pod
// that it does not know.
func described(pod filters.Source) (all []filters.Source) {
	pair := filters.Pairs{{Key: "app", Value: "a"}, {Key: "app.kubernetes.io/name", Value: "b"}}
	tags := filters.Tags{Labels: pair, Annotations: pair}
	for _, kind := range []string{"", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"} {
		s := pod
		s.Metadata = filters.NewMetadata()
		s.Metadata.Known = kind != ""
		if s.Metadata.Known {
			s.Metadata.Sent = filters.Sent{
				Pod: tags, Namespace: tags, Node: tags, Owner: filters.Owner{Kind: kind, Name: "web"},
				Image: "i", ImageID: "d", PodIP: "10.0.0.1", HostIP: "10.0.0.2",
			}
		}
		all = append(all, s)
	}
	return all
}

// Every field that the encoder writes has its type in the template, and the
// template has no others.
func TestTemplatesAreWhatIsWritten(t *testing.T) {
	context := func() *filters.Record { // what comes beside a record of an application
		object := msgpack.Value{0x81, 0xa1, 'k', 1}
		return &filters.Record{Time: when, Log: filters.PlainText([]byte("x")), Fields: []filters.Field{
			{Key: []byte("metadata"), Value: object, Own: true}, {Key: []byte("resource"), Value: object, Own: true}, {Key: []byte("scope"), Value: object, Own: true},
		}}
	}
	for _, schema := range []string{"fluentbit", "ecs"} {
		for _, folder := range []string{"", "opensearch"} {
			var template struct {
				Patterns   []string  `json:"index_patterns"`
				DataStream *struct{} `json:"data_stream"`
				Template   struct {
					Settings struct {
						Index struct{ Lifecycle struct{ Name string } }
					}
					Mappings mapping
				}
			}
			readJSON(t, filepath.Join(folder, "template-"+schema+".json"), &template)
			types := mapped(map[string]string{}, "", template.Template.Mappings)
			seen := map[string]bool{}
			b := newBackend(t, "schema", schema)
			for _, s := range append(described(pod), kubelet) {
				for _, r := range []*filters.Record{everything(), header(), context()} {
					r.Source = source(b, s)
					if schema == "fluentbit" && len(r.Fields) > 0 && string(r.Fields[0].Key) == "n" {
						r.Fields = r.Fields[1:] // a sender's own
					}
					var doc map[string]any
					if err := json.Unmarshal([]byte(lines(b, r)[1]), &doc); err != nil {
						t.Fatal(err)
					}
					check(t, types, seen, "", doc)
				}
			}
			for path := range types {
				if !seen[path] {
					t.Errorf("%s/%s: nothing writes %s", folder, schema, path)
				}
			}
			if len(template.Patterns) != 1 || template.Patterns[0] != "logs-k8slog-*" || template.DataStream == nil {
				t.Errorf("%s/%s is not for the data streams of the option index: %q", folder, schema, template.Patterns)
			}
			want := "k8slog" // as README.md loads it
			if folder == "opensearch" {
				want = ""
			}
			if got := template.Template.Settings.Index.Lifecycle.Name; got != want {
				t.Errorf("%s/%s: policy %q", folder, schema, got)
			}
		}
	}
}

func TestPoliciesAreJSON(t *testing.T) {
	var ilm struct {
		Policy struct {
			Phases map[string]struct{ Actions map[string]any }
		}
	}
	readJSON(t, "ilm-policy.json", &ilm)
	if p := ilm.Policy.Phases; p["hot"].Actions["rollover"] == nil || p["delete"].Actions["delete"] == nil {
		t.Errorf("%+v", p)
	}
	var ism struct {
		Policy struct {
			Default   string                  `json:"default_state"`
			States    []struct{ Name string } `json:"states"`
			Templates []struct {
				Patterns []string `json:"index_patterns"`
			} `json:"ism_template"`
		}
	}
	readJSON(t, "opensearch/ism-policy.json", &ism)
	if p := ism.Policy; len(p.States) != 3 || p.Default != p.States[0].Name || len(p.Templates) != 1 || p.Templates[0].Patterns[0] != "logs-k8slog-*" {
		t.Errorf("%+v", p)
	}
}
