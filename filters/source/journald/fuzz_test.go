package journald

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/kubepath"
)

func FuzzDecode(f *testing.F) {
	f.Add("MESSAGE", "text\n", "PRIORITY", "3", "_SYSTEMD_UNIT", "kubelet.service")
	f.Add("message", "\xff", "_TRANSPORT", "kernel", "_SOURCE_REALTIME_TIMESTAMP", "1533958925658698")
	f.Add("MESSAGE", "", "_COMM", "a\"b", "SYSLOG_IDENTIFIER", "a b")
	f.Add("MESSAGE", "a", "CONTAINER_NAME", "web", "CONTAINER_ID_FULL", containerID)
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2, key3, value3 string) {
		docker := record(key1, value1, key2, value2, key3, value3, "_SYSTEMD_UNIT", "docker.service")
		if IsEntry(docker) {
			check(t, Decode(docker))
		}
		r := record(key1, value1, key2, value2, key3, value3)
		if !IsEntry(r) {
			return
		}
		check(t, Decode(r))
		if !r.Log.Exists() || len(r.Fields) > 3 || r.Flags&filters.Decoded == 0 || r.Time < 1 {
			t.Errorf("%+v", r)
		}
	})
}

// check fails unless all names of a writer are valid.
func check(t *testing.T, w Writer) {
	t.Helper()
	if w.Component != nil && !isServiceName(w.Component) {
		t.Errorf("component %q", w.Component)
	}
	if w.Container != nil && (!isContainerName(w.Container) || w.ContainerID != nil && !kubepath.IsContainerID(w.ContainerID) || w.Component != nil) {
		t.Errorf("container %q, %q, component %q", w.Container, w.ContainerID, w.Component)
	}
}
