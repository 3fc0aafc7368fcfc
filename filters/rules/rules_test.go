package rules

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/header"
	"github.com/k8slog/k8slog/filters/merge"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// when is the time of the records of these tests.
var when = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func web() *filters.Source {
	return &filters.Source{Kind: filters.Container, Namespace: "shop", Pod: "web-7d9c6b5f4-x2x9z", Container: "app"}
}

func parse(t testing.TB, text string) *Set {
	t.Helper()
	set, err := Parse("rules.yaml", []byte(text), Config{Reserved: func(name string) string {
		for _, own := range ndjson.FieldNames {
			if name == own {
				return "is a name that the plugin writes itself"
			}
		}
		return ""
	}})
	if err != nil {
		for _, p := range err.(Problems) {
			t.Log(p.Error())
		}
		t.Fatal("the rules are not valid")
	}
	return set
}

// record returns a record with a text and fields, which are pairs of texts.
func record(s *filters.Source, text string, fields ...string) *filters.Record {
	r := &filters.Record{Time: when.UnixNano(), Source: s, Stream: filters.Stdout, Log: filters.PlainText([]byte(text)),
		Flags: filters.Decoded | filters.Timed, Position: filters.Position{Offset: 42}}
	for i := 0; i+1 < len(fields); i += 2 {
		r.Fields = append(r.Fields, filters.Field{Key: []byte(fields[i]), Value: str(fields[i+1])})
	}
	return r
}

func str(s string) msgpack.Value { return append([]byte{0xda, byte(len(s) >> 8), byte(len(s))}, s...) }

// chain is the filters in the order of the plugin.
func chain(mergeLog bool) filters.Chain {
	return filters.Chain{
		Redact{}, header.Filter{Zone: time.UTC, Key: []byte("log_processed")}, Filter{},
	}.With(mergeLog, merge.Filter{Members: true, Key: []byte("log_processed")}).With(true, Finish{})
}

