package header

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/textlog"
)

// near is the time at which the lines below were read.
var near = time.Date(2018, 8, 11, 3, 42, 10, 0, time.UTC).UnixNano()

func fieldsOf(r *filters.Record) map[string]string {
	m := map[string]string{}
	for _, f := range r.Fields {
		m[string(f.Key)] = string(f.Text.AppendPlain(nil))
	}
	return m
}

// For a component, all parts of the header are read.
func TestComponentLines(t *testing.T) {
	for _, test := range []struct {
		name, text     string
		severity       filters.Severity
		time           string // empty: the time is not changed
		message, other string // other: caller, thread, program
	}{
		{
			"klog", `I0811 03:42:05.658378       7 main.go:83] GCE config: {}`, filters.Info,
			"2018-08-11T03:42:05.658378Z", "GCE config: {}", "main.go:83 7 ",
		},
		{
			"klog, structured", `E0811 03:42:05.658378 7 a.go:83] "Failed to sync" err="x" pod="a/b"`, filters.Error,
			"2018-08-11T03:42:05.658378Z", "Failed to sync", "a.go:83 7 ",
		},
		{
			"klog, JSON", `{"ts":1533958925658.3784,"caller":"a.go:83","msg":"Pod \"x\" updated","v":0}`, filters.Info,
			"2018-08-11T03:42:05.6583784Z", `Pod "x" updated`, "a.go:83  ",
		},
		{
			"klog, JSON, error", `{"ts":1533958925658.3784,"caller":"a.go:83","msg":"m","err":"no"}`, filters.Error,
			"2018-08-11T03:42:05.6583784Z", "m", "a.go:83  ",
		},
		{
			"zap, zone without a colon", `{"level":"info","ts":"2018-08-11T05:42:05.658+0200","msg":"m"}`, filters.Info,
			"2018-08-11T03:42:05.658Z", "m", "  ",
		},
		{"syslog, no program", `Aug 11 03:42:05 node-1 10.0.0.1:80 text`, 0, "2018-08-11T03:42:05Z", "10.0.0.1:80 text", "  "},
		{"etcd", `2018-08-11 03:42:05.658698 W | etcdserver: too slow`, filters.Warn, "2018-08-11T03:42:05.658698Z", "etcdserver: too slow", "  "},
		{"etcd, notice", `2018-08-11 03:42:05.658698 N | auth: on`, filters.Notice, "2018-08-11T03:42:05.658698Z", "auth: on", "  "},
		{"etcd, older", `2018/08/11 03:42:05 etcdserver: text`, 0, "2018-08-11T03:42:05Z", "etcdserver: text", "  "},
		{
			"etcd, zap", `{"level":"warn","ts":"2018-08-11T03:42:05.658Z","caller":"etcdserver/util.go:1","msg":"slow","n":{"a":[1,"}"]}}`,
			filters.Warn, "2018-08-11T03:42:05.658Z", "slow", "etcdserver/util.go:1  ",
		},
		{
			"dockerd", `time="2018-08-11T03:42:05.658698744Z" level=warning msg="a \"b\" c" module=libcontainerd`, filters.Warn,
			"2018-08-11T03:42:05.658698744Z", `a "b" c`, "  ",
		},
		{
			"salt", `2018-08-11 03:42:05,066 [salt.state       ][ERROR   ] text [x]`, filters.Error,
			"2018-08-11T03:42:05.066Z", "text [x]", "salt.state  ",
		},
		{
			"salt, newer", `2018-08-11 03:42:05,066 [salt.minion      :123 ][WARNING ][4711] text`, filters.Warn,
			"2018-08-11T03:42:05.066Z", "text", "salt.minion:123 4711 ",
		},
		{
			"startupscript", `Aug 11 03:42:05 node-1 startupscript: step 1`, 0,
			"2018-08-11T03:42:05Z", "step 1", "  startupscript",
		},
		{
			"syslog, one digit day", `Aug  9 03:42:05 node-1 sshd[4711]: Accepted publickey`, 0,
			"2018-08-09T03:42:05Z", "Accepted publickey", " 4711 sshd",
		},
		{
			"syslog, RFC 3339", `2018-08-11T05:42:05.123456+02:00 node-1 kernel: oom`, 0,
			"2018-08-11T03:42:05.123456Z", "oom", "  kernel",
		},
		{
			"klog inside syslog", `Aug 11 03:42:06 node-1 kubelet[99]: W0811 03:42:05.658378       7 a.go:83] text`, filters.Warn,
			"2018-08-11T03:42:05.658378Z", "text", "a.go:83 7 kubelet",
		},
		{
			"glog, before its flags are read", `ERROR: logging before flag.Parse: W0811 03:42:05.036007       5 client_config.go:552] Neither`, filters.Warn,
			"2018-08-11T03:42:05.036007Z", "Neither", "client_config.go:552 5 ",
		},
		{
			"klog, JSON, error that is nil", `{"ts":1533958925658.3784,"caller":"a.go:83","msg":"m","pod":"a/b"}`, filters.Error,
			"2018-08-11T03:42:05.6583784Z", "m", "a.go:83  ",
		},
		{
			"etcd, with --debug", `2018-08-11 03:42:05.658698 [pkg_logger.go:148] W | etcdserver: x`, filters.Warn,
			"2018-08-11T03:42:05.658698Z", "etcdserver: x", "pkg_logger.go:148  ",
		},
		{"raft", `raft2018/08/11 03:42:05 INFO: became leader`, filters.Info, "2018-08-11T03:42:05Z", "became leader", "  "},
		{"grpc", `WARNING: 2018/08/11 03:42:05 grpc: text`, filters.Warn, "2018-08-11T03:42:05Z", "grpc: text", "  "},
		{"go-restful", `[restful] 2018/08/11 03:42:05 log.go:33: text`, 0, "2018-08-11T03:42:05Z", "text", "log.go:33  "},
		{"logrus", `ERRO[0012] Handler for GET`, filters.Error, "", "Handler for GET", "  "},
		{"salt's console", `[ERROR   ] Command failed`, filters.Error, "", "Command failed", "  "},
		{"salt, a level of its own", `2018-08-11 03:42:05,066 [salt.crypt :1  ][GARBAGE ][9] x`, filters.Trace, "2018-08-11T03:42:05.066Z", "x", "salt.crypt:1 9 "},
		{"logrus inside syslog", `Aug 11 03:42:06 node-1 dockerd[9]: WARN[0012] text`, filters.Warn, "2018-08-11T03:42:06Z", "text", " 9 dockerd"},
		{"not salt", `2018-08-11 03x42x05,066 [salt.state][ERROR] text`, 0, "", "", "  "},
		{"Go's own date inside syslog", `Aug 11 03:42:06 node-1 etcd[9]: 2018/08/11 03:42:05 text`, 0, "2018-08-11T03:42:05Z", "text", " 9 etcd"},
		{"another date inside syslog", `Aug 11 03:42:06 node-1 a[9]: 2018-08-11 05:42:05 text`, 0, "2018-08-11T03:42:06Z", "2018-08-11 05:42:05 text", " 9 a"},
		{
			"CRI-O inside syslog", `Aug 11 03:42:06 node-1 crio[3]: time="2018-08-11 03:42:05.123456789Z" level=info msg="m"`, filters.Info,
			"2018-08-11T03:42:05.123456789Z", "m", " 3 crio",
		},
		{
			"kubelet, JSON without a level", `{"ts":1533958925.658,"caller":"kubelet/kubelet.go:1","msg":"m","pod":"a/b"}`, 0,
			"2018-08-11T03:42:05.658Z", "m", "kubelet/kubelet.go:1  ",
		},
		{
			"audit event", `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","stage":"ResponseComplete",` +
				`"requestReceivedTimestamp":"2018-08-11T03:42:04.000001Z","stageTimestamp":"2018-08-11T03:42:05.658698Z"}`, 0,
			"2018-08-11T03:42:05.658698Z", "", "  ",
		},
		{
			"audit event, before it has a stage", `{"apiVersion":"audit.k8s.io/v1","level":"None","requestReceivedTimestamp":"2018-08-11T03:42:05Z"}`, 0,
			"2018-08-11T03:42:05Z", "", "  ",
		},
		{"logfmt without a level", `time="2018-08-11T03:42:05Z" msg=m module=x`, 0, "2018-08-11T03:42:05Z", "m", "  "},
		{
			"JSON without a level inside syslog", `Aug 11 03:42:06 node-1 kubelet[99]: {"ts":1533958925.658,"caller":"a.go:1","msg":"m"}`, 0,
			"2018-08-11T03:42:05.658Z", "m", "a.go:1 99 kubelet",
		},
		{"a level behind no known header", `[WARN] the disk is slow`, filters.Warn, "", "", "  "},
		{"a level inside syslog", `Aug 11 03:42:06 node-1 sshd[9]: error: no more keys`, filters.Error, "2018-08-11T03:42:06Z", "error: no more keys", " 9 sshd"},
		{"plain", `Just a text`, 0, "", "", "  "},
		{"nothing", ``, 0, "", "", "  "},
		{"not klog", `I am a text`, 0, "", "", "  "},
		{"broken JSON", `{"level":"info"`, 0, "", "", "  "},
		{"a date that does not exist", `2018-02-30 03:42:05.658698 W | x`, 0, "", "", "  "},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := filters.Record{Time: near, Log: filters.PlainText([]byte(test.text)), Source: &filters.Source{Kind: filters.Component}}
			if !(Filter{Zone: time.UTC}).Apply(&r) {
				t.Fatal("dropped")
			}
			want := near
			if test.time != "" {
				at, err := time.Parse(time.RFC3339Nano, test.time)
				if err != nil {
					t.Fatal(err)
				}
				want = at.UnixNano()
			}
			if r.Severity != test.severity || r.Time != want {
				t.Errorf("severity %v at %v", r.Severity, time.Unix(0, r.Time).UTC())
			}
			got := fieldsOf(&r)
			if other := got["caller"] + " " + got["thread"] + " " + got["program"]; got["message"] != test.message || other != test.other {
				t.Errorf("%v", got)
			}
			if text, _ := r.Log.Plain(); string(text) != test.text {
				t.Errorf("the text became %q", text)
			}
		})
	}
}

