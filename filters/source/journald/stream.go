package journald

import (
	"github.com/cespare/xxhash/v2"

	"github.com/k8slog/k8slog/filters"
)

// StreamOf returns a number for what wrote an entry, by which those of it follow
// one another in the journal; 0 where each entry is a text of its own. That is
// so unless it is a line of what a unit's program prints: these have a stream,
// and the process at its end, which others may share.
func StreamOf(r *filters.Record) uint64 {
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
