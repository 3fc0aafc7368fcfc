package journald

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/chunk/chunktest"
)

func record(fields ...string) *filters.Record {
	r := &filters.Record{Time: 1, Source: &filters.Source{Kind: filters.Journal}}
	for i := 0; i < len(fields); i += 2 {
		r.Fields = append(r.Fields, filters.Field{Key: []byte(fields[i]), Value: chunktest.AppendString(nil, fields[i+1])})
	}
	return r
}

// foreign is an entry that came by another way than the journal's.
func foreign(fields ...string) *filters.Record {
	r := record(fields...)
	r.Source = &filters.Source{Kind: filters.Container}
	return r
}

// What a program writes into its own entry is not what journald says of it.
func TestOwnFieldsAreNotBelieved(t *testing.T) {
	r := record("TRANSPORT", "kernel", "SYSTEMD_UNIT", "kubelet.service", "SOURCE_REALTIME_TIMESTAMP", "1",
		"_TRANSPORT", "journal", "_SYSTEMD_UNIT", "evil.service", "MESSAGE", "a")
	if got := string(Decode(r)); got != "evil" || r.Time != 1 {
		t.Errorf("component %q at %d", got, r.Time)
	}
	r = record("SYSLOG_IDENTIFIER", "kubelet", "_COMM", "logger", "_SYSTEMD_UNIT", "session-3.scope", "MESSAGE", "a")
	if got := string(Decode(r)); got != "logger" {
		t.Errorf("component %q", got)
	}
	r = record("SYSLOG_IDENTIFIER", "not a name", "_BOOT_ID", "x", "MESSAGE", "a")
	if got := Decode(r); got != nil {
		t.Errorf("component %q", got)
	}
}

func TestFromTag(t *testing.T) {
	for tag, want := range map[string]bool{"journald": true, "journald.x": true, "journaldx": false, "kube.journald": false} {
		if _, ok := FromTag(tag); ok != want {
			t.Errorf("%s: %v", tag, ok)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name      string
		fields    []string
		component string
		severity  filters.Severity
		time      int64
	}{
		{"kubelet", []string{"_TRANSPORT", "stdout", "_SYSTEMD_UNIT", "kubelet.service", "SYSLOG_IDENTIFIER", "other", "PRIORITY", "6"}, "kubelet", filters.Info, 1}, // the fallback
		{"kernel", []string{"_TRANSPORT", "kernel", "PRIORITY", "2", "SYSLOG_IDENTIFIER", "kernel", "_SOURCE_REALTIME_TIMESTAMP", "1533958925658698"}, "kernel", filters.Critical, 1533958925658698000},
		{"ssh", []string{"_SYSTEMD_UNIT", "ssh.service", "PRIORITY", "3"}, "sshd", filters.Error, 1},
		{"a session", []string{"_SYSTEMD_UNIT", "session-3.scope", "SYSLOG_IDENTIFIER", "sudo"}, "sudo", 0, 1},
		{"without underscores", []string{"TRANSPORT", "stdout", "SYSTEMD_UNIT", "docker.service", "PRIORITY", "4"}, "docker", filters.Warn, 1},
		{"in lower case", []string{"_systemd_unit", "containerd.service", "priority", "7"}, "containerd", filters.Debug, 1},
		{"command only", []string{"_BOOT_ID", "x", "_COMM", "cron"}, "cron", 0, 1},
		{"no priority", []string{"_BOOT_ID", "x", "PRIORITY", "9"}, "", 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			message := "MESSAGE"
			if test.name == "in lower case" {
				message = "message"
			}
			r := record(append(test.fields, message, "bytes \xff\n")...)
			if !Is(r) {
				t.Fatal("not a journal entry")
			}
			n := len(r.Fields)
			if got := string(Decode(r)); got != test.component || max(r.Severity, r.Fallback) != test.severity || r.Time != test.time {
				t.Errorf("component %q, severity %v, time %d", got, r.Severity, r.Time)
			}
			if text, _ := r.Log.Plain(); string(text) != "bytes \xff" {
				t.Errorf("text %q", text)
			}
			gone := 1
			if test.severity != 0 {
				gone = 2
			}
			if len(r.Fields) != n-gone {
				t.Errorf("%d of %d fields are left", len(r.Fields), n)
			}
		})
	}
}

func TestOthersAreNoEntries(t *testing.T) {
	for _, r := range []*filters.Record{
		record("_TRANSPORT", "kernel"), record(), foreign("MESSAGE", "a", "_TRANSPORT", "kernel"),
	} {
		if Is(r) {
			t.Errorf("%+v", r.Fields)
		}
	}
	r := record("MESSAGE", "a", "_TRANSPORT", "kernel")
	r.Log = filters.PlainText([]byte("text"))
	if Is(r) {
		t.Error("a record with a text of its own")
	}
}
