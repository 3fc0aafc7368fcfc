package journald

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
)

func record(fields ...string) *filters.Record {
	r := &filters.Record{Time: 1, Source: &filters.Source{Kind: filters.Journal}}
	for i := 0; i < len(fields); i += 2 {
		r.Fields = append(r.Fields, filters.Field{Key: []byte(fields[i]), Value: chunktest.AppendString(nil, fields[i+1])})
	}
	return r
}

// foreign returns a record with the fields of an entry and another source.
func foreign(fields ...string) *filters.Record {
	r := record(fields...)
	r.Source = &filters.Source{Kind: filters.Container}
	return r
}

// Fields that the writer of an entry sets do not replace those of journald.
func TestForgedFieldsAreIgnored(t *testing.T) {
	r := record("TRANSPORT", "kernel", "SYSTEMD_UNIT", "kubelet.service", "SOURCE_REALTIME_TIMESTAMP", "1",
		"_TRANSPORT", "journal", "_SYSTEMD_UNIT", "evil.service", "MESSAGE", "a")
	if got := string(Decode(r).Component); got != "evil" || r.Time != 1 {
		t.Errorf("component %q at %d", got, r.Time)
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
		{"kubelet", []string{"_TRANSPORT", "stdout", "_SYSTEMD_UNIT", "kubelet.service", "SYSLOG_IDENTIFIER", "other", "PRIORITY", "6"}, "kubelet", filters.Info, 1}, // FallbackSeverity
		{"kernel", []string{"_TRANSPORT", "kernel", "PRIORITY", "2", "SYSLOG_IDENTIFIER", "kernel", "_SOURCE_REALTIME_TIMESTAMP", "1533958925658698"}, "kernel", filters.Critical, 1533958925658698000},
		{"ssh", []string{"_SYSTEMD_UNIT", "ssh.service", "PRIORITY", "3"}, "sshd", filters.Error, 1},
		{"without underscores", []string{"TRANSPORT", "stdout", "SYSTEMD_UNIT", "docker.service", "PRIORITY", "4"}, "", filters.Warn, 1}, // a writer can set them
		{"in lower case", []string{"_systemd_unit", "containerd.service", "priority", "7"}, "containerd", filters.Debug, 1},
		{"an instance", []string{"_SYSTEMD_UNIT", "systemd-coredump@0-1-0.service", "PRIORITY", "2"}, "systemd-coredump", filters.Critical, 1},
		{"no priority", []string{"_BOOT_ID", "x", "PRIORITY", "9"}, "", 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			message := "MESSAGE"
			if test.name == "in lower case" {
				message = "message"
			}
			r := record(append(test.fields, message, "bytes \xff\n")...)
			if !IsEntry(r) {
				t.Fatal("not a journal entry")
			}
			n := len(r.Fields)
			if got := string(Decode(r).Component); got != test.component || max(r.Severity, r.FallbackSeverity) != test.severity || r.Time != test.time {
				t.Errorf("component %q, severity %v, time %d", got, r.Severity, r.Time)
			}
			if text, _ := r.Log.Plain(); string(text) != "bytes \xff" {
				t.Errorf("text %q", text)
			}
			gone := 1
			if test.severity != 0 {
				gone = 2
			}
			kept := 0
			for _, f := range r.Fields {
				if !f.Own {
					kept++
				}
			}
			if kept != n-gone {
				t.Errorf("%d of %d fields are left", kept, n)
			}
		})
	}
}

// The priority of a line of output is the default of its unit, not that of the line.
func TestPriorityOfOutput(t *testing.T) {
	for transport, want := range map[string]string{"stdout": " warn", "journal": "warn ", "syslog": "warn "} {
		r := record("_TRANSPORT", transport, "_SYSTEMD_UNIT", "a.service", "PRIORITY", "4", "MESSAGE", "a")
		Decode(r)
		if got := r.Severity.String() + " " + r.FallbackSeverity.String(); got != want {
			t.Errorf("%s: %q", transport, got)
		}
	}
}

const containerID = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"

