package journald

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// docker is the component whose unit writes entries for its containers.
const docker = "docker"

// ofContainer reads what docker's journald driver says of a container's line
// (https://docs.docker.com/engine/logging/drivers/journald/). Only the daemon's
// own unit is believed: anybody can write such fields. The priority of an entry
// is nothing but the line's stream.
func ofContainer(r *filters.Record, w Writer) Writer {
	name := bytes.TrimPrefix(text(r, find(r, "CONTAINER_NAME", false)), []byte{'/'})
	id := text(r, find(r, "CONTAINER_ID_FULL", false))
	if !isContainerName(name) {
		return w
	}
	if !isContainerID(id) {
		id = nil
	}
	if ns, ok := filters.ParseTime(text(r, find(r, "SYSLOG_TIMESTAMP", false))); ok {
		r.Time = ns
	}
	for _, name := range [...]string{"CONTAINER_PARTIAL_MESSAGE", "CONTAINER_PARTIAL_LAST"} {
		if string(text(r, find(r, name, false))) == "true" {
			r.Flags |= filters.Partial
		}
	}
	return Writer{Container: name, ContainerID: id}
}

// maxContainerName is longer than any name that the kubelet gives.
const maxContainerName = 512

func isContainerName(name []byte) bool {
	for _, c := range name {
		if !inName(c) {
			return false
		}
	}
	return len(name) > 0 && len(name) <= maxContainerName
}

// isContainerID says whether id is a whole container id: 64 hex digits.
func isContainerID(id []byte) bool {
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(id) == 64
}
