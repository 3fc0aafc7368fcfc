package e2e

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/fake"
	"github.com/k8slog/k8slog/test/sample"
)

var rsyslogPath = flag.String("rsyslog", "", "a real rsyslogd, when it is not in PATH")

// syslogNode fails unless messages are the records of a sample node, each there once.
func syslogNode(t *testing.T, node *sample.Node, messages []fake.SyslogMessage) {
	t.Helper()
	got, ids := map[string][]string{}, map[string]bool{}
	for _, m := range messages {
		identity := m.Data["k8slog@32473"]
		who, app := identity["component"], identity["component"]
		if identity["pod"] != "" {
			who, app = fmt.Sprintf("%s %s %s", identity["namespace"], identity["pod"], identity["container"]), identity["container"]
		}
		if m.Facility != 1 || m.Hostname != "node-1" || m.AppName != app[:min(len(app), 48)] || ids[identity["id"]] || len(identity["id"]) != 32 {
			t.Fatalf("%+v", m)
		}
		if m.Time.Before(node.Begin.Truncate(time.Second)) || m.Time.After(node.Begin.Add(time.Hour+time.Minute)) {
			t.Fatalf("the time of %+v", m)
		}
		ids[identity["id"]] = true
		got[who] = append(got[who], m.Text)
	}
	sameTexts(t, got, node.Texts)
}

// The shipped configuration over TCP, and over TLS.
func TestConfOfSyslog(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, format := range formats(a, "fluent-bit") {
			for _, encrypted := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s TLS %v", format, encrypted), func(t *testing.T) {
					if encrypted && filepath.Ext(format) != ".conf" {
						t.Skip("the option is a comment of the other format")
					}
					dir := t.TempDir()
					l, err := net.Listen("tcp", "127.0.0.1:0")
					if err != nil {
						t.Fatal(err)
					}
					defer l.Close()
					address := l.Addr().String()
					var replace *strings.Replacer
					if encrypted {
						server := httptest.NewUnstartedServer(nil) // for its certificate
						server.StartTLS()
						defer server.Close()
						ca := filepath.Join(dir, "ca.crt")
						write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
						l = tls.NewListener(l, &tls.Config{Certificates: server.TLS.Certificates})
						replace = strings.NewReplacer("# use_tls ", "use_tls ", "# ca_file                  /etc/k8slog/syslog-ca.crt", "ca_file "+ca)
					}
					receiver := &fake.Syslog{MaxBytes: 8000}
					go receiver.Serve(l)
					node := layNode(t, dir, 50)
					s := runBackendIn(t, a, dir, format, "syslog", replace, "K8SLOG_SYSLOG="+address)
					s.eventually("all messages", func() bool {
						if err := receiver.Problems(); err != nil {
							t.Fatal(err)
						}
						return len(receiver.Messages()) >= node.Total
					})
					s.stop()
					if err := receiver.Problems(); err != nil {
						t.Error(err)
					}
					syslogNode(t, node, receiver.Messages())
				})
			}
		}
	})
}

// Fluent Bit's own input is a receiver: every record arrives once.
func TestSyslogIntoFluentBit(t *testing.T) {
	t.Parallel()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	port, out := freePort(t), filepath.Join(dir, "received")
	write(t, filepath.Join(dir, "parsers.conf"), `[PARSER]
    Name        rfc5424
    Format      regex
    Regex       /^<(?<pri>\d+)>1 (?<time>\S+) (?<host>\S+) (?<app>\S+) (?<pid>\S+) (?<msgid>\S+) (?<data>-|(?:\[(?:[^"\]]|"(?:\\.|[^"\\])*")*\])+) ?(?<message>.*)$/m
    Time_Key    time
    Time_Format %Y-%m-%dT%H:%M:%S.%L%z
    Time_Keep   On
`)
	write(t, filepath.Join(dir, "receiver.conf"), fmt.Sprintf(`[SERVICE]
    flush        0.2
    parsers_file %[1]s/parsers.conf
[INPUT]
    name         syslog
    listen       127.0.0.1
    port         %[2]d
    mode         tcp
    format       octet_counting
    parser       rfc5424
[OUTPUT]
    name         file
    match        *
    path         %[1]s
    file         received
    format       plain
`, dir, port))
	receiver := watch(t, func(log io.Writer) (*agent.Process, error) {
		return agent.Start(a.Path, []string{"-c", filepath.Join(dir, "receiver.conf")}, nil, log)
	})
	listens(receiver, port)
	node := layNode(t, dir, 50)
	s := runBackend(t, a, dir, "syslog", nil, "K8SLOG_SYSLOG="+net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	s.eventually("all messages", func() bool { return countLines(out) >= node.Total })
	s.stop()
	receiver.stop()
	var messages []fake.SyslogMessage
	text, _ := os.ReadFile(out)
	for line := range strings.Lines(string(text)) {
		var m struct{ Pri, Time, Host, App, Pid, Msgid, Data, Message string }
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		parsed, err := fake.ParseSyslog(fmt.Sprintf("<%s>1 %s %s %s %s %s %s %s", m.Pri, m.Time, m.Host, m.App, m.Pid, m.Msgid, m.Data, m.Message))
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, parsed)
	}
	syslogNode(t, node, messages)
}