// line returns a record as a line of JSON, without what all records of these tests share; ""
// for a record that is dropped.
func line(set *Set, r *filters.Record) string {
	set.Resolve(r.Source)
	if !chain(true).Apply(r) {
		return ""
	}
	text := strings.TrimSuffix(string(ndjson.AppendRecord(nil, r)), "\n")
	text = strings.Replace(text, `"time":"2026-11-22T10:00:00.000000000Z",`, "", 1)
	for _, shared := range []string{
		`,"stream":"stdout"`, `,"kubernetes":{"namespace_name":"shop","pod_name":"web-7d9c6b5f4-x2x9z","container_name":"app"}`,
	} {
		text = strings.Replace(text, shared, "", 1)
	}
	return text
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name, rule, text, want string
		fields                 []string
	}{
		{name: "drop by text", rule: `drop: {text: 'GET /healthz'}`, text: "GET /healthz 200"},
		{name: "drop by text, others", rule: `drop: {text: 'GET /healthz'}`, text: "GET / 200", want: `{"log":"GET / 200"}`},
		{name: "drop by severity", rule: `drop: {severity: below info}`, text: `{"level":"debug"}`},
		{name: "no severity is not below", rule: `drop: {severity: below info}`, text: `x`, want: `{"log":"x"}`},
		{name: "drop none", rule: `drop: {severity: none}`, text: `x`},
		{name: "drop by all", rule: `drop: {severity: info, text: a}`, text: `{"level":"info","m":"b"}`,
			want: `{"log":"{\"level\":\"info\",\"m\":\"b\"}","severity":"info","severity_number":9,"log_processed":{"level":"info","m":"b"}}`},
		{name: "drop by field", rule: `drop: {field: {status: '2*'}}`, text: "x", fields: []string{"status", "204"}},
		{name: "drop by number", rule: `drop: {field: {status: '>=500'}}`, text: "x", fields: []string{"status", "503"}},
		{name: "keep by number", rule: `drop: {field: {status: '>=500'}}`, text: "x", fields: []string{"status", "404"}, want: `{"log":"x","status":"404"}`},
		{name: "drop by member", rule: `drop: {field: {a.b: [x, y]}}`, text: `{"a":{"b":"y"}}`},
		{name: "drop by dotted key", rule: `drop: {field: {a.b: y}}`, text: `{"a.b":"y"}`},
		{name: "drop by pair", rule: `drop: {field: {caller: 'x*'}}`, text: `level=info caller="x y"`},
		{name: "drop by what is not", rule: `drop: {field: {user: {not: '*'}}}`, text: `x`},
		{name: "drop by not text", rule: `drop: {text: {not: [a, b]}}`, text: `c`},
		{name: "keep", rule: `keep: {text: audit}`, text: `other`},
		{name: "kept", rule: `keep: {text: audit}`, text: `audit: x`, want: `{"log":"audit: x"}`},
		{name: "colours", rule: `drop: {text: '^ERROR'}`, text: "\x1b[31mERROR\x1b[0m x"},

		{name: "fields", rule: `fields: {pattern: '^(?P<method>\S+) (?P<url>\S+) (?P<code>\d+)', numbers: [code]}`, text: "GET /x 200",
			want: `{"log":"GET /x 200","method":"GET","url":"/x","code":200}`},
		{name: "a number that is none", rule: `fields: {pattern: '^(?P<method>\S+) (?P<code>\S+)', numbers: [code]}`, text: "GET 007",
			want: `{"log":"GET 007","method":"GET"}`},
		{name: "fields of a member", rule: `fields: {from: msg, pattern: 'user=(?P<account>\w+)'}`, text: `{"msg":"login user=\u0061nn"}`,
			want: `{"log":"{\"msg\":\"login user=\\u0061nn\"}","account":"ann","log_processed":{"msg":"login user=\u0061nn"}}`},
		{name: "first pattern", rule: `fields: {pattern: ['a=(?P<a>\d)', 'b=(?P<b>\d)']}`, text: "b=2", want: `{"log":"b=2","b":"2"}`},
		{name: "members", rule: `fields: {json: true}`, text: `{"a":1,"b":"x\"y","c":[1,{}],"d":null,"severity":"x","kubernetes":{"namespace_name":"kube-system"}}`,
			want: `{"log":"{\"a\":1,\"b\":\"x\\\"y\",\"c\":[1,{}],\"d\":null,\"severity\":\"x\",\"kubernetes\":{\"namespace_name\":\"kube-system\"}}","a":1,"b":"x\"y","c":[1,{}],` +
				`"field_severity":"x","field_kubernetes":{"namespace_name":"kube-system"},` +
				`"log_processed":{"a":1,"b":"x\"y","c":[1,{}],"d":null,"severity":"x","kubernetes":{"namespace_name":"kube-system"}}}`},
		{name: "keys", rule: `fields: {keys: {http.status: code, user: account}, numbers: [code]}`, text: `{"http":{"status":500},"user":"ann"}`,
			want: `{"log":"{\"http\":{\"status\":500},\"user\":\"ann\"}","code":500,"account":"ann","log_processed":{"http":{"status":500},"user":"ann"}}`},

		{name: "severity of a pattern", rule: `severity: {pattern: '^<(\w+)>'}`, text: "<warning> x", want: `{"log":"<warning> x","severity":"warn","severity_number":13}`},
		{name: "severity by map", rule: `severity: {pattern: '^(?P<severity>\d+) ', map: {'3': error, '6': info}}`, text: "3 x", want: `{"log":"3 x","severity":"error","severity_number":17}`},
		{name: "numbers need a map", rule: `severity: {pattern: '^(?P<severity>\d+) '}`, text: "30 x", want: `{"log":"30 x"}`},
		{name: "severity of a field", rule: `severity: {key: level}`, text: "x", fields: []string{"level", "ERROR"}, want: `{"log":"x","severity":"error","severity_number":17,"level":"ERROR"}`},
		{name: "severity by glob", rule: `severity: {key: status, map: {'5*': error, '*': info}}`, text: "x", fields: []string{"status", "502"}, want: `{"log":"x","severity":"error","severity_number":17,"status":"502"}`},
		{name: "default", rule: `severity: {key: level, default: info}`, text: "x", want: `{"log":"x","severity":"info","severity_number":9}`},
		{name: "fixed", rule: `severity: debug`, text: `{"level":"error"}`,
			want: `{"log":"{\"level\":\"error\"}","severity":"debug","severity_number":5,"log_processed":{"level":"error"}}`},

		{name: "time", rule: `time: {pattern: '^(\S+ \S+)', layout: '%Y-%m-%d %H:%M:%S', zone: Europe/Berlin}`, text: "2026-11-22 10:30:00,250 x",
			want: `{"time":"2026-11-22T09:30:00.250000000Z","log":"2026-11-22 10:30:00,250 x"}`},
		{name: "time without a date", rule: `time: {pattern: '^(\S+)', layout: '15:04:05'}`, text: "09:59:59 x",
			want: `{"time":"2026-11-22T09:59:59.000000000Z","log":"09:59:59 x"}`},
		{name: "time of yesterday", rule: `time: {pattern: '^(\S+)', layout: '15:04:05'}`, text: "23:59:59 x",
			want: `{"time":"2026-11-21T23:59:59.000000000Z","log":"23:59:59 x"}`},
		{name: "time without a year", rule: `time: {pattern: '^(\w+ +\d+ \S+)', layout: '%b %e %H:%M:%S'}`, text: "Dec  1 09:59:59 x",
			want: `{"time":"2025-12-01T09:59:59.000000000Z","log":"Dec  1 09:59:59 x"}`},
		{name: "time of a member", rule: `time: {key: ts, layout: unix}`, text: `{"ts":1795341600.5}`,
			want: `{"time":"2026-11-22T10:00:00.500000000Z","log":"{\"ts\":1795341600.5}","log_processed":{"ts":1795341600.5}}`},
		{name: "an implausible time", rule: `time: {pattern: '^(\S+)', layout: rfc3339}`, text: "1999-01-01T00:00:00Z x", want: `{"log":"1999-01-01T00:00:00Z x"}`},

		{name: "set", rule: `set: {team: shop, n: 3, on: true}`, text: "x", fields: []string{"team", "forged"}, want: `{"log":"x","team":"shop","n":3,"on":true}`},
		{name: "remove", rule: `remove: [a, log_processed.b, log_processed.c.d]`, text: `{"b":1,"c":{"d":1,"e":2}}`, fields: []string{"a", "1"},
			want: `{"log":"{\"b\":1,\"c\":{\"d\":1,\"e\":2}}","log_processed":{"c":{"e":2}}}`},
		{name: "text", rule: `text: [message, msg]`, text: `{"msg":"a \"b\"","n":1}`, want: `{"log":"a \"b\"","log_processed":{"msg":"a \"b\"","n":1}}`},
		{name: "text of a group", rule: "fields: {pattern: '^\\S+ (?P<rest>.*)'}\n    text: rest", text: "x the rest", want: `{"log":"the rest"}`},
		{name: "when", rule: "when: {text: a}\n    set: {b: c}", text: "x", want: `{"log":"x"}`},
		{name: "when it holds", rule: "when: {text: a}\n    set: {b: c}", text: "a", want: `{"log":"a","b":"c"}`},

		{name: "when is decided once", rule: "when: {severity: none}\n    severity: info\n    remove: [a]", text: "x", fields: []string{"a", "b"}, want: `{"log":"x","severity":"info","severity_number":9}`},
		{name: "redact", rule: `redact: {pattern: '\b\d{12}(\d{4})\b', with: '****$1'}`, text: "card 4111111111111111 and 4222222222222222",
			want: `{"log":"card ****1111 and ****2222"}`},
		{name: "redact fields", rule: `redact: {pattern: 'secret\d*', with: '*'}`, text: "x", fields: []string{"a", "my secret1", "b", "fine"},
			want: `{"log":"x","a":"my *","b":"fine"}`},
		{name: "redact merged fields", rule: `redact: {pattern: '"password":"[^"]*"', with: '"password":"*"'}`, text: `{"password":"x","n":1}`,
			want: `{"log":"{\"password\":\"*\",\"n\":1}","log_processed":{"password":"*","n":1}}`},
		{name: "redact before fields", rule: "redact: {pattern: '10\\.0\\.\\d+\\.\\d+', with: '0.0.0.0'}\n    fields: {pattern: '^(?P<address>\\S+)'}", text: "10.0.3.4 x",
			want: `{"log":"0.0.0.0 x","address":"0.0.0.0"}`},
	} {
		set := parse(t, "rules:\n  - name: r\n    match: {namespace: shop}\n    "+c.rule+"\n")
		if got := line(set, record(web(), c.text, c.fields...)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		other := &filters.Source{Kind: filters.Container, Namespace: "other"}
		if set.Resolve(other); other.Rules != nil {
			t.Errorf("%s: a source of another namespace has rules", c.name)
		}
	}
}

