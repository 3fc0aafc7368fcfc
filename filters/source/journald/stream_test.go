package journald

import "testing"

func TestStreamID(t *testing.T) {
	line := []string{"_TRANSPORT", "stdout", "_STREAM_ID", "a1", "_PID", "7", "_BOOT_ID", "b1", "_SYSTEMD_UNIT", "kubelet.service", "SYSLOG_IDENTIFIER", "kubelet", "MESSAGE", "x", "_SOURCE_REALTIME_TIMESTAMP", "1"}
	with := func(name, value string) []string {
		other := append([]string{}, line...)
		for i := range other {
			if other[i] == name {
				other[i+1] = value
			}
		}
		return other
	}
	of := func(fields []string) uint64 { return StreamID(record(fields...)) }
	if of(line) == 0 || of(line) != of(with("MESSAGE", "y")) || of(line) != of(with("_SOURCE_REALTIME_TIMESTAMP", "2")) {
		t.Error("lines of one stream have different IDs")
	}
	seen := map[uint64]string{of(line): "the line"}
	for _, name := range []string{"_STREAM_ID", "_PID", "_BOOT_ID", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER"} {
		n := of(with(name, "c2"))
		if other, ok := seen[n]; ok || n == 0 {
			t.Errorf("another %s: %d, as %s", name, n, other)
		}
		seen[n] = name
	}
	for _, fields := range [][]string{
		with("_TRANSPORT", "journal"), with("_TRANSPORT", "syslog"), with("_TRANSPORT", "kernel"),
		{"_TRANSPORT", "stdout", "_SYSTEMD_UNIT", "kubelet.service", "MESSAGE", "x"},
		{"TRANSPORT", "stdout", "STREAM_ID", "a1", "_TRANSPORT", "journal", "_PID", "7"}, // forged
	} {
		if n := of(fields); n != 0 {
			t.Errorf("%q: %d", fields, n)
		}
	}
	r := record(line...)
	if n := testing.AllocsPerRun(100, func() { StreamID(r) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
