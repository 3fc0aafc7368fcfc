package command

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/plugin"
)

const whyUsage = `usage: k8slog why [flags] FILE
       k8slog why [flags] POD | NAMESPACE/POD | NAMESPACE/POD/CONTAINER

Says what becomes of a log: which input reads it, or why none does; who it is from; which
rules, tenant and index it has, by the configuration (-conf). And where its newest lines are
right now, by the agent's status page, when that answers.

The exit code is 1 when lines wait, are missing, or are read by no input.

flags:
`

// maxExplained is the number of files that are explained.
const maxExplained = 20

// explaining is a run of the command why.
type explaining struct {
	port statusPort
	out  io.Writer
	errs io.Writer

	all     []section
	output  *section
	sources *plugin.Sources // nil without a configuration
	fault   bool            // something is wrong
}

// explainWhy is the command why.
func explainWhy(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("why", flag.ContinueOnError)
	flags.SetOutput(errs)
	e := explaining{out: out, errs: errs}
	e.port.addFlags(flags)
	offline := flags.Bool("offline", false, "do not ask the agent")
	flags.Usage = func() {
		fmt.Fprint(errs, whyUsage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("%w: name one file or pod (flags stand before it)", errUsage)
	}
	target := flags.Arg(0)
	if err := e.readConfiguration(); err != nil {
		return err
	}
	var names []string // of containers
	if filepath.IsAbs(target) {
		names = append(names, e.explainFile(target))
	} else {
		for _, path := range e.filesOf(target) {
			names = append(names, e.explainFile(path))
		}
		if len(names) == 0 {
			if e.sources != nil {
				fmt.Fprintf(out, "There is no log file of %s on this machine, as far as the inputs of the configuration read any.\n", oneline.Of(target))
			}
			names = append(names, strings.TrimSuffix(target, "/"))
		}
	}
	if !*offline {
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if err := e.explainLive(context.Background(), name); err != nil {
				fmt.Fprintf(out, "\nWhere its lines are right now is unknown: %v\n", err)
				e.fault = true
				break
			}
		}
	}
	if e.fault {
		return errProblems
	}
	return nil
}

// readConfiguration reads the configuration, if there is one.
func (e *explaining) readConfiguration() (err error) {
	if e.port.conf == "" {
		return nil
	}
	if e.all, err = readConf(e.port.conf); err != nil {
		return err
	}
	if e.output, err = outputOf(e.port.conf, e.port.output); err != nil {
		return err
	}
	host := &commandHost{section: *e.output, options: map[string]string{}, errs: e.errs}
	e.sources, err = plugin.NewSources(host)
	return err
}

// splitPod returns the parts of NAMESPACE/POD/CONTAINER, and of POD alone.
func splitPod(target string) (namespace, pod, container string) {
	parts := strings.SplitN(target, "/", 3)
	switch len(parts) {
	case 1:
		return "", parts[0], ""
	case 2:
		return parts[0], parts[1], ""
	}
	return parts[0], parts[1], parts[2]
}