// For a container, only the severity is read: the container runtime provides the time.
func TestContainerLines(t *testing.T) {
	for text, want := range map[string]filters.Severity{
		`E0811 03:42:05.658378 7 a.go:83] \"Failed\"`:                      filters.Error,
		`{\"level\":\"warn\",\"msg\":\"a \\\"b\\\"\"}`:                     filters.Warn,
		`{\"severity\":\"CRITICAL\",\"message\":\"x\"}`:                    filters.Critical,
		`{\"name\":\"app\",\"hostname\":\"h\",\"level\":50,\"msg\":\"x\"}`: filters.Error,
		`{\"@l\":\"Debug\",\"@m\":\"x\"}`:                                  filters.Debug,
		`{\"ts\":1,\"caller\":\"a.go:1\",\"msg\":\"m\",\"err\":\"no\"}`:    filters.Error,
		`{\"ts\":1,\"caller\":\"a.go:1\",\"msg\":\"m\",\"v\":0}`:           filters.Info,
		"{\\\"msg\\\":\\\"bad \xff\\\",\\\"level\\\":\\\"error\\\"}":       filters.Error,
		`t=\"2018-08-11T03:42:05Z\" lvl=eror msg=x`:                        filters.Error,
		`{\"nested\":{\"level\":\"error\"},\"a\":[1,2]}`:                   0,
		`{\"level\":{\"a\":\"error\"}}`:                                    0,
		`{\"level\":\"error\",\"msg\":\"cut by the runt`:                   filters.Error,
		`{\"level\"`: 0,
		`time=\"2018-08-11T03:42:05Z\" level=error msg=\"x\"`:                 filters.Error,
		`level=debug ts=1 msg=a`:                                              filters.Debug,
		`msg=\"level=error\" level=info`:                                      filters.Info,
		`the level=error of it`:                                               0,
		`test level=error`:                                                    0,
		`2018-08-11 03:42:05.658698 E | etcdserver: x`:                        filters.Error,
		`10.32.1.0 - - [11/Aug/2018:03:42:05 +0000] \"GET / HTTP/1.1\"`:       0,
		`ERROR: logging before flag.Parse: W0811 03:42:05.036007 5 a.go:5] x`: filters.Warn,
		`ERROR: logging before flag.Parse: text`:                              0,
		`WARNING: 2018/08/11 03:42:05 grpc: x`:                                filters.Warn,
		`raft2018/08/11 03:42:05 ERROR: x`:                                    filters.Error,
		`DEBU[0000] x`:                                                        filters.Debug,
		`ERRO[0000] x`:                                                        filters.Error,
		`Done`:                                                                0,
		`running`:                                                             0,
		`2018-08-11 03:42:05.658698 [a.go:1] E | etcdserver: x`:               filters.Error,
		`Error: it failed`:                                                    0,
		``:                                                                    0,
	} {
		r := filters.Record{Time: near, Log: filters.EscapedText([]byte(text)), Source: &filters.Source{Kind: filters.Container}}
		Filter{Zone: time.UTC}.Apply(&r)
		if r.Severity != want || r.Time != near || len(r.Fields) != 0 {
			t.Errorf("%s: severity %v, fields %v", text, r.Severity, fieldsOf(&r))
		}
	}
}

