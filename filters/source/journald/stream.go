package journald

import (
	"github.com/cespare/xxhash/v2"

	"github.com/k8slog/k8slog/filters"
)

// StreamID returns a hash that identifies the output stream of a process in the journal. Lines
// with the same ID can be lines of one message, such as a stack trace. It returns 0 for an
// entry that is not a line of a unit's standard output or standard error: such an entry is a
// whole message. Several processes can share a stream, so the ID also depends on the process.
func StreamID(r *filters.Record) uint64 {
	if string(text(r, find(r, "TRANSPORT", true))) != "stdout" {
		return 0
	}
	stream, process := text(r, find(r, "STREAM_ID", true)), text(r, find(r, "PID", true))
	if len(stream) == 0 && len(process) == 0 {
		return 0
	}
	var h xxhash.Digest
	h.Reset()
	for _, part := range [][]byte{
		stream, process, text(r, find(r, "BOOT_ID", true)), text(r, find(r, "SYSTEMD_UNIT", true)), text(r, find(r, "SYSLOG_IDENTIFIER", false)),
	} {
		_, _ = h.Write(part)
		_, _ = h.Write([]byte{0})
	}
	return max(h.Sum64(), 1)
}
