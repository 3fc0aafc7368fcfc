package command

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The agent gets the first folder of the journal that the node has, or the one
// that it was given.
func TestRun(t *testing.T) {
	shell, err := os.Stat("/bin/sh")
	if err != nil || shell.IsDir() {
		t.Skip("needs a program to start:", err)
	}
	for name, c := range map[string]struct {
		has   []string // of the node's folders
		given string
		want  string // below the node's root
	}{
		"none":            {},
		"on the disk":     {has: []string{"var/log/journal", "run/log/journal"}, want: "var/log/journal"},
		"in memory":       {has: []string{"run/log/journal"}, want: "run/log/journal"},
		"given":           {has: []string{"var/log/journal"}, given: "/elsewhere", want: "/elsewhere"},
		"no folder of it": {has: []string{"var/log"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for _, folder := range c.has {
				if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if c.want != "" && !filepath.IsAbs(c.want) {
				c.want = filepath.Join(root, c.want)
			}
			t.Setenv("K8SLOG_NODE_ROOT", root)
			t.Setenv(journalVariable, c.given)
			var program string
			var args, env []string
			defer func() { become = syscall.Exec }()
			become = func(argv0 string, argv, envv []string) error {
				program, args, env = argv0, argv, envv
				return nil
			}
			code, _, errs := command("run", "/bin/sh", "-c", "conf")
			if code != done || program != "/bin/sh" || !slices.Equal(args, []string{"/bin/sh", "-c", "conf"}) {
				t.Errorf("exit code %d, %s %q, %s", code, program, args, errs)
			}
			if !slices.Contains(env, journalVariable+"="+c.want) {
				t.Errorf("no %s=%s", journalVariable, c.want)
			}
			if strings.Contains(errs, "no journal") != (c.want == "") {
				t.Errorf("says %q", errs)
			}
		})
	}
}

// What cannot be started is an error, and no agent at all is misuse.
func TestRunFails(t *testing.T) {
	if code, _, _ := command("run"); code != misuse {
		t.Errorf("exit code %d without a program", code)
	}
	if code, _, errs := command("run", "/nonexistent/agent"); code != failed || !strings.Contains(errs, "cannot find the agent") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	defer func() { become = syscall.Exec }()
	become = func(string, []string, []string) error { return errors.New("boom") }
	if code, _, errs := command("run", "/bin/sh"); code != failed || !strings.Contains(errs, "boom") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}
