package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// annotated is a source with annotations of the pod and of the namespace: key, value, …
func annotated(container string, pod, namespace []string) *filters.Source {
	pairs := func(all []string) (p filters.Pairs) {
		for i := 0; i < len(all); i += 2 {
			p = append(p, filters.Pair{Key: all[i], Value: all[i+1]})
		}
		slices.SortFunc(p, func(a, b filters.Pair) int { return strings.Compare(a.Key, b.Key) })
		return p
	}
	m := filters.NewMetadata()
	m.Known = true
	m.Pod.Annotations, m.Namespace.Annotations = pairs(pod), pairs(namespace)
	return &filters.Source{Kind: filters.Container, Namespace: "shop", Pod: "web-1", Container: container, Metadata: m}
}

var everything = []string{"exclude", "severity", "parser", "multiline", "sample", "tenant"}

func steer(t *testing.T, actions []string, source *filters.Source) (set *Set, warnings []string) {
	t.Helper()
	set = (*Set)(nil).Steered(actions, Config{}, func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) })
	set.Resolve(source)
	return set, warnings
}

// streams returns of which streams a record is kept.
func streams(source *filters.Source) string {
	kept := ""
	for _, stream := range []filters.Stream{filters.Stdout, filters.Stderr} {
		r := &filters.Record{Source: source, Stream: stream, Log: filters.PlainText([]byte("x"))}
		if (Filter{}).Apply(r) {
			kept += stream.String() + " "
		}
	}
	return strings.TrimSpace(kept)
}

func TestAnnotationsExclude(t *testing.T) {
	const both = "stdout stderr"
	for _, test := range []struct {
		pod, namespace []string
		want           string // the streams of container app that stay
	}{
		{nil, nil, both},
		{[]string{"k8slog.io/exclude", "true"}, nil, ""},
		{[]string{"k8slog.io/exclude", "stderr"}, nil, "stdout"},
		{[]string{"k8slog.io/exclude", "false"}, nil, both},
		{[]string{"k8slog.io/exclude.app", "true"}, nil, ""},
		{[]string{"k8slog.io/exclude.app", "stdout"}, nil, "stderr"},
		{[]string{"k8slog.io/exclude.other", "true"}, nil, both},
		{[]string{"k8slog.io/exclude", "true", "k8slog.io/exclude.app", "false"}, nil, both},
		{nil, []string{"k8slog.io/exclude", "true"}, ""},
		{[]string{"k8slog.io/exclude", "false"}, []string{"k8slog.io/exclude", "true"}, both},
		{[]string{"k8slog.io/exclude.app", "false"}, []string{"fluentbit.io/exclude", "true"}, both},
		{[]string{"fluentbit.io/exclude", "true"}, nil, ""},
		{[]string{"fluentbit.io/exclude_stderr", "true"}, nil, "stdout"},
		{[]string{"fluentbit.io/exclude_stdout-app", "true"}, nil, "stderr"},
		{[]string{"fluentbit.io/exclude-app", "true"}, nil, ""},
		{[]string{"fluentbit.io/exclude-other", "true"}, nil, both},
		{[]string{"fluentbit.io/exclude", "true", "fluentbit.io/exclude_stderr", "false"}, nil, "stderr"},
		{[]string{"k8slog.io/exclude", "yes"}, nil, both},
		{[]string{"other.io/exclude", "true", "k8slog.io/excluded", "true"}, nil, both},
	} {
		source := annotated("app", test.pod, test.namespace)
		set, warnings := steer(t, everything, source)
		if got := streams(source); got != test.want {
			t.Errorf("%q, %q: %q stay, want %q", test.pod, test.namespace, got, test.want)
		}
		if bad := slices.Contains(test.pod, "yes"); bad != (len(warnings) > 0) {
			t.Errorf("%q: %q", test.pod, warnings)
		}
		_, _ = steer(t, []string{"severity"}, source)
		source.Rules = nil
		steer(t, []string{"severity"}, source)
		if got := streams(source); got != both {
			t.Errorf("%q decides without being allowed", test.pod)
		}
		_ = set
	}
}