// Docker's journald driver writes the lines of containers to the journal.
func TestContainers(t *testing.T) {
	const name = "k8s_app_web-1_shop_3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44_0"
	for _, test := range []struct {
		name   string
		fields []string
		want   string // container, id, component, severity, stream
		time   int64
		flags  filters.Flags
	}{
		{"stderr", []string{"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", name, "CONTAINER_ID_FULL", containerID, "PRIORITY", "3"}, name + " " + containerID + "   stderr", 1, 0},
		{"stdout", []string{"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", "/web", "CONTAINER_ID_FULL", containerID, "PRIORITY", "6"}, "web " + containerID + "   stdout", 1, 0},
		{"a priority of its own", []string{"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", "web", "CONTAINER_ID_FULL", containerID, "PRIORITY", "4"}, "web " + containerID + "  warn ", 1, 0},
		{"a time of its own, and a partial line", []string{
			"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", "web", "CONTAINER_ID_FULL", containerID,
			"SYSLOG_TIMESTAMP", "1970-01-01T00:00:02.5Z", "CONTAINER_PARTIAL_MESSAGE", "true",
		}, "web " + containerID + "   ", 2_500_000_000, filters.Partial},
		{"the last partial line", []string{
			"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", "web", "CONTAINER_ID_FULL", containerID, "CONTAINER_PARTIAL_LAST", "true",
		}, "web " + containerID + "   ", 1, filters.Partial},
		{"a whole line", []string{
			"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", "web", "CONTAINER_ID_FULL", containerID, "CONTAINER_PARTIAL_LAST", "false",
		}, "web " + containerID + "   ", 1, 0},
		{"the daemon itself", []string{"_SYSTEMD_UNIT", "docker.service", "PRIORITY", "3"}, "  docker error ", 1, 0},
		{"another unit", []string{"_SYSTEMD_UNIT", "evil.service", "CONTAINER_NAME", name, "CONTAINER_ID_FULL", containerID, "PRIORITY", "3"}, "  evil error ", 1, 0},
		{"an instance of a unit of that name", []string{"_SYSTEMD_UNIT", "docker@1.service", "CONTAINER_NAME", name, "CONTAINER_ID_FULL", containerID, "PRIORITY", "3"}, "  docker error ", 1, 0},
		{"a command of that name", []string{"_COMM", "dockerd", "CONTAINER_NAME", name, "CONTAINER_ID_FULL", containerID, "PRIORITY", "3"}, "   error ", 1, 0},
		{"a forged unit", []string{"SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", name, "CONTAINER_ID_FULL", containerID, "PRIORITY", "3"}, "   error ", 1, 0},
		{"no id", []string{"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", name, "CONTAINER_ID_FULL", "abc", "PRIORITY", "3"}, name + "    stderr", 1, 0},
		{"no name", []string{"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", "a b", "CONTAINER_ID_FULL", containerID, "PRIORITY", "3"}, "  docker error ", 1, 0},
	} {
		r := record(append(test.fields, "MESSAGE", "a", "_TRANSPORT", "journal")...)
		w := Decode(r)
		got := string(w.Container) + " " + string(w.ContainerID) + " " + string(w.Component) + " " + r.Severity.String() + " " + r.Stream.String()
		if got != test.want || r.Time != test.time || r.Flags != test.flags|filters.Decoded|filters.Timed || r.FallbackSeverity != 0 {
			t.Errorf("%s: %q at %d, flags %b, fallback %v", test.name, got, r.Time, r.Flags, r.FallbackSeverity)
		}
	}
}

func TestIsEntryRefusesOtherRecords(t *testing.T) {
	for _, r := range []*filters.Record{
		record("_TRANSPORT", "kernel"), record(), foreign("MESSAGE", "a", "_TRANSPORT", "kernel"),
	} {
		if IsEntry(r) {
			t.Errorf("%+v", r.Fields)
		}
	}
	r := record("MESSAGE", "a", "_TRANSPORT", "kernel")
	r.Log = filters.PlainText([]byte("text"))
	if IsEntry(r) {
		t.Error("a record with a text is an entry")
	}
}
