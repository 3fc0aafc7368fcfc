package journald

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// decodeContainer decodes the fields that Docker's journald driver adds for the line of a
// container (https://docs.docker.com/engine/logging/drivers/journald/). Callers must check
// that the unit of the entry is dockerUnit, because any writer can set such fields. It sets w
// to the container. Without a valid name of a container, it changes nothing and returns false.
// The priority of such an entry only encodes the stream.
func decodeContainer(r *filters.Record, w *Writer) bool {
	name := bytes.TrimPrefix(text(r, find(r, "CONTAINER_NAME", false)), []byte{'/'})
	id := text(r, find(r, "CONTAINER_ID_FULL", false))
	if !isContainerName(name) {
		return false
	}
	if !kubepath.IsContainerID(id) {
		id = nil
	}
	if ns, ok := timestamp.ParseRFC3339(text(r, find(r, "SYSLOG_TIMESTAMP", false))); ok {
		r.Time = ns
	}
	for _, name := range [...]string{"CONTAINER_PARTIAL_MESSAGE", "CONTAINER_PARTIAL_LAST"} {
		if string(text(r, find(r, name, false))) == "true" {
			r.Flags |= filters.Partial
		}
	}
	*w = Writer{Container: name, ContainerID: id}
	return true
}

// maxContainerName is above the length of all names that the kubelet uses.
const maxContainerName = 512

// isContainerName returns whether name can be Docker's name of a container.
func isContainerName(name []byte) bool {
	for _, c := range name {
		if !inName(c) {
			return false
		}
	}
	return len(name) > 0 && len(name) <= maxContainerName
}