// Existing fields and an existing severity are not replaced.
func TestExistingFieldsAreKept(t *testing.T) {
	r := filters.Record{
		Log: filters.PlainText([]byte(`I0811 03:42:05.658378 7 main.go:83] text`)), Source: &filters.Source{Kind: filters.Component},
		Severity: filters.Debug,
		Fields:   []filters.Field{{Key: []byte("message"), Text: filters.PlainText([]byte("mine"))}},
	}
	Filter{Zone: time.UTC}.Apply(&r)
	if got := fieldsOf(&r); got["message"] != "mine" || len(r.Fields) != 3 || r.Severity != filters.Debug {
		t.Errorf("%v, severity %v", got, r.Severity)
	}
}

func FuzzHeader(f *testing.F) {
	for _, text := range lines {
		f.Add([]byte(text), true)
	}
	for _, c := range readCases(f, "testdata/cases.json") {
		f.Add([]byte(strings.Join(c.Lines, "\n")), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, component bool) {
		r := filters.Record{Time: near, Log: filters.PlainText(text), Source: &filters.Source{Kind: filters.Container}}
		if component {
			r.Source = &filters.Source{Kind: filters.Component}
		}
		if !full.Apply(&r) {
			t.Fatal("dropped")
		}
		if object := members(&r); object != "" && (!component || !json.Valid([]byte(object)) || strings.ContainsAny(object, "\n\r")) {
			t.Errorf("%q has %q", text, object)
		}
		if got, _ := r.Log.Plain(); string(got) != string(text) {
			t.Errorf("the text %q became %q", text, got)
		}
		if r.Severity != 0 && r.Severity.String() == "" {
			t.Errorf("severity %d has no name", r.Severity)
		}
		if escaped := inJSON(string(text)); utf8.Valid(text) && len(escaped) <= textlog.Window {
			a, b := severityOf(filters.PlainText(text)), severityOf(filters.EscapedText([]byte(escaped)))
			if a != b {
				t.Errorf("%q: %v, and escaped %v", text, a, b)
			}
		}
	})
}

