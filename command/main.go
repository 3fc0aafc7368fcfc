// Package command is the command k8slog: what goes with the plugin on the command line.
//
//	k8slog check [flags] CONFIGURATION…    says what is wrong with the k8slog outputs of a Fluent Bit configuration
//	k8slog replay [flags] FILE…            sends dead letters, parked records, or log files of containers, to the backend
//	k8slog disk [flags]                    shows which bytes of the containers' logs are delivered
//	k8slog top [flags]                     shows what an agent does, refreshed
//	k8slog why [flags] FILE|POD            says which input, identity, rules and partition a log has, and where its newest lines are
//	k8slog tap [flags] [POD]               shows records while they are sent
//	k8slog bundle [flags] FILE.tar.gz      collects what helps to find a fault, without secrets
//	k8slog rules check|test [flags] FILE   says what is wrong with a rules file, and shows what the rules do to lines
//	k8slog version                         says which version this is
//	k8slog run PROGRAM [ARGUMENT…]         starts an agent, with the folder of the node's journal in its environment
package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/k8slog/k8slog/internal/version"
)

const usage = `usage:
  k8slog check [flags] CONFIGURATION…   (k8slog check -h lists the flags)
  k8slog replay [flags] FILE…           (k8slog replay -h lists the flags)
  k8slog disk [flags]                   (k8slog disk -h lists the flags)
  k8slog top [flags]                    (k8slog top -h lists the flags)
  k8slog why [flags] FILE|POD           (k8slog why -h lists the flags)
  k8slog tap [flags] [POD]              (k8slog tap -h lists the flags)
  k8slog bundle [flags] FILE.tar.gz     (k8slog bundle -h lists the flags)
  k8slog rules check FILE…              (k8slog rules -h says more)
  k8slog rules test [flags] FILE < LINES
  k8slog run PROGRAM [ARGUMENT…]
  k8slog version
`

// The exit codes.
const (
	done   = 0
	failed = 1 // something was found, or was not delivered
	misuse = 2
)

// Main runs the command with these arguments, without its name, and returns the exit code.
func Main(args []string) int { return run(args, os.Stdout, os.Stderr) }

func run(args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(errs, usage)
		return misuse
	}
	var err error
	switch args[0] {
	case "check":
		err = check(args[1:], out, errs)
	case "replay":
		err = replay(args[1:], out, errs)
	case "disk":
		err = showDisk(args[1:], out, errs)
	case "top":
		err = showTop(args[1:], out, errs)
	case "why":
		err = explainWhy(args[1:], out, errs)
	case "tap":
		err = watch(args[1:], out, errs)
	case "bundle":
		err = makeBundle(args[1:], out, errs)
	case "rules":
		err = runRules(args[1:], os.Stdin, out, errs)
	case "run":
		err = runAgent(args[1:], errs)
	case "version", "-version", "--version":
		fmt.Fprintf(out, "k8slog %s (revision %s, %s, %s/%s)\n", version.Version, version.Revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return done
	case "help", "-h", "-help", "--help":
		fmt.Fprint(out, usage)
		return done
	default:
		fmt.Fprintf(errs, "k8slog: there is no command %q\n%s", args[0], usage)
		return misuse
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return done
	case errors.Is(err, errProblems):
		return failed // they were shown
	case errors.Is(err, errUsage):
		fmt.Fprintf(errs, "k8slog %s: %v\n%s", args[0], err, usage)
		return misuse
	}
	fmt.Fprintf(errs, "k8slog %s: %v\n", args[0], err)
	return failed
}

// errProblems is that there are problems, which were shown.
var errProblems = errors.New("there are problems")

// errUsage marks an error that is about the command line.
var errUsage = errors.New("wrong arguments")