func TestAnnotationsAreCounted(t *testing.T) {
	source := annotated("app", []string{"k8slog.io/exclude", "true"}, nil)
	set, _ := steer(t, everything, source)
	r := &filters.Record{Source: source, Log: filters.PlainText([]byte("x"))}
	if (Filter{}).Apply(r) || r.DroppedBy == nil {
		t.Fatal("kept")
	}
	r.DroppedBy.Add(1)
	// The counter is that of all pods.
	other := annotated("app", []string{"k8slog.io/exclude", "true"}, nil)
	set.Resolve(other)
	r = &filters.Record{Source: other, Log: filters.PlainText([]byte("x"))}
	(Filter{}).Apply(r)
	r.DroppedBy.Add(1)
	counted := map[string]int64{}
	set.Counts(func(rule, action string, n int64) { counted[rule+" "+action] = n })
	if counted["annotation/exclude dropped"] != 2 {
		t.Error(counted)
	}
}

func TestAnnotationsRead(t *testing.T) {
	apply := func(source *filters.Source, text string) *filters.Record {
		r := &filters.Record{Source: source, Stream: filters.Stdout, Log: filters.PlainText([]byte(text))}
		if !(Filter{}).Apply(r) {
			return nil
		}
		return r
	}
	source := annotated("app", []string{"fluentbit.io/parser", "nginx", "k8slog.io/severity.app", "warn"}, nil)
	if _, warnings := steer(t, everything, source); warnings != nil {
		t.Error(warnings)
	}
	r := apply(source, `10.0.0.1 - - [29/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"`)
	if r.Severity != filters.ParseSeverity([]byte("warn")) || len(r.Fields) < 3 {
		t.Errorf("%v %+v", r.Severity, r.Fields)
	}
	source = annotated("app", []string{"k8slog.io/severity", "{pattern: 'lvl=(\\w+)', default: info}"}, nil)
	if _, warnings := steer(t, everything, source); warnings != nil {
		t.Error(warnings)
	}
	if r = apply(source, "lvl=error x"); r.Severity != filters.ParseSeverity([]byte("error")) {
		t.Error(r.Severity)
	}
	source = annotated("app", []string{"k8slog.io/sample", "1/1000", "k8slog.io/multiline", `^\d`, "k8slog.io/tenant", "team-a"}, nil)
	if _, warnings := steer(t, everything, source); warnings != nil {
		t.Error(warnings)
	}
	kept := 0
	for i := range 1000 {
		r := &filters.Record{Source: source, Log: filters.PlainText([]byte("x")), Position: filters.Position{File: 1, Offset: int64(i)}}
		if (Filter{}).Apply(r) {
			kept++
		}
	}
	if kept > 20 || source.Multiline == nil || source.Tenant != "team-a" {
		t.Error(kept, source.Multiline, source.Tenant)
	}
}

// An annotation that is not valid does nothing, and never more than its own.
func TestHostileAnnotations(t *testing.T) {
	for key, values := range map[string][]string{
		"k8slog.io/tenant":    {"{namespace}", "a/b", "a b", "component_kubelet", "Node_n1", strings.Repeat("a", 64), "a\r\nX-Scope-OrgID: b", "ü"},
		"k8slog.io/parser":    {"unknown", "nginx\ndrop: true"},
		"k8slog.io/severity":  {"loud", "{pattern: '('}", "{pattern: '(a{300})'}", "{pattern: '(a)(b)'}", "[warn]", "{redact: x}", "{default: info, file: /etc/shadow}"},
		"k8slog.io/sample":    {"2", "0", "all", "{keep: 1/2, tenant: x}", "&a [*a]", "{keep: *a}"},
		"k8slog.io/multiline": {"(", "(.{400}x?)+", "{continue: 'a{500}'}", "{start: '^a', max_bytes: 67108864}", "{start: '^a', max_lines: 100000}", "[]"},
		"k8slog.io/exclude":   {"yes", "{severity: info}"},
	} {
		for _, value := range values {
			source := annotated("app", []string{key, value}, nil)
			_, warnings := steer(t, everything, source)
			if source.Tenant != "" || source.Index != "" || source.Multiline != nil || streams(source) != "stdout stderr" {
				t.Errorf("%s %q: %+v", key, value, source)
			}
			if len(warnings) == 0 {
				t.Errorf("%s %q: no warning", key, value)
			}
			for _, w := range warnings {
				if strings.ContainsAny(w, "\r\n") {
					t.Errorf("%q", w)
				}
			}
		}
	}
}

