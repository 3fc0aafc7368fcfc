package journald

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// The unit determines the component, and nothing that a process states.
func TestWriter(t *testing.T) {
	for _, test := range []struct {
		name   string
		fields []string
		want   string // component, container ID
	}{
		{"a service", []string{"_SYSTEMD_UNIT", "kubelet.service", "_COMM", "x", "SYSLOG_IDENTIFIER", "y"}, "kubelet "},
		{"an alias", []string{"_SYSTEMD_UNIT", "ssh.service"}, "sshd "},
		{"an instance", []string{"_SYSTEMD_UNIT", "getty@tty1.service"}, "getty "},
		{"a bus name", []string{"_SYSTEMD_UNIT", "dbus-:1.2-org.freedesktop.problems@0.service"}, "dbus-:1.2-org.freedesktop.problems "},
		{"an escaped name", []string{"_SYSTEMD_UNIT", `a\x2db.service`}, `a\x2db `},
		{"no name", []string{"_SYSTEMD_UNIT", "@1000.service"}, " "},
		{"the manager of a user", []string{"_SYSTEMD_UNIT", "user@1000.service", "_SYSTEMD_USER_UNIT", "init.scope", "_COMM", "systemd"}, " "},
		{"a service of a user", []string{"_SYSTEMD_UNIT", "user@1000.service", "_SYSTEMD_USER_UNIT", "kubelet.service", "_COMM", "kubelet"}, " "},
		{"a login", []string{"_SYSTEMD_UNIT", "session-3.scope", "_COMM", "kubelet", "SYSLOG_IDENTIFIER", "kubelet"}, " "},
		{"a container of containerd", []string{"_SYSTEMD_UNIT", "cri-containerd-" + containerID + ".scope", "_COMM", "kubelet"}, " " + containerID},
		{"a container of CRI-O", []string{"_SYSTEMD_UNIT", "crio-" + containerID + ".scope"}, " " + containerID},
		{"a container of Docker", []string{"_SYSTEMD_UNIT", "docker-" + containerID + ".scope"}, " " + containerID},
		{"a container of podman", []string{"_SYSTEMD_UNIT", "libpod-" + containerID + ".scope"}, " " + containerID},
		{"the monitor of a container", []string{"_SYSTEMD_UNIT", "crio-conmon-" + containerID + ".scope", "CONTAINER_NAME", "web"}, " "},
		{"no ID", []string{"_SYSTEMD_UNIT", "docker-abc.scope"}, " "},
		{"a slice", []string{"_SYSTEMD_SLICE", "kubepods-burstable.slice", "_SYSTEMD_CGROUP", "/kubepods/burstable/kubelet.service", "_COMM", "kubelet"}, " "},
		{"a process that ended", []string{"_PID", "4711", "_UID", "1000", "SYSLOG_IDENTIFIER", "kubelet"}, " "},
		{"systemd", []string{"_SYSTEMD_UNIT", "init.scope", "_PID", "1", "UNIT", "kubelet.service"}, "systemd "},
		{"an old systemd", []string{"_PID", "1", "_COMM", "systemd", "UNIT", "kubelet.service"}, "systemd "},
		{"about a unit", []string{"_PID", "4711", "UNIT", "kubelet.service", "OBJECT_SYSTEMD_UNIT", "kubelet.service"}, " "},
		{"a forged unit", []string{"_PID", "4711", "SYSTEMD_UNIT", "kubelet.service", "PID", "1"}, " "},
		{"a forged kernel", []string{"_TRANSPORT", "journal", "TRANSPORT", "kernel", "SYSLOG_FACILITY", "0", "SYSLOG_IDENTIFIER", "kernel"}, " "},
		{"stripped names", []string{"TRANSPORT", "journal", "SYSTEMD_UNIT", "kubelet.service"}, " "},
		{"the kernel", []string{"_TRANSPORT", "kernel", "SYSLOG_FACILITY", "0", "SYSLOG_IDENTIFIER", "kernel"}, "kernel "},
		{"a process, by the kernel's buffer", []string{"_TRANSPORT", "kernel", "SYSLOG_FACILITY", "3", "SYSLOG_IDENTIFIER", "kubelet"}, " "},
		{"the audit", []string{"_TRANSPORT", "audit", "_PID", "1", "_COMM", "kubelet", "SYSLOG_IDENTIFIER", "audit"}, "audit "},
	} {
		w := Decode(record(append(test.fields, "MESSAGE", "a")...))
		if got := string(w.Component) + " " + string(w.ContainerID); got != test.want || w.Container != nil {
			t.Errorf("%s: %q, container %q", test.name, got, w.Container)
		}
	}
}