func BenchmarkSeverity(b *testing.B) {
	for name, text := range map[string]string{
		"plain":    "worker 7 finished job 12 in 3 ms, queue length is now 4",
		"nginx":    `10.32.1.0 - - [11/Aug/2018:03:42:05 +0000] \"GET / HTTP/1.1\" 200`,
		"klog":     `I0811 03:42:05.658378       1 proxier.go:83] Adding new service port \"a\"`,
		"spring":   `2026-11-22T10:00:00.123Z  WARN 1 --- [main] c.e.App : x is slow`,
		"zap":      `2026-11-22T10:00:00.123Z\tinfo\tsetup\tstarting manager`,
		"envoy":    `[2026-11-22 10:00:00.123][1][info][main] [source/server/server.cc:404] initializing epoch 0`,
		"python":   `WARNING:root:x is slow`,
		"postgres": `2026-11-22 10:00:00.123 UTC [73] ERROR:  relation \"x\" does not exist at character 15`,
		"coloured": `\u001b[2m2026-11-22T10:00:00.123456Z\u001b[0m \u001b[33m WARN\u001b[0m app: x`,
		"sentence": "Starting the server on port 8080, with 4 workers",
		"frame":    `\tat com.acme.shop.Orders.place(Orders.java:17)`,
		"request":  `GET /items/1 200 12.3 ms - 12`,
		"date":     `2026-11-22 10:00:00 the order is placed`,
		"bracket":  `[worker-7] finished job 12 in 3 ms`,
		"json":     `{\"level\":\"info\",\"ts\":\"2026-11-22T10:00:00Z\",\"msg\":\"request handled\",\"status\":200,\"path\":\"/items/1\"}`,
	} {
		b.Run(name, func(b *testing.B) {
			r := filters.Record{Source: &filters.Source{Kind: filters.Container}}
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			line, source := []byte(text), r.Source
			for b.Loop() {
				r.Reset()
				r.Log, r.Source = filters.EscapedText(line), source
				Filter{}.Apply(&r)
			}
		})
	}
}