// What the operator says counts where both say something.
func TestOperatorBeforeAnnotations(t *testing.T) {
	operator, err := Parse("rules.yaml", []byte("rules: [{name: a, match: {namespace: shop}, tenant: ours, severity: error}]"), Config{})
	if err != nil {
		t.Fatal(err)
	}
	source := annotated("app", []string{"k8slog.io/tenant", "theirs", "k8slog.io/severity", "info"}, nil)
	operator.Steered(everything, Config{}, t.Logf).Resolve(source)
	r := &filters.Record{Source: source, Log: filters.PlainText([]byte("x"))}
	(Filter{}).Apply(r)
	if source.Tenant != "ours" || r.Severity != filters.ParseSeverity([]byte("error")) {
		t.Error(source.Tenant, r.Severity)
	}
	if _, err := Parse("rules.yaml", []byte("rules: [{name: annotation/exclude, match: {}, drop: true}]"), Config{}); err == nil {
		t.Error("a rule has the name of those of annotations")
	}
}

func TestMatchByLabels(t *testing.T) {
	set, err := Parse("rules.yaml", []byte(`rules:
  - {name: web, match: {label: {app: [web, api-*], tier: '!test'}}, tenant: web}
  - {name: ns, match: {namespace_label: {team.example.com/name: shop}}, index: shop}
  - {name: pci, match: {namespace: shop, label: {pci: 'true'}}, redact: [{pattern: '4\d{3}( \d{4}){3}', with: '***'}], tenant: pci}
`), Config{})
	if err != nil {
		t.Fatal(err)
	}
	source := func(known bool, labels ...string) *filters.Source {
		s := annotated("app", nil, nil)
		s.Metadata.Known = known
		for i := 0; i < len(labels); i += 2 {
			s.Metadata.Pod.Labels = append(s.Metadata.Pod.Labels, filters.Pair{Key: labels[i], Value: labels[i+1]})
		}
		set.Resolve(s)
		return s
	}
	for _, test := range []struct {
		source *filters.Source
		tenant string
	}{
		{source(true, "app", "web", "tier", "prod"), "web"}, {source(true, "app", "api-1", "tier", "prod"), "web"},
		{source(true, "app", "web", "tier", "test"), ""}, {source(true, "app", "web"), ""}, {source(true), ""},
		{source(true, "pci", "true"), "pci"}, {source(false), ""},
	} {
		if test.source.Tenant != test.tenant {
			t.Errorf("%+v: %q, want %q", test.source.Metadata.Pod.Labels, test.source.Tenant, test.tenant)
		}
	}
	// While the labels are not known, what may have to be redacted is.
	redacted := func(s *filters.Source) bool {
		r := &filters.Record{Source: s, Log: filters.PlainText([]byte("card 4111 1111 1111 1111"))}
		Redact{}.Apply(r)
		return r.Redacted
	}
	if !redacted(source(false)) || !redacted(source(true, "pci", "true")) || redacted(source(true, "pci", "false")) {
		t.Error("redaction does not follow the labels")
	}
	if _, err := Parse("rules.yaml", []byte("rules: [{name: a, match: {label: {'a b': x}}, drop: true}]"), Config{}); err == nil {
		t.Error("a label with a blank is taken")
	}
	if !set.UsesLabels() || (*Set)(nil).UsesLabels() {
		t.Error("UsesLabels")
	}
}

// Whatever an annotation says, it does not stop the agent.
func FuzzAnnotations(f *testing.F) {
	for _, value := range []string{"true", "nginx", "{pattern: 'a(b)'}", "1/10", "^\\d", "{start: x, end: y}", "&a [*a]", "team-a", "[]", "{a: {b: c}}"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, action := range everything {
			source := annotated("app", []string{"k8slog.io/" + action, value, "fluentbit.io/" + action, value}, nil)
			set := (*Set)(nil).Steered(everything, Config{}, func(string, ...any) {})
			set.Resolve(source)
			if action != "exclude" && action != "sample" && streams(source) != "stdout stderr" {
				t.Errorf("%s %q drops", action, value)
			}
			if source.Index != "" || action != "tenant" && source.Tenant != "" || strings.ContainsAny(source.Tenant, "{}\r\n /:") {
				t.Errorf("%s %q: %+v", action, value, source)
			}
			if all := of(&filters.Record{Source: source}); all != nil && (len(all.redact) > 0 || len(all.finish) > 0) {
				t.Errorf("%s %q redacts or removes", action, value)
			}
		}
	})
}
