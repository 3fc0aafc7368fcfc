package rules

import (
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
		{name: "severity of a pair", rule: `severity: {key: prio, map: {'3': error}}`, text: "prio=3 msg=x", want: `{"log":"prio=3 msg=x","severity":"error","severity_number":17}`},
		{name: "no pair", rule: `severity: {key: prio, map: {'3': error}}`, text: "x prio=3", want: `{"log":"x prio=3"}`},
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