// Rules apply in the order of the file, and a later rule sees what an earlier one did.
func TestOrder(t *testing.T) {
	set := parse(t, `
rules:
  - {name: a, match: {}, fields: {pattern: 'status=(?P<status>\d+)'}}
  - {name: b, match: {}, when: {field: {status: '5*'}}, severity: error, set: {team: a}}
  - {name: c, match: {}, when: {severity: error}, set: {team: b}}
`)
	if got, want := line(set, record(web(), "status=500")), `{"log":"status=500","severity":"error","severity_number":17,"status":"500","team":"b"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMatch(t *testing.T) {
	s := &filters.Source{Kind: filters.Container, Namespace: "shop-eu", Pod: "web-7d9c6b5f4-x2x9z", Container: "app"}
	kubelet := &filters.Source{Kind: filters.Component, Component: "kubelet"}
	for _, c := range []struct {
		match     string
		web, node bool
	}{
		{`{}`, true, true},
		{`{namespace: shop-eu}`, true, false},
		{`{namespace: shop}`, false, false},
		{`{namespace: [shop, shop-*]}`, true, false},
		{`{namespace: '*'}`, true, false},
		{`{namespace: ['*', '!shop-*']}`, false, false},
		{`{namespace: '!kube-*'}`, true, false},
		{`{namespace: 'shop-??', pod: web-*}`, true, false},
		{`{workload: web}`, true, false},
		{`{workload: web, container: sidecar}`, false, false},
		{`{component: kube*}`, false, true},
		{`{stream: stderr}`, true, true},
	} {
		set := parse(t, "rules:\n  - name: r\n    match: "+c.match+"\n    set: {a: b}\n")
		for _, one := range []struct {
			source filters.Source
			want   bool
		}{{*s, c.web}, {*kubelet, c.node}} {
			if set.Resolve(&one.source); (one.source.Rules != nil) != one.want {
				t.Errorf("%s: %s%s: %v", c.match, one.source.Namespace, one.source.Component, one.source.Rules != nil)
			}
		}
	}
}

// The stream is that of each record.
func TestStream(t *testing.T) {
	set := parse(t, "rules:\n  - {name: r, match: {stream: stderr}, set: {a: b}}\n")
	r := record(web(), "x")
	if got := line(set, r); got != `{"log":"x"}` {
		t.Error(got)
	}
	r = record(web(), "x")
	if r.Stream = filters.Stderr; line(set, r) != `{"log":"x","stream":"stderr","a":"b"}` {
		t.Error("the rule for stderr was not applied")
	}
}

func TestCounts(t *testing.T) {
	set := parse(t, `
rules:
  - {name: a, match: {}, drop: {text: x}, redact: {pattern: y, with: z}}
  - {name: b, match: {}, fields: {pattern: '(?P<a>y)'}}
`)
	for _, text := range []string{"y", "yy", "q"} {
		line(set, record(web(), text))
	}
	again := record(web(), "y")
	again.Again = true
	line(set, again)
	r := record(web(), "x")
	line(set, r)
	if r.DroppedBy == nil {
		t.Fatal("what dropped the record is not known")
	}
	r.DroppedBy.Add(2)
	got := map[string]int64{}
	set.Counts(func(rule, action string, n int64) { got[rule+" "+action] = n })
	want := map[string]int64{"a dropped": 2, "a redacted": 2, "b unparsed": 3}
	for key, n := range want {
		if got[key] != n {
			t.Errorf("%s: %d, want %d", key, got[key], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

func TestSample(t *testing.T) {
	set := parse(t, "rules:\n  - {name: a, match: {}, sample: {keep: 1/10, severity: below warn}}\n")
	source := web()
	set.Resolve(source)
	kept := 0
	for i := range 10000 {
		make := func() *filters.Record {
			r := record(source, "I1122 10:00:00.000000       1 a.go:1] x")
			r.Position.Offset = int64(i)
			return r
		}
		first, second := chain(false).Apply(make()), chain(false).Apply(make())
		if first != second {
			t.Fatal("one record was kept once and dropped once")
		}
		if first {
			kept++
		}
	}
	if kept < 850 || kept > 1150 {
		t.Errorf("%d of 10000 records were kept", kept)
	}
	if !chain(false).Apply(record(source, "E1122 10:00:00.000000       1 a.go:1] x")) {
		t.Error("an error was dropped")
	}
	by := parse(t, "rules:\n  - {name: a, match: {}, sample: {keep: 0.5, by: trace}}\n")
	source = web()
	by.Resolve(source)
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		first := chain(false).Apply(record(source, "x", "trace", id))
		if r := record(source, "y", "trace", id); chain(false).Apply(r) != first {
			t.Error("records of one trace have two answers")
		}
	}
}

func TestProblems(t *testing.T) {
	const rule = "rules:\n  - name: x\n    match: {}\n    "
	for _, c := range []struct{ text, want string }{
		{"", `r.yaml: is empty; allowed: rules: and a list of rules`},
		{"a: [", `r.yaml:1: is not YAML: did not find expected node content; texts with special characters need single quotes, as in '\d+' and '!kube-*'`},
		{"rule: []", `r.yaml:1: unknown key "rule" in the file; did you mean rules?`},
		{"rules: {a: b}", `r.yaml:1: rules is keys with values; allowed: a list, each with - before it`},
		{"rules: []\n---\nrules: []", `r.yaml:2: the file has a second document; allowed: one`},
		{"rules:\n  - match: {}\n    drop: true", `r.yaml:2: rule "number 1": has no name, by which metrics and problems call it`},
		{"rules:\n  - name: x\n    drop: true", `r.yaml:2: rule "x": has no match, which says what sources it is for; match: {} is all sources`},
		{"rules:\n  - name: x\n    match: {}", `r.yaml:2: rule "x": does nothing: it has no key besides name, match and when`},
		{rule + "drop: true\n  - name: x\n    match: {}\n    drop: true", `r.yaml:5: rule "x": the name is that of the rule in line 2; allowed: a name of its own`},
		{rule + "mutliline: {}", `r.yaml:4: rule "x": unknown key "mutliline" in the rule; did you mean multiline?`},
		{rule + "filter: {}", `r.yaml:4: rule "x": unknown key "filter" in the rule; allowed: name, match, when, multiline, redact, preset, fields, severity, time, drop, keep, sample, set, remove, text, tenant, index`},
		{rule + "drop: {text: '('}", "r.yaml:4: rule \"x\": text is no regular expression: missing closing ): `(`"},
		{rule + "drop: {severity: warning}", `r.yaml:4: rule "x": severity is "warning"; allowed: trace, debug, info, notice, warn, error, critical, alert, fatal`},
		{rule + "drop: {}", `r.yaml:4: rule "x": drop is empty; allowed: text, severity, field`},
		{rule + "drop: false", `r.yaml:4: rule "x": drop is "false"; allowed: true for all records, or text, severity, field`},
		{rule + "drop: {field: {status: '> many'}}", `r.yaml:4: rule "x": field status is compared with "many", which is no number`},
		{rule + "preset: nginx", `r.yaml:4: rule "x": preset "nginx" is not known; allowed: `},
		{rule + "fields: {pattern: 'a(b)'}", `r.yaml:4: rule "x": pattern has no named group, as in (?P<user>\S+), and makes no fields`},
		{rule + "fields: {pattern: '(?P<kubernetes>b)'}", `r.yaml:4: rule "x": the group kubernetes is a name that the plugin writes itself; allowed: another name, as in app_kubernetes`},
		{rule + "fields: {}", `r.yaml:4: rule "x": fields needs one of pattern, keys and json, which say where the fields are found`},
		{rule + "fields: {pattern: '(?P<a>b)', numbers: [b]}", `r.yaml:4: rule "x": numbers has "b", which is no field of this rule`},
		{rule + "set: {log: x}", `r.yaml:4: rule "x": the field log is a name that the plugin writes itself; allowed: another name, as in app_log`},
		{rule + "severity: {key: level, map: {a: loud}}", `r.yaml:4: rule "x": severity is "loud"; allowed: trace, debug, info, notice, warn, error, critical, alert, fatal`},
		{rule + "severity: {map: {a: info}}", `r.yaml:4: rule "x": severity needs either key or pattern, which say where the severity is found`},
		{rule + "severity: {pattern: '(a)(b)'}", `r.yaml:4: rule "x": pattern has several groups, and none with the name severity: name one (?P<severity>…)`},
		{rule + "time: {key: t, layout: '%Q'}", `r.yaml:4: rule "x": layout "%Q" has the unknown conversion %Q; allowed: rfc3339, unix, strftime as in %Y-%m-%d %H:%M:%S, or Go as in 2006-01-02 15:04:05`},
		{rule + "time: {key: t, layout: 'YYYY-MM-DD'}", `r.yaml:4: rule "x": layout "YYYY-MM-DD" has no time in it; allowed: `},
		{rule + "time: {key: t, zone: Mars}", `r.yaml:4: rule "x": zone "Mars" is no time zone; allowed: Local, UTC, or a name as in Europe/Berlin`},
		{rule + "sample: 2", `r.yaml:4: rule "x": sample is "2"; allowed: a share above 0 and below 1, as in 0.1, 10% or 1/10`},
		{rule + "sample: {severity: info}", `r.yaml:4: rule "x": sample needs keep, the share of the records that stay, as in keep: 1/10`},
		{rule + "redact: {pattern: a}", `r.yaml:4: rule "x": redact needs either with, a text, or hash, which says where the key is`},
		{rule + "redact: {pattern: 'a*', with: x}", `r.yaml:4: rule "x": pattern matches the empty text, of which nothing can be replaced`},
		{rule + "redact: {pattern: 'a', with: 'x$1y'}", `r.yaml:4: rule "x": with has $1y, and the pattern has no such group: write $$ for a dollar sign, and ${1} before a letter`},
		{rule + "redact: {pattern: 'a', hash: {key_file: none}}", `r.yaml:4: rule "x": key_file cannot be read: open none: no such file or directory`},
		{rule + "multiline: {max_lines: 10}", `r.yaml:4: rule "x": multiline needs a pattern: start, continue, unfinished or end`},
		{rule + "multiline: {start: a, max_lines: 1}", `r.yaml:4: rule "x": max_lines is "1"; allowed: a number from 2 to 100000`},
		{rule + "when: {text: a}\n    tenant: b", `r.yaml:5: rule "x": tenant and when exclude each other: tenant must not depend on what a log says`},
		{rule + "when: {text: a}\n    redact: {pattern: a, with: b}", `r.yaml:5: rule "x": redact and when exclude each other: redact must not depend on what a log says`},
		{"rules:\n  - name: x\n    match: {namespace: !kube-*}\n    drop: true", `r.yaml:3: is not YAML: did not find expected whitespace or line break; texts with special characters need single quotes, as in '\d+' and '!kube-*'`},
		{"rules:\n  - name: x\n    match:\n      namespace: !kube\n    drop: true", `r.yaml:4: rule "x": namespace begins with !, which YAML reads as a type: write it in quotes, as in '!kube'`},
		{"rules:\n  - name: x\n    match: {component: a, pod: b}\n    drop: true", `r.yaml:3: rule "x": match has component and pod, and no source has both: write two rules`},
		{"rules:\n  - name: x\n    match: {stream: err}\n    drop: true", `r.yaml:3: rule "x": stream is "err"; allowed: stdout, stderr`},
		{"rules:\n  - name: x\n    match: {stream: stderr}\n    index: a", `r.yaml:4: rule "x": index and match: {stream: …} exclude each other: both streams of a container have one index`},
		{"rules:\n  - name: x\n    match: {}\n    drop: true\n    drop: true", `r.yaml:5: rule "x": key "drop" is given twice in the rule`},
		{"rules:\n  - name: a b\n    match: {}\n    drop: true", `r.yaml:2: rule "a b": name is "a b"; allowed: 63 letters, digits, -, _, . and / at most`},
	} {
		_, err := Parse("r.yaml", []byte(c.text), Config{Reserved: func(name string) string {
			if name == "kubernetes" || name == "log" {
				return "is a name that the plugin writes itself"
			}
			return ""
		}})
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%q: no problem", c.text)
			continue
		}
		if got := problems[0].Error(); got != c.want && !(strings.HasSuffix(c.want, "allowed: ") && strings.HasPrefix(got, c.want)) {
			t.Errorf("%q:\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}

// A check finds all problems of a file.
func TestAllProblems(t *testing.T) {
	_, err := Parse("r.yaml", []byte("rules:\n  - {name: a, match: {}, drop: {text: '('}}\n  - {name: b, match: {x: y}, sample: 7}\n"), Config{})
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Fatalf("%v", err)
	}
	if got := err.Error(); !strings.HasSuffix(got, "(and 2 other problems; k8slog check lists all)") {
		t.Error(got)
	}
}