// What a process calls itself is a field. A field that the process sets cannot replace it.
func TestProgram(t *testing.T) {
	for _, test := range []struct {
		fields []string
		want   string
	}{
		{[]string{"_COMM", "sudo", "SYSLOG_IDENTIFIER", "kubelet"}, "program=kubelet"},
		{[]string{"_COMM", "sudo"}, "program=sudo"},
		{[]string{"_UID", "0"}, ""},
		{[]string{"_COMM", "sudo", "program", "forged"}, "field_program program=sudo"},
		{[]string{"PROGRAM", "forged", "_COMM", "sudo"}, "field_PROGRAM program=sudo"},
		{[]string{"_SYSTEMD_UNIT", "docker.service", "CONTAINER_NAME", "web", "SYSLOG_IDENTIFIER", "2cd439bb6d23"}, ""},
	} {
		r, got := record(append(test.fields, "MESSAGE", "a")...), ""
		Decode(r)
		for _, f := range r.Fields {
			if text, _ := f.Text.Plain(); f.Own && f.Text.Exists() {
				got += string(f.Key) + "=" + string(text)
			} else if f.Own {
				got += string(f.Key) + " "
			}
		}
		if got != test.want {
			t.Errorf("%q: %q", test.fields, got)
		}
	}
}

// Whatever fields a process outside a service sets, and whatever it calls itself, its entries
// belong to no component, and to no container but its own.
func TestForgers(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	pick := func(of ...string) string { return of[random.Intn(len(of))] }
	for range 20_000 {
		// What journald sets. The process chooses its command.
		fields := []string{"_TRANSPORT", pick("journal", "syslog", "stdout"), "_PID", "4711", "_UID", pick("0", "1000"), "_BOOT_ID", "b"}
		own := ""
		switch random.Intn(4) {
		case 0:
			fields = append(fields, "_SYSTEMD_UNIT", pick("session-3.scope", "user@1000.service", "a.slice", "machine-a.scope", "run-r1.scope"))
		case 1:
			own = containerID
			fields = append(fields, "_SYSTEMD_UNIT", "cri-containerd-"+own+".scope")
		case 2:
			fields = append(fields, "_SYSTEMD_USER_UNIT", "kubelet.service", "_SYSTEMD_UNIT", "user@1000.service")
		}
		fields = append(fields, "_COMM", pick("kubelet", "dockerd", "systemd", "kernel"), "_EXE", "/tmp/kubelet")
		forged := []string{}
		for range random.Intn(10) {
			name := pick("SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "UNIT", "OBJECT_SYSTEMD_UNIT", "OBJECT_PID", "COMM", "TRANSPORT", "PID", "UID", "PROGRAM",
				"CONTAINER_NAME", "CONTAINER_ID_FULL", "CONTAINER_PARTIAL_MESSAGE", "SYSLOG_FACILITY", "COMPONENT", "KUBERNETES", "COREDUMP_UNIT")
			forged = append(forged, name, pick("kubelet", "kubelet.service", "docker.service", "init.scope", "kernel", "1", "0", "web",
				"k8s_web_web-1_shop_u_0", "a"+containerID[1:], "true", fmt.Sprint(random.Int())))
		}
		// The fields of the process come first.
		r := record(append(append(forged, fields...), "MESSAGE", "a")...)
		if w := Decode(r); w.Component != nil || w.Container != nil || string(w.ContainerID) != own {
			t.Fatalf("%q: component %q, container %q %q", fields, w.Component, w.Container, w.ContainerID)
		}
		if r.Stream != filters.NoStream || r.Flags&filters.Partial != 0 {
			t.Fatalf("%q: stream %v, flags %b", fields, r.Stream, r.Flags)
		}
	}
}

// An input that strips the underscores makes both of them the same field.
func TestForgersWithStrippedNames(t *testing.T) {
	for _, unit := range []string{"kubelet.service", "docker.service", "init.scope", "cri-containerd-" + containerID + ".scope"} {
		w := Decode(record("SYSTEMD_UNIT", unit, "CONTAINER_NAME", "web", "PID", "1", "TRANSPORT", "kernel", "MESSAGE", "a"))
		if w.Component != nil || w.Container != nil || w.ContainerID != nil {
			t.Errorf("%s: %+v", unit, w)
		}
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	for _, unit := range []string{"kubelet.service", "ssh.service", "session-3.scope", "init.scope"} {
		r := record("_SYSTEMD_UNIT", unit, "SYSLOG_IDENTIFIER", "x", "PROGRAM", "y", "MESSAGE", "a", "PRIORITY", "6")
		fields := append([]filters.Field{}, r.Fields...)
		if n := testing.AllocsPerRun(100, func() {
			source := r.Source
			r.Reset()
			r.Source, r.Fields = source, append(r.Fields, fields...)
			Decode(r)
		}); n != 0 {
			t.Errorf("%s: %v allocations", unit, n)
		}
	}
}
