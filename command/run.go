package command

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// journalVariable names the journal's folder in conf/fluent-bit.conf.
const journalVariable = "K8SLOG_JOURNAL"

// journalFolders are where systemd keeps its journal, best first
// (systemd-journald.service(8)): on the disk, or in memory.
var journalFolders = []string{"var/log/journal", "run/log/journal"}

// become replaces this process by the program: its process id and its signals
// stay those of the container.
var become = syscall.Exec

// runAgent starts an agent with what the configuration cannot find out. Fluent
// Bit does not start with a journal folder that does not exist, and its
// configuration knows no conditions. args are the program and its arguments.
func runAgent(args []string, errs io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	program, err := exec.LookPath(args[0])
	if err != nil {
		return fmt.Errorf("cannot find the agent: %w", err)
	}
	if os.Getenv(journalVariable) == "" {
		if folder, ok := journalFolder(os.Getenv("K8SLOG_NODE_ROOT")); ok {
			if err := os.Setenv(journalVariable, folder); err != nil {
				return fmt.Errorf("cannot set %s: %w", journalVariable, err)
			}
		} else {
			fmt.Fprintf(errs, "k8slog run: this node has no journal in %q; set %s if it has one elsewhere\n", journalFolders, journalVariable)
		}
	}
	if err := become(program, args, os.Environ()); err != nil {
		return fmt.Errorf("cannot run %s: %w", program, err)
	}
	return nil
}

// journalFolder returns the folder of the journal of the node whose file system
// is mounted at root, and false if it has none.
func journalFolder(root string) (string, bool) {
	for _, name := range journalFolders {
		folder := filepath.Join("/", root, name)
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder, true
		}
	}
	return "", false
}
