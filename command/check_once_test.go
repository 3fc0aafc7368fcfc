package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with an input is said once, however many outputs it has.
func TestCheckSaysOnce(t *testing.T) {
	output := func(folder string) string {
		return fmt.Sprintf("[OUTPUT]\n    name k8slog\n    match *\n    workers 2\n    retry_limit no_limits\n    storage.total_limit_size 1G\n"+
			"    backend stdout\n    path_key path\n    offset_key offset\n    dead_letter_path %[1]s/dead\n    park_path %[1]s/parked\n", folder)
	}
	input := "[INPUT]\n    name tail\n    tag x\n    path /var/log/containers/*.log\n    mem_buf_limit 1k\n"
	top := t.TempDir()
	one, two := filepath.Join(top, "one"), filepath.Join(top, "two")
	conf := write(t, "f.conf", "[SERVICE]\n    grace 5\n"+input+output(one)+output(two)+output(filepath.Join(top, "three")))
	code, out, _ := command("check", conf)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, part := range []string{"has no path_key", "has no offset_key", "has no db", "is not filesystem", "grace of the service", "note: status_listen"} {
		if strings.Count(out, part) != 1 {
			t.Errorf("%q is said %d times", part, strings.Count(out, part))
		}
	}
	if code != failed || len(lines) != 6 {
		t.Errorf("code %d, %q", code, lines)
	}

	// Two names of one folder, which need not be there yet.
	if err := os.Symlink(one, two); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(one, 0o700); err != nil {
		t.Fatal(err)
	}
	_, out, _ = command("check", conf)
	if strings.Count(out, "is that of another k8slog output") != 1 {
		t.Errorf("a shared folder behind a symbolic link: %s", out)
	}
}

// abandon_after is above the longest wait of Fluent Bit's own scheduler.
func TestCheckAbandonAfter(t *testing.T) {
	for edits, want := range map[string]string{
		"out.abandon_after=30m":                       "scheduler.cap of the service is 33m20s, and abandon_after of the k8slog output 30m0s",
		"out.abandon_after=30m svc.scheduler.cap=60":  "",
		"out.abandon_after=50s svc.scheduler.cap=60":  "set abandon_after well above it",
		"out.abandon_after=0s svc.scheduler.cap=9999": "",
	} {
		conf := newTestConf(t.TempDir())
		conf.edit(strings.Fields(edits)...)
		at := "out"
		if strings.Contains(edits, "scheduler.cap") {
			at = "svc.scheduler.cap"
		}
		var wants [][2]string
		if want != "" {
			wants = [][2]string{{at, want}}
		}
		t.Run(edits, func(t *testing.T) { checkBoth(t, conf, nil, wants...) })
	}
}
