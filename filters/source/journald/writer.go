package journald

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/kubepath"
)

// Writer identifies the writer of an entry by what journald says of it. Its bytes are a part
// of the chunk or constants. The zero Writer is unknown.
type Writer struct {
	// Component is the component of the node; nil for unknown, and for containers.
	Component []byte
	// Container and ContainerID are the name and the ID of the container that wrote the
	// entry; nil for other writers. Either can be nil for a container as well.
	Container, ContainerID []byte
}

// dockerUnit is the unit of the daemon that writes entries for its containers.
const dockerUnit = "docker.service"

// The components that are no services.
var (
	kernel  = []byte("kernel")
	audit   = []byte("audit")
	systemd = []byte("systemd")
)

// writerOf returns the writer of an entry. The cgroup of a process determines its unit, and
// the process cannot choose its cgroup. All names that a process can choose are ignored: its
// command (_COMM), the identifier (SYSLOG_IDENTIFIER), and the unit that an entry is about
// (UNIT, OBJECT_SYSTEMD_UNIT). Journald cannot look up the unit of a process that ends right
// after it has written. The writer of such an entry is unknown.
func writerOf(r *filters.Record) Writer {
	switch string(journaldField(r, "TRANSPORT")) {
	case "kernel":
		if isFromKernel(r) {
			return Writer{Component: kernel}
		}
		return Writer{}
	case "audit":
		return Writer{Component: audit}
	}
	unit := journaldField(r, "SYSTEMD_UNIT")
	switch string(unit) {
	case "init.scope": // has no process besides that with the ID 1
		return Writer{Component: systemd}
	case "":
		// Before systemd 226, the process with the ID 1 had no unit.
		if string(journaldField(r, "PID")) == "1" {
			return Writer{Component: systemd}
		}
		return Writer{}
	}
	if id := containerOf(unit); id != nil {
		return Writer{ContainerID: id}
	}
	return Writer{Component: serviceOf(unit)}
}

// isFromKernel returns whether the kernel wrote an entry with the transport kernel, and not a
// process by /dev/kmsg. The kernel gives the lines of processes another facility than its own.
func isFromKernel(r *filters.Record) bool {
	facility := text(r, find(r, "SYSLOG_FACILITY", false))
	return len(facility) == 0 || string(facility) == "0"
}

// aliases maps names of services to the names of their components in other sources.
var aliases = map[string][]byte{
	"ssh":                    []byte("sshd"),
	"cri-o":                  []byte("crio"),
	"dockerd":                []byte("docker"),
	"salt-minion":            []byte("salt"),
	"google-startup-scripts": []byte("startupscript"),
}

// serviceOf returns the component of a system service; nil for other units. For an instance
// of a template unit, it is the name of the template. The unit of all services of a user is
// an instance of user@.service, and that of a login is a scope: their programs are chosen by
// the user.
func serviceOf(unit []byte) []byte {
	name, ok := bytes.CutSuffix(unit, []byte(".service"))
	name, _, instance := bytes.Cut(name, []byte{'@'})
	if !ok || instance && string(name) == "user" || !isServiceName(name) {
		return nil
	}
	if alias, ok := aliases[string(name)]; ok {
		return alias
	}
	return name
}

// maxServiceName is above the length of all names of units.
const maxServiceName = 255

// isServiceName returns whether name can be the name of a service, without its instance
// (systemd.unit(5)).
func isServiceName(name []byte) bool {
	for _, c := range name {
		if !inName(c) && c != ':' && c != '\\' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= maxServiceName
}

// scopes precede the ID of a container in the name of its scope, as the runtimes with the
// systemd cgroup driver call it.
var scopes = [...]string{"cri-containerd-", "crio-", "docker-", "libpod-"}

// containerOf returns the ID of the container that a scope belongs to; nil for other units.
func containerOf(unit []byte) []byte {
	name, ok := bytes.CutSuffix(unit, []byte(".scope"))
	if !ok {
		return nil
	}
	for _, scope := range scopes {
		if id, ok := bytes.CutPrefix(name, []byte(scope)); ok && kubepath.IsContainerID(id) {
			return id
		}
	}
	return nil
}

// program returns the name of the program that wrote an entry, as the program states it; nil
// for none.
func program(r *filters.Record) []byte {
	if name := text(r, find(r, "SYSLOG_IDENTIFIER", false)); len(name) > 0 {
		return name
	}
	return text(r, find(r, "COMM", true))
}