// filesOf returns the files of a pod, or of the pods of a workload, that inputs read.
func (e *explaining) filesOf(target string) (paths []string) {
	namespace, pod, container := splitPod(target)
	for _, input := range of(e.all, "input", "tail") {
		for _, pattern := range splitList(input.get("path")) {
			found, err := filepath.Glob(pattern)
			if err != nil {
				continue
			}
			for _, path := range found {
				s, ok := kubepath.FromPath(path)
				if ok && (s.Pod == pod || strings.HasPrefix(s.Pod, pod+"-")) && (namespace == "" || s.Namespace == namespace) &&
					(container == "" || s.Container == container) && len(paths) < maxExplained {
					paths = append(paths, path)
				}
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func splitList(list string) (all []string) {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// explainFile writes what the configuration says of a file, and returns the name of its
// container.
func (e *explaining) explainFile(path string) string {
	fmt.Fprintf(e.out, "%s\n", oneline.Of(path))
	if e.sources == nil {
		s, _ := kubepath.FromPath(path)
		fmt.Fprintln(e.out, "  name it a configuration (-conf) to see its input, rules and partition")
		return containerName(&s)
	}
	input, why := e.reader(path)
	if input == nil {
		e.fault = true
		fmt.Fprintf(e.out, "  input      none: %s\n", why)
	} else {
		fmt.Fprintf(e.out, "  input      %s, tag %s\n", input.where(), tagOf(input, e.all))
		if routed(input, e.output, e.all) == never {
			e.fault = true
			fmt.Fprintf(e.out, "  output     its tag does not match the output at %s\n", e.output.where())
		}
	}
	tag := ""
	if input != nil {
		// tail puts the path into the place of the star.
		tag = strings.Replace(input.get("tag"), "*", strings.TrimLeft(strings.ReplaceAll(path, "/", "."), "."), 1)
	}
	s := e.sources.Of(tag, path)
	if key := e.output.get("path_key"); input != nil && key != "" && input.get("path_key") != key && containerName(e.sources.Of(tag, "")) == "" {
		e.fault = true
		fmt.Fprintf(e.out, "  path_key   the input has %s, and the output expects %s: its lines come without a pod\n", cmp.Or(input.get("path_key"), "none"), key)
	}
	fmt.Fprintf(e.out, "  identity   %s\n", oneline.Of(identity(s)))
	if s.Refused {
		e.fault = true
		fmt.Fprintln(e.out, "  refused    the path leads to a file that is no log (log_folders): its lines are dropped")
	}
	fmt.Fprintf(e.out, "  rules      %s\n", cmp.Or(strings.Join(e.sources.Rules(s), ", "), "none"))
	if e.sources.UsesLabels() {
		fmt.Fprintln(e.out, "             rules that select by labels are left out: labels are not known here")
	}
	if to := e.sources.Destinations(s); to != nil {
		fmt.Fprintf(e.out, "  routes     to %s\n", strings.Join(to, ", "))
	}
	fmt.Fprintf(e.out, "  partition  %s\n", oneline.Of(cmp.Or(s.Partition, "the only one")))
	if s.Index != "" {
		fmt.Fprintf(e.out, "  index      %s (by a rule)\n", oneline.Of(s.Index))
	}
	return containerName(s)
}

// reader returns the input that reads a file, or why none does.
func (e *explaining) reader(path string) (input *section, why string) {
	why = "no path of a tail input matches it"
	for _, input := range of(e.all, "input", "tail") {
		if !slices.ContainsFunc(splitList(input.get("path")), func(pattern string) bool { ok, _ := filepath.Match(pattern, path); return ok }) {
			continue
		}
		excluded := slices.IndexFunc(splitList(input.get("exclude_path")), func(pattern string) bool { ok, _ := filepath.Match(pattern, path); return ok })
		if excluded < 0 {
			return input, ""
		}
		why = fmt.Sprintf("exclude_path of %s leaves it out (%s)", input.where(), splitList(input.get("exclude_path"))[excluded])
	}
	return nil, why
}

func containerName(s *filters.Source) string {
	switch {
	case s.Pod != "":
		return s.Namespace + "/" + s.Pod + "/" + s.Container
	case s.Component != "":
		return s.Component
	}
	return ""
}

func identity(s *filters.Source) string {
	switch {
	case s.Component != "":
		return "component " + s.Component
	case s.Pod == "" && s.Container == "":
		return "unknown: neither the path nor the tag names a pod or a component"
	}
	text := fmt.Sprintf("namespace %s, pod %s, container %s", orDash(s.Namespace), orDash(s.Pod), orDash(s.Container))
	if s.PodUID != "" {
		text += ", uid " + s.PodUID
	}
	if s.Restart != nil {
		text += fmt.Sprintf(", restart %d", *s.Restart)
	}
	return text
}

var errUnknownContainer = errors.New("the agent knows no such container")
