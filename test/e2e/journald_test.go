package e2e

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// A real journal, made from text: the unit names the component, PRIORITY the
// severity, and what stands in a message is understood.
func TestJournald(t *testing.T) {
	maker := "/lib/systemd/systemd-journal-remote"
	if _, err := os.Stat(maker); err != nil {
		t.Skip("needs systemd-journal-remote to make a journal:", err)
	}
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
	dir := t.TempDir()
	var text []byte
	for i, e := range entries {
		text = fmt.Appendf(text, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%032x\n", 1533958926000001+i, i+1, 7)
		for _, f := range e.fields {
			if name, binaryValue, ok := cutBinary(f); ok {
				text = append(append(text, name...), '\n')
				text = binary.LittleEndian.AppendUint64(text, uint64(len(binaryValue)))
				f = binaryValue
			}
			text = append(append(text, f...), '\n')
		}
		text = append(text, '\n')
	}
	export := filepath.Join(dir, "export")
	write(t, export, string(text))
	if err := os.Mkdir(filepath.Join(dir, "journal"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(maker, "-o", filepath.Join(dir, "journal/system.journal"), export).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	path := filepath.Join(dir, "records")
	s := run(t, a, fmt.Sprintf(`[SERVICE]
    flush 0.2
[INPUT]
    name           systemd
    tag            journald
    path           %[1]s/journal
    read_from_tail off
[OUTPUT]
    name             k8slog
    match            *
    workers          2
    backend          file
    file_path        %[2]s
    dead_letter_path %[1]s/dead
`, dir, path))
	s.eventually("all entries", func() bool { return countLines(path) >= len(entries) })
	s.stop()
	for i, r := range records(t, path) {
		if pod, ok := r.Kubernetes["pod_name"].(string); ok {
			r.Component += pod
		}
		if got := (want{r.Component, r.Severity, *r.Log, r.Time}); got != entries[i].want {
			t.Errorf("%+v, want %+v", got, entries[i].want)
		}
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
