package multiline

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// all is every language.
const all = every

// grouped splits lines into texts, as the plugin does.
func grouped(s Set, place Place, lines []string, begin func(string) string) (groups []string) {
	state := None
	var held []string
	for _, line := range lines {
		if state != None {
			state = state.Next([]byte(line))
			if state.Restarts() {
				groups, held = append(groups, held...), nil
			}
			if state.Tentative() {
				held = append(held, line)
				continue
			}
			if state != None {
				groups[len(groups)-1] += strings.Join(append(append([]string{""}, held...), line), "\n")
				held = nil
				continue
			}
			groups, held = append(groups, held...), nil
		}
		state = s.Begin([]byte(begin(line)), place)
		groups = append(groups, line)
	}
	return append(groups, held...)
}

// escaped returns a line as docker keeps it.
func escaped(line string) string {
	b, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	return string(b[1 : len(b)-1])
}

func plain(line string) string { return line }

// ordinary lines, of which none may join a text before or behind it.
var ordinary = []string{
	`10.32.1.0 - - [22/Nov/2026:10:00:00 +0000] "GET /items/1?a=b HTTP/1.1" 200 612 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"`,
	`{"level":"error","msg":"java.lang.Error: x","stack":"at a.b.C(D.java:1)"}`,
	`2026-11-22 10:00:00.123  INFO 1 --- [           main] c.e.demo.DemoApplication                 : Started DemoApplication in 2.1 seconds`,
	`time="2026-11-22T10:00:00Z" level=info msg="listening" address=":8080"`,
	`I1122 10:00:00.123456       1 controller.go:83] "Synced" pod="default/a"`,
	`2026/11/22 10:00:00 worker 3 finished a job in 12 ms`,
	`worker 3 finished a job in 12 ms`,
	`INFO:root:listening on port 8080`,
	`INFO:     10.0.0.1:5000 - "GET / HTTP/1.1" 200 OK`,
	`[2026-11-22 10:00:00 +0000] [7] [INFO] Booting worker with pid: 7`,
	`Nov 22 10:00:00 node-1 sshd[4711]: Accepted publickey for core`,
}

// alone checks that texts come out of their lines, whatever stands around
// them, with and without carriage returns.
func alone(t *testing.T, texts ...string) {
	t.Helper()
	for _, line := range ordinary {
		before := []string{line}
		first, _, _ := strings.Cut(texts[0], "\n")
		if all.Begin([]byte(line), Container).Next([]byte(first)) != None { // a logger may have written both
			before = append(before, "worker 3 finished a job in 12 ms")
		}
		check(t, all, Container, append(append(before, texts...), line)...)
		if t.Failed() {
			return
		}
	}
}

// check splits the lines of all texts, in both spellings of a first line.
func check(t *testing.T, s Set, place Place, texts ...string) {
	t.Helper()
	for _, end := range []string{"", "\r"} {
		var want []string
		for _, text := range texts {
			want = append(want, strings.ReplaceAll(text, "\n", end+"\n")+end)
		}
		lines := strings.Split(strings.Join(want, "\n"), "\n")
		for _, begin := range []func(string) string{plain, escaped} {
			if got := grouped(s, place, lines, begin); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n--------\n"), strings.Join(want, "\n--------\n"))
				return
			}
		}
	}
}

// expects checks whether more lines are expected behind each line of a text:
// they are behind those that begin with "+".
func expects(t *testing.T, marked string) {
	t.Helper()
	state := None
	for i, line := range strings.Split(marked, "\n") {
		if text := []byte(line[1:]); i == 0 {
			state = all.Begin(text, Container)
		} else {
			state = state.Next(text)
		}
		if state == None || state.Expects() != (line[0] == '+') {
			t.Fatalf("line %d, %s: %+v expects %v", i+1, line, state, state.Expects())
		}
	}
}

// samples are the texts of all languages' tests.
var samples []string

func sample(text string) string {
	samples = append(samples, text)
	return text
}

// A text is found with its own language alone, and not by the others.
func TestSets(t *testing.T) {
	for name, text := range map[string]string{
		"java": javaCause, "dotnet": dotnetInner, "node": nodeUncaught, "python": pythonChained,
		"go": goPanicked, "ruby": rubyCause, "php": phpPrevious, "klog": klogBlock,
	} {
		own := Set(1) << slices.Index(Languages, name)
		check(t, own, Container, text, ordinary[0])
		others := all &^ own
		if own&throwing != 0 {
			others &^= throwing
		}
		lines := strings.Split(text, "\n")
		if got := grouped(others, Container, lines[:3], plain); len(got) != 3 {
			t.Errorf("%s is found without it: %q", name, got)
		}
		if got := grouped(0, Component, lines, plain); len(got) != len(lines) {
			t.Errorf("%s is found by no language: %q", name, got)
		}
	}
}

