package header

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

var full = Filter{Zone: time.UTC, Key: []byte("log_processed")}

func of(component, text string) filters.Record {
	return filters.Record{
		Time: near, Log: filters.PlainText([]byte(text)), Source: &filters.Source{Kind: filters.Component, Component: component},
	}
}

// members returns the object of keys and values of a record.
func members(r *filters.Record) string {
	for _, f := range r.Fields {
		if string(f.Key) == "log_processed" && f.Own {
			return string(f.JSON)
		}
	}
	return ""
}

func TestMembers(t *testing.T) {
	for text, want := range map[string]string{
		`E0811 03:42:05.658378 7 a.go:83] "Failed" err="x" pod="a/b" n=3`:                               `{"err":"x","pod":"a/b","n":"3"}`,
		"E0811 03:42:05.658378 7 a.go:83] \"Failed\" err=<\n\tone\n\ttwo\n > n=3":                       `{"err":"one\ntwo","n":"3"}`,
		`I0811 03:42:05.658378 7 a.go:83] text a=b`:                                                     "",
		`{"ts":1533958925658.3784,"caller":"a.go:83","msg":"m","v":2,"pod":{"name":"x"}}`:               `{"v":2,"pod":{"name":"x"}}`,
		`{"level":"warn","ts":"2018-08-11T03:42:05.658Z","caller":"a.go:1","msg":"slow","took":"1.5s"}`: `{"took":"1.5s"}`,
		`time="2018-08-11T03:42:05Z" level=warning msg="m" module=libcontainerd error="a \"b\""`:        `{"module":"libcontainerd","error":"a \"b\""}`,
		`Aug 11 03:42:06 node-1 kubelet[99]: W0811 03:42:05.658378 7 a.go:83] "m" a=1`:                  `{"a":"1"}`,
		`<30>Aug 11 03:42:06 node-1 dockerd[9]: time="2018-08-11T03:42:05Z" level=info msg=m a=1`:       `{"a":"1"}`,
		`2018-08-11 03:42:05,066 [salt.state][ERROR] a=b`:                                               "",
	} {
		r := of("kubelet", text)
		full.Apply(&r)
		if got := members(&r); got != want || r.Severity == 0 {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// Keys in a text cannot replace fields of the record.
func TestHostileKeysAreNested(t *testing.T) {
	r := of("kubelet", `I0811 03:42:05.658378 7 a.go:83] "m" time="x" severity="fatal" component="etcd" node="n" log_processed="y" kubernetes={"namespace_name":"kube-system"}`)
	r.Fields = append(r.Fields, filters.Field{Key: []byte("caller"), Text: filters.PlainText([]byte("mine"))})
	full.Apply(&r)
	const want = `{"time":"x","severity":"fatal","component":"etcd","node":"n","log_processed":"y","kubernetes":"{\"namespace_name\":\"kube-system\"}"}`
	if got := members(&r); got != want || len(r.Fields) != 4 || r.Severity != filters.Info || r.Source.Component != "kubelet" {
		t.Errorf("%s, %d fields, %v, %v", got, len(r.Fields), r.Severity, r.Source)
	}
	// The record already has a field with that key.
	r = of("kubelet", `I0811 03:42:05.658378 7 a.go:83] "m" a=1`)
	r.Fields = append(r.Fields, filters.Field{Key: []byte("log_processed"), JSON: []byte("1")})
	full.Apply(&r)
	if got := members(&r); got != "" {
		t.Errorf("%s: a second field with that key", got)
	}
}

// Any process can write the name of a component into the host's syslog. So the name is a
// field, and the line belongs to the file.
func TestHostSyslog(t *testing.T) {
	for _, c := range []struct {
		file, text, program string
		severity            filters.Severity
	}{
		{"syslog", `Aug 11 03:42:06 node-1 kubelet[99]: E0811 03:42:05.658378 7 a.go:83] "m" a=1`, "kubelet", filters.Error},
		{"syslog", `Aug 11 03:42:06 node-1 dockerd[99]: time="2018-08-11T03:42:05Z" level=warning msg=m`, "dockerd", filters.Warn},
		{"daemon", `2018-08-11T03:42:06Z node-1 containerd[99]: plain`, "containerd", 0},
		{"syslog", `<4>Aug 11 03:42:06 node-1 kernel: [1.5] oom`, "kernel", filters.Warn},
		{"syslog", `<11>1 2018-08-11T03:42:06Z node-1 kubelet 99 - - plain`, "kubelet", filters.Error},
		{"syslog", `<11>1 2018-08-11T03:42:06Z node-1 kubelet 99 - - I0811 03:42:05.658378 7 a.go:83] text`, "kubelet", filters.Info},
		{"syslog", `Aug 11 03:42:06 node-1 sshd[99]: kubelet: text`, "sshd", 0},
		{"auth", `Aug 11 03:42:06 node-1 kubelet[99]: text`, "kubelet", 0},
		{"startupscript", `Aug 11 03:42:06 node-1 kubelet[99]: text`, "kubelet", 0},
		{"syslog", `text of nobody`, "", 0},
	} {
		r := of(c.file, c.text)
		source := r.Source
		full.Apply(&r)
		if r.Source != source || source.Component != c.file || fieldsOf(&r)["program"] != c.program || r.Severity != c.severity {
			t.Errorf("%s: %+v, %v, %v", c.text, r.Source, fieldsOf(&r), r.Severity)
		}
	}
}

var lines = map[string]string{
	"klog":       `I0811 03:42:05.658378       7 main.go:83] GCE config: {}`,
	"structured": "E0811 03:42:05.658378 7 a.go:83] \"Failed \\\"x\\\"\" err=<\n\tone\n > pod=\"a/b\" obj={\"a\":[\"b c\"]}",
	"json":       `{"level":"warn","ts":"2018-08-11T05:42:05.658+0200","caller":"a.go:1","msg":"slow \"x\"","took":1.5,"n":{"a":[1,2]}}`,
	"logfmt":     `time="2018-08-11T03:42:05.658698744Z" level=warning msg="a \"b\"" module=libcontainerd error="\xff"`,
	"salt":       `2018-08-11 03:42:05,066 [salt.minion      :123 ][WARNING ][4711] text`,
	"etcd":       `2018-08-11 03:42:05.658698 W | etcdserver: too slow`,
	"syslog":     `Aug 11 03:42:06 node-1 kubelet[99]: W0811 03:42:05.658378       7 a.go:83] "m" a=1`,
	"protocol":   `<30>1 2018-08-11T03:42:06Z node-1 containerd 99 - [a b="c"] time="2018-08-11T03:42:05Z" level=info msg=m a=1`,
	"flagged":    `ERROR: logging before flag.Parse: W0811 03:42:05.036007       5 client_config.go:552] Neither`,
	"grpc":       `WARNING: 2018/08/11 03:42:05 grpc: text`,
	"restful":    `[restful] 2018/08/11 03:42:05 log.go:33: text`,
	"logrus":     `ERRO[0012] Handler for GET`,
	"console":    `[ERROR   ] Command failed`,
	"plain":      `Just a text that is nothing else`,
}

func TestComponentAllocatesNothing(t *testing.T) {
	for name, text := range lines {
		line, source := []byte(text), &filters.Source{Kind: filters.Component, Component: "syslog"}
		var r filters.Record
		if n := testing.AllocsPerRun(100, func() {
			r.Reset()
			r.Log, r.Source, r.Time = filters.PlainText(line), source, near
			full.Apply(&r)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkComponent(b *testing.B) {
	for name, text := range lines {
		b.Run(name, func(b *testing.B) {
			line, source := []byte(text), &filters.Source{Kind: filters.Component, Component: "syslog"}
			var r filters.Record
			b.ReportAllocs()
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				r.Reset()
				r.Log, r.Source, r.Time = filters.PlainText(line), source, near
				full.Apply(&r)
			}
		})
	}
}