func listens(s *session, port int) {
	s.t.Helper()
	s.eventually("a receiver that listens", func() bool {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// A real rsyslog, which is killed while lines are written: every line is in its file. What it had
// read when it was killed and not written is the only loss that there can be, so here it writes
// each message before it reads the next.
func TestServerSyslog(t *testing.T) {
	t.Parallel()
	path := *rsyslogPath
	if path == "" {
		var err error
		if path, err = exec.LookPath("rsyslogd"); err != nil {
			t.Skip("needs a real rsyslog: apt-get install rsyslog")
		}
	}
	a, err := agent.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	port, out := freePort(t), filepath.Join(dir, "received")
	modules := ""
	if folder := filepath.Join(filepath.Dir(path), "../lib/x86_64-linux-gnu/rsyslog"); *rsyslogPath != "" {
		modules = folder
	}
	conf := filepath.Join(dir, "rsyslog.conf")
	write(t, conf, fmt.Sprintf(`global(workDirectory="%[1]s" maxMessageSize="8k" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp")
template(name="whole" type="string" string="%%rawmsg%%\n")
ruleset(name="received" queue.type="direct") { action(type="omfile" file="%[2]s" template="whole" asyncWriting="off" flushOnTXEnd="on") }
input(type="imtcp" port="%[3]d" address="127.0.0.1" ruleset="received")
`, dir, out, port))
	var receiver *session
	begin := func() {
		receiver = watch(t, func(log io.Writer) (*agent.Process, error) {
			args := []string{"-n", "-f", conf, "-i", filepath.Join(dir, "pid")}
			if modules != "" {
				args = append(args, "-M", modules)
			}
			return agent.Start(path, args, []string{"LD_LIBRARY_PATH=" + filepath.Dir(modules)}, log)
		})
		listens(receiver, port)
	}
	begin()
	logs := filepath.Join(dir, "containers")
	n := newWatchedNode(t, logs, "good")
	s := run(t, a, watchedConf(dir, logs, fmt.Sprintf("    backend syslog\n    syslog_addresses 127.0.0.1:%d\n    request_timeout 2s\n    batch_wait 10ms\n", port)))
	lines := 0
	writeFor := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); lines++ {
			n.writeLine("good", lines)
			time.Sleep(2 * time.Millisecond)
		}
	}
	writeFor(2 * time.Second)
	for range 3 {
		receiver.Kill()
		_ = os.Remove(filepath.Join(dir, "pid"))
		writeFor(2 * time.Second)
		begin()
		writeFor(2 * time.Second)
	}
	received := func() map[string]int {
		counts := map[string]int{}
		file, err := os.Open(out)
		if err != nil {
			return counts
		}
		defer file.Close()
		for scan := bufio.NewScanner(file); scan.Scan(); {
			if m, err := fake.ParseSyslog(scan.Text()); err == nil {
				counts[m.Text]++
			}
		}
		return counts
	}
	s.Within(3*patience, "all lines", func() bool { return len(received()) >= lines })
	s.stop()
	repeated := 0
	for text, count := range received() {
		if !strings.HasPrefix(text, "good ") {
			t.Errorf("%q", text)
		}
		repeated += count - 1
	}
	t.Logf("%d lines, %d of them repeated", lines, repeated)
}