// Logs of programs in which no two lines belong together.
func TestOrdinaryLogs(t *testing.T) {
	for _, log := range []string{
		// nginx
		`10.32.1.0 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 500 0 "-" "curl/8.0"
2026/11/22 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1
2026/11/22 10:00:00 [warn] 7#7: *1 an upstream response is buffered to a temporary file
10.32.1.0 - - [22/Nov/2026:10:00:00 +0000] "GET /at HTTP/1.1" 500 0 "-" "ERROR"
10.32.1.0 - - [22/Nov/2026:10:00:00 +0000] "GET /at HTTP/1.1" 500 0 "-" "java.lang.Error: x"`,
		// PostgreSQL
		`2026-11-22 10:00:00.000 UTC [7] ERROR:  relation "x" does not exist at character 15
2026-11-22 10:00:00.000 UTC [7] STATEMENT:  select * from x
2026-11-22 10:00:00.000 UTC [1] FATAL:  password authentication failed for user "a"
2026-11-22 10:00:00.000 UTC [1] DETAIL:  Role "a" does not exist.
2026-11-22 10:00:00.000 UTC [1] LOG:  database system is shut down`,
		// Spring Boot
		`2026-11-22 10:00:00.000  WARN 1 --- [           main] o.s.b.a.s.s.UserDetailsServiceAutoConfiguration : Using generated password
2026-11-22 10:00:00.000 ERROR 1 --- [           main] o.s.boot.SpringApplication               : Application run failed: java.lang.IllegalStateException: x
2026-11-22 10:00:00.000 ERROR 1 --- [           main] o.s.boot.SpringApplication               : Application run failed
2026-11-22 10:00:00.000  INFO 1 --- [           main] c.e.Demo                                 : Exception: none`,
		// kubelet
		`E1122 10:00:00.000000    1234 pod_workers.go:190] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"a\"" pod="default/a"
E1122 10:00:00.000000    1234 reflector.go:138] k8s.io/client-go/informers/factory.go:134: Failed to watch *v1.Node: Error: dial tcp: i/o timeout
W1122 10:00:00.000000    1234 a.go:1] text =<x
Flag --cloud-provider has been deprecated, will be removed
I1122 10:00:00.000000    1234 a.go:1] goroutine 1 [running]`,
		// what tools print
		`Error: unknown command "x" for "tool"
Run 'tool --help' for usage.
Error: unknown command "y" for "tool"
Error: connection refused
ERROR: failed to solve
ERROR: failed to push
error: failed to push some refs
fatal error
panic
Traceback
  at last an indented line
  from here on
    ^
#0 the first
done`,
		// headlines without a trace
		`java.lang.IllegalStateException: boom
java.lang.IllegalStateException: boom
ValueError: x
requests.exceptions.Timeout: x
PHP Warning:  a in /app/x.php on line 3
PHP Fatal error:  Allowed memory size exhausted in /app/x.php on line 3
app.rb:3: warning: x
/app/x.js:3: deprecated
main.go:3:5: undefined: x
[Error: x]
at com.example.Foo.bar(Foo.java:12)`,
		// logfmt, and keys in front
		`level=error msg="Exception: x" ts=1
level=error msg="panic: x" ts=1
time="2026-11-22T10:00:00Z" level=error msg="ERROR: x"
time="2026-11-22T10:00:00Z" level=error msg="Error: x"
ts=2026-11-22T10:00:00Z caller=a.go:1 level=error err="Error: x"`,
	} {
		lines := strings.Split(log, "\n")
		check(t, all, Container, lines...)
		slices.Reverse(lines)
		check(t, all, Container, lines...)
	}
}

// Nothing follows what is no message, and every state can be reached and left.
func TestRules(t *testing.T) {
	if None.Next([]byte("\tat a.b.C.d(E.java:1)")) != None || None.Expects() {
		t.Error("None goes on")
	}
	from, to := make(map[string]bool), map[string]bool{firstStates: true, componentStates: true}
	for _, table := range tables {
		for _, r := range table.rules {
			for name := range strings.FieldsSeq(r.from) {
				from[name] = true
			}
			to[r.to] = true
		}
	}
	for name := range rules.names {
		if !to[name] || !from[name] && name != "closed" {
			t.Errorf("%s: reached %v, left %v", name, to[name], from[name])
		}
	}
	for _, text := range []string{"", "\r", `\r`, `{"log":"java.lang.Error: x"}`, `{\"log\":\"panic: x\"}`} {
		if st := all.Begin([]byte(text), Component); st != None {
			t.Errorf("%q begins %+v", text, st)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	var lines [][]byte
	for _, text := range append(slices.Clone(samples), ordinary...) {
		if !raced || !strings.ContainsAny(text, "\x1b\\") {
			lines = append(lines, bytes.Split([]byte(text), []byte("\n"))...)
		}
	}
	allocs := testing.AllocsPerRun(10, func() {
		for _, place := range []Place{Container, Component} {
			state := None
			for _, line := range lines {
				if state = state.Next(line); state == None {
					state = all.Begin(line, place)
				}
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
