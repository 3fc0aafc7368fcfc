package e2e

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// A real journal, made from text: the unit names the component, PRIORITY the
// severity, and what stands in a message is understood.
func TestJournald(t *testing.T) {
	t.Parallel()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	type want struct{ component, severity, log, time string } // component: or the pod
	const containerID = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"
	entries := []struct {
		fields []string
		want   want
	}{
		{
			[]string{"_TRANSPORT=stdout", "_SYSTEMD_UNIT=kubelet.service", "PRIORITY=6", "MESSAGE=W0811 03:42:05.658378       7 a.go:83] text"},
			want{"kubelet", "warn", "W0811 03:42:05.658378       7 a.go:83] text", "2018-08-11T03:42:06.000001000Z"},
		},
		{
			[]string{"_TRANSPORT=stdout", "_SYSTEMD_UNIT=docker.service", "MESSAGE=time=\"2018-08-11T03:42:05Z\" level=error msg=\"no\""},
			want{"docker", "error", `time="2018-08-11T03:42:05Z" level=error msg="no"`, "2018-08-11T03:42:06.000002000Z"},
		},
		{
			[]string{"_TRANSPORT=kernel", "PRIORITY=2", "MESSAGE=Out of memory"},
			want{"kernel", "critical", "Out of memory", "2018-08-11T03:42:06.000003000Z"},
		},
		{
			[]string{"_TRANSPORT=syslog", "_SYSTEMD_UNIT=ssh.service", "PRIORITY=3", "MESSAGE\n\x00\xfftwo\nlines"},
			want{"sshd", "error", "\x00\ufffdtwo\nlines", "2018-08-11T03:42:06.000004000Z"},
		},
		{
			[]string{
				"_TRANSPORT=journal", "_SYSTEMD_UNIT=docker.service", "PRIORITY=3", "CONTAINER_ID_FULL=" + containerID,
				"CONTAINER_NAME=k8s_web_web-1_shop_3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44_0", "MESSAGE=on stderr",
			},
			want{"web-1", "", "on stderr", "2018-08-11T03:42:06.000005000Z"},
		},
		{
			[]string{"_TRANSPORT=journal", "_SYSTEMD_UNIT=systemd-coredump@0-1-0.service", "PRIORITY=2", "MESSAGE=dumped core"},
			want{"systemd-coredump", "critical", "dumped core", "2018-08-11T03:42:06.000006000Z"},
		},
	}
	var fields [][]string
	for _, e := range entries {
		fields = append(fields, e.fields)
	}
	for _, format := range formats(a, "fluent-bit") {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			makeJournal(t, filepath.Join(dir, "node/var/log/journal"), fields)
			path := filepath.Join(dir, "records")
			s := runAsImage(t, a, dir, format, "K8SLOG_FILE_PATH="+path)
			s.stoppedWith(path, len(entries))
			for i, r := range records(t, path) {
				if pod, ok := r.Kubernetes["pod_name"].(string); ok {
					r.Component += pod
				}
				if got := (want{r.Component, r.Severity, *r.Log, r.Time}); got != entries[i].want {
					t.Errorf("%+v, want %+v", got, entries[i].want)
				}
			}
		})
	}
}

// makeJournal makes a journal in a folder of its own. An entry is its fields, each
// as NAME=value, or as NAME, line feed, value.
func makeJournal(t *testing.T, dir string, entries [][]string) {
	t.Helper()
	maker := "/lib/systemd/systemd-journal-remote"
	if _, err := os.Stat(maker); err != nil {
		t.Skip("needs systemd-journal-remote to make a journal:", err)
	}
	var text []byte
	for i, fields := range entries {
		text = fmt.Appendf(text, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%032x\n", 1533958926000001+i, i+1, 7)
		for _, f := range fields {
			if name, binaryValue, ok := cutBinary(f); ok {
				text = append(append(text, name...), '\n')
				text = binary.LittleEndian.AppendUint64(text, uint64(len(binaryValue)))
				f = binaryValue
			}
			text = append(append(text, f...), '\n')
		}
		text = append(text, '\n')
	}
	export := filepath.Join(t.TempDir(), "export")
	write(t, export, string(text))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(maker, "-o", filepath.Join(dir, "system.journal"), export).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// runAsImage starts an agent as the image does, through the command that looks
// for the node's journal, with the backend file.
func runAsImage(t *testing.T, a agent.Agent, dir, format string, env ...string) *session {
	t.Helper()
	conf, node := filepath.Join(dir, "conf"), filepath.Join(dir, "node")
	if err := agent.CopyConf(root, conf); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(node, "var/lib/k8slog"), 0o755); err != nil {
		t.Fatal(err)
	}
	env = append(env, "K8SLOG_JOURNAL=", "K8SLOG_NODE_ROOT="+node, "K8SLOG_BACKEND=file")
	return watch(t, func(log io.Writer) (*agent.Process, error) {
		return agent.Start(filepath.Join(root, "build/k8slog"), []string{"run", a.Path, "-c", filepath.Join(conf, format)}, env, log)
	})
}

// An agent starts on a node without the folder /var/log/journal.
func TestNodeWithoutJournal(t *testing.T) {
	t.Parallel()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	for _, folder := range []string{"/var/log/journal", "/run/log/journal"} {
		if inside, err := os.ReadDir(folder); err == nil && len(inside) > 0 {
			t.Skip("this machine has a journal, which would be read: ", folder)
		}
	}
	for _, format := range formats(a, "fluent-bit") {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "node/var/log/kubelet.log"), "one line\n")
			path := filepath.Join(dir, "records")
			s := runAsImage(t, a, dir, format, "K8SLOG_FILE_PATH="+path)
			s.stoppedWith(path, 1)
			if got := records(t, path); len(got) != 1 || got[0].Component != "kubelet" || *got[0].Log != "one line" {
				t.Errorf("%+v", got)
			}
			if !strings.Contains(s.log.String(), "this node has no journal") {
				t.Error("the log does not say that there is no journal")
			}
		})
	}
}

// cutBinary splits a field written as NAME, line feed, value: one that the
// export format writes with its length.
func cutBinary(field string) (name, value string, ok bool) {
	for i, c := range []byte(field) {
		switch c {
		case '=':
			return "", "", false
		case '\n':
			return field[:i], field[i+1:], true
		}
	}
	return "", "", false
}
