package command

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/plugin/disk"
)

const diskUsage = `usage: k8slog disk [flags]

Prints what the ledger of the disk (disk_ledger_path) has of each log of a container, in
bytes. The agent may run. The exit code is 1 when bytes are missing.

  settled  delivered, dead-lettered, dropped by a rule, or parked
  left     written, and not settled yet
  missing  of files that were removed before they were read

flags:
`

// defaultLedger is disk_ledger_path of the shipped configuration, below the node's root.
const defaultLedger = "/var/lib/k8slog/disk.ledger"

// ledgerOf returns the file of the ledger that an output of a configuration has.
func ledgerOf(conf string, output int) (string, error) {
	if conf == "" {
		return os.Getenv("K8SLOG_NODE_ROOT") + defaultLedger, nil
	}
	section, err := outputOf(conf, output)
	if err != nil {
		return "", err
	}
	path := section.get("disk_ledger_path")
	if path == "" {
		return "", fmt.Errorf("the output (%s) has no disk_ledger_path%s", section.where(), section.unsetIn("disk_ledger_path"))
	}
	return path, nil
}

// showDisk prints the ledger of the disk.
func showDisk(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("disk", flag.ContinueOnError)
	flags.SetOutput(errs)
	path := flags.String("ledger", "", "the file of the ledger; by default disk_ledger_path of the configuration, or without one ${K8SLOG_NODE_ROOT}"+defaultLedger)
	conf := flags.String("conf", "", "a Fluent Bit configuration, whose k8slog output has the ledger")
	output := flags.Int("output", 1, "which of its k8slog outputs, counted from 1")
	all := flags.Bool("all", false, "show the logs that are settled as well")
	flags.Usage = func() {
		fmt.Fprint(errs, diskUsage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: unexpected %q", errUsage, flags.Arg(0))
	}
	if *path == "" {
		var err error
		if *path, err = ledgerOf(*conf, *output); err != nil {
			return err
		}
	}
	sum, logs, err := disk.Inspect(*path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: is this the node, or the agent's pod, and is disk_ledger_path set? Name the file with -ledger, the configuration with -conf, or the node's root with K8SLOG_NODE_ROOT", err)
	}
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAMESPACE\tPOD\tCONTAINER\tFILES\tWRITTEN\tSETTLED\tLEFT")
	shown := 0
	for _, log := range logs {
		left := log.Waiting + log.Unread
		if left == 0 && !*all {
			continue
		}
		shown++
		source, _ := kubepath.FromPath(log.Path)
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%d\n", cmp.Or(source.Namespace, "-"), cmp.Or(source.Pod, "-"),
			cmp.Or(source.Container, log.Path), log.Files, log.Written, log.Settled, left)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d of %d logs shown; in all: written %d, settled %d, left %d, missing %d\n",
		shown, len(logs), sum.Written, sum.Settled, sum.Waiting+sum.Unread, sum.Missing)
	if sum.Missing > 0 {
		return fmt.Errorf("%d bytes are missing", sum.Missing)
	}
	return nil
}
