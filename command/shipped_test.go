package command

import (
	"path/filepath"
	"strings"
	"testing"
)

// Every shipped configuration of a node agent has the status page and the metrics on, for this
// machine, unless K8SLOG_STATUS says otherwise. The command finds them there.
func TestShippedStatus(t *testing.T) {
	paths, err := filepath.Glob("../conf/backends/*")
	if err != nil || len(paths) < 10 {
		t.Fatal(paths, err)
	}
	for _, path := range append(paths, "../conf/fluent-bit.conf", "../conf/fluent-bit.yaml", "../conf/direct.conf", "../conf/direct.yaml") {
		want := defaultStatus
		if strings.Contains(path, "direct") {
			want = "127.0.0.1:2022" // beside the node agent
		}
		for _, c := range []struct{ set, want string }{{"", want}, {"0.0.0.0:2099", "127.0.0.1:2099"}, {"off", ""}} {
			t.Setenv("K8SLOG_STATUS", c.set)
			got, err := (&statusPort{conf: path, output: 1}).find()
			if got != c.want || (err != nil) != (c.want == "") {
				t.Errorf("%s, K8SLOG_STATUS=%q: %q, %v", path, c.set, got, err)
			}
		}
	}
}
