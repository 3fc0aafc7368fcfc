package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

const routesFile = `
destinations:
  archive: {backend: s3, bucket: logs}
  errors: {backend: loki, endpoint: 'http://loki', batch_bytes: 1MB}
routes:
  - {match: {}, to: archive}
  - {match: {namespace: [shop-*, '!shop-test']}, to: [default, errors]}
  - {match: {label: {team: pay}}, when: {severity: error or above}, to: errors}
  - {match: {component: etcd}, when: {field: {kind: audit}}, to: [errors]}
  - {match: {namespace: shop-1, stream: stderr}, to: errors}
`

func TestRoutes(t *testing.T) {
	set, err := Parse("rules.yaml", []byte(routesFile), Config{})
	if err != nil {
		t.Fatal(err)
	}
	pay := &filters.Metadata{Known: true, Pod: filters.Tags{Labels: filters.Pairs{{Key: "team", Value: "pay"}}}}
	for _, c := range []struct {
		name   string
		record filters.Record
		want   string
	}{
		{"every route that selects", filters.Record{Source: &filters.Source{Namespace: "shop-1"}}, "default archive errors"},
		{"one route", filters.Record{Source: &filters.Source{Namespace: "other"}}, "archive"},
		{"excluded", filters.Record{Source: &filters.Source{Namespace: "shop-test"}}, "archive"},
		{"label and severity", filters.Record{Severity: filters.Fatal, Source: &filters.Source{Namespace: "other", Metadata: pay}}, "archive errors"},
		{"label without severity", filters.Record{Severity: filters.Info, Source: &filters.Source{Namespace: "other", Metadata: pay}}, "archive"},
	} {
		route := set.Route(c.record.Source)
		if got := strings.Join(set.DestinationNames(route.Of(&c.record)), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := set.DestinationNames(set.Route(&filters.Source{Component: "etcd"}).Possible()); !slices.Equal(got, []string{"archive", "errors"}) {
		t.Errorf("possible: %v", got)
	}
	if d := set.Destinations(); len(d) != 2 || d[0].Name != "archive" || d[1].Get("batch_bytes") != "1MB" || d[1].Get("none") != "" {
		t.Errorf("%+v", d)
	}
}

// Records that no route selects go to the output's own backend, and a source of which all
// records go there has no route.
func TestRoutesToOwn(t *testing.T) {
	set, err := Parse("rules.yaml", []byte(`
destinations: {a: {backend: stdout}}
routes:
  - {match: {namespace: x}, when: {severity: error}, to: a}
  - {match: {namespace: y}, to: default}
`), Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, namespace := range []string{"y", "z"} {
		if r := set.Route(&filters.Source{Namespace: namespace}); r != nil {
			t.Errorf("%s: %+v", namespace, r)
		}
	}
	r := set.Route(&filters.Source{Namespace: "x"})
	for severity, want := range map[filters.Severity]Destinations{filters.Error: 2, filters.Info: Own, 0: Own} {
		if got := r.Of(&filters.Record{Severity: severity}); got != want {
			t.Errorf("severity %d: %b", severity, got)
		}
	}
	if got := r.Possible(); got != 3 {
		t.Errorf("possible: %b", got)
	}
	var none *Set
	if none.Route(&filters.Source{}) != nil || none.Destinations() != nil {
		t.Error("no set")
	}
}

func TestRouteProblems(t *testing.T) {
	a := "destinations: {a: {backend: stdout}}\n"
	for _, c := range []struct{ file, want string }{
		{"destinations: {}\nroutes: [{match: {}, to: a}]", "rules.yaml:1: destinations is keys with values; allowed: names with options, as in archive: {backend: http, endpoint: 'http://archive'}"},
		{"destinations: {A: {backend: stdout}}\nroutes: [{match: {}, to: A}]", `rules.yaml:1: destination is "A"; allowed: 63 lower-case letters, digits, - and _ at most`},
		{"destinations: {default: {backend: stdout}}\nroutes: [{match: {}, to: default}]", "rules.yaml:1: destination default is the output itself, with the options of its section; allowed: another name"},
		{"destinations: {a: {backend: stdout}, a: {backend: stdout}}\nroutes: [{match: {}, to: a}]", "rules.yaml:1: destination a is there twice; allowed: a name of its own"},
		{"destinations: {a: stdout}\nroutes: [{match: {}, to: a}]", `rules.yaml:1: destination a is "stdout"; allowed: options with values, as in {backend: http, endpoint: 'http://archive'}`},
		{"destinations: {a: {backend: stdout, backend: file}}\nroutes: [{match: {}, to: a}]", "rules.yaml:1: destination a: option backend is given twice"},
		{"destinations: {a: {backend: [x]}}\nroutes: [{match: {}, to: a}]", "rules.yaml:1: destination a: option backend is a list; allowed: one text"},
		{a, "rules.yaml:1: destination a: no route leads to it"},
		{a + "routes: []", "rules.yaml:2: routes is a list; allowed: a list, each with match and to"},
		{a + "routes:\n  - {to: a}", "rules.yaml:3: the route has no match, which says what sources it is for; match: {} is all sources"},
		{a + "routes:\n  - {match: {}}", "rules.yaml:3: the route has no to, which names its destinations"},
		{a + "routes:\n  - {match: {}, to: []}", "rules.yaml:3: to is an empty list; allowed: names of destinations. A rule with drop keeps records from being sent"},
		{a + "routes:\n  - {match: {}, to: [a, b]}", `rules.yaml:3: to has "b", which is no destination; allowed: default, a`},
		{a + "routes:\n  - {match: {}, to: defaul}", `rules.yaml:3: to has "defaul", which is no destination; did you mean default?`},
		{a + "routes:\n  - {match: {}, to: a, when: {text: x}}", `rules.yaml:3: unknown key "text" in when of a route; allowed: severity, field`},
		{a + "routes:\n  - {match: {}, to: a, when: {}}", "rules.yaml:3: when is empty; allowed: severity, field"},
		{a + "routes:\n  - {match: {}, to: a, drop: true}", `rules.yaml:3: unknown key "drop" in the route; allowed: match, when, to`},
	} {
		_, err := Parse("rules.yaml", []byte(c.file), Config{})
		if problems, ok := err.(Problems); !ok || problems[0].Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.file, err, c.want)
		}
	}
}
