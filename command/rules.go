package command

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin"
)

const rulesUsage = `usage: k8slog rules check FILE…
       k8slog rules test [flags] FILE < LINES

check says what is wrong with rules files, one line for each problem. With the
flag -conf it is checked whether the output has what the rules ask for.

test shows what the rules of a file do to lines of a log: for each record whether it
is delivered or dropped, by which rule, what each rule did, and the record. The
lines are plain text, or those of a log file of Docker or of a CRI runtime.

The exit code is 0, and 1 if something is wrong with the rules.

`

// runRules is the command rules.
func runRules(args []string, in io.Reader, out, errs io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: say check or test", errUsage)
	}
	switch args[0] {
	case "check":
		return checkRulesFiles(args[1:], out, errs)
	case "test":
		return testRules(args[1:], in, out, errs)
	case "-h", "-help", "--help", "help":
		fmt.Fprint(out, rulesUsage)
		return nil
	}
	return fmt.Errorf("%w: there is no %q; say check or test", errUsage, args[0])
}

// rulesFlags are the flags that check and test have.
type rulesFlags struct {
	*flag.FlagSet
	conf   string
	output int
	set    settings
}

func newRulesFlags(name string, errs io.Writer) *rulesFlags {
	f := &rulesFlags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), set: settings{}}
	f.SetOutput(errs)
	f.StringVar(&f.conf, "conf", "", "a Fluent Bit configuration, whose k8slog output has the options")
	f.IntVar(&f.output, "output", 1, "which of its k8slog outputs, counted from 1")
	f.Var(f.set, "set", "an option of the plugin as name=value, as in merge_log=on; may be repeated")
	f.Usage = func() {
		fmt.Fprint(f.Output(), rulesUsage)
		f.PrintDefaults()
	}
	return f
}

// parse reads the arguments, and returns the files.
func (f *rulesFlags) parse(args []string, out io.Writer) ([]string, error) {
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		f.SetOutput(out)
	}
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, errUsage
	}
	if f.NArg() == 0 {
		return nil, fmt.Errorf("%w: no rules file is named", errUsage)
	}
	return f.Args(), nil
}

// host returns the options for a rules file.
func (f *rulesFlags) host(file string, errs io.Writer) (*commandHost, error) {
	h := &commandHost{options: map[string]string{"rules_file": file}, errs: errs}
	if f.conf != "" {
		section, err := outputOf(f.conf, f.output)
		if err != nil {
			return nil, err
		}
		h.section = *section
	} else {
		h.options["backend"] = anyBackend
	}
	for name, value := range f.set {
		if !isOption(name) {
			return nil, fmt.Errorf("there is no option %s%s", name, similar(name))
		}
		h.options[name] = value
	}
	return h, nil
}

// anyBackend is the backend where none is configured: it has both tenants and indexes.
const anyBackend = "elasticsearch"

// Property is of a backend that needs an endpoint and connects to nothing.
func (h *commandHost) withEndpoint() {
	if h.Property("backend") == anyBackend && h.Property("endpoint") == "" {
		h.options["endpoint"] = "http://localhost"
	}
}

// dryRun makes a dry run of a rules file. Problems of the file are written to out, and the
// error tells their number.
func (f *rulesFlags) dryRun(file string, metadata *filters.Metadata, out, errs io.Writer) (*plugin.DryRun, error) {
	host, err := f.host(file, errs)
	if err != nil {
		return nil, err
	}
	host.withEndpoint()
	run, err := plugin.NewDryRun(host, metadata)
	var problems rules.Problems
	if !errors.As(err, &problems) {
		return run, err
	}
	for i := range problems {
		fmt.Fprintln(out, problems[i].Error())
	}
	if len(problems) == 1 {
		return nil, errors.New("1 problem")
	}
	return nil, fmt.Errorf("%d problems", len(problems))
}

// writeNotes writes the notes of a rules file.
func writeNotes(out io.Writer, set *rules.Set) {
	var notes problems
	notes.addRules(set.Notes(), "note: ")
	for i := range notes {
		fmt.Fprintln(out, notes[i].Error())
	}
}

func checkRulesFiles(args []string, out, errs io.Writer) error {
	f := newRulesFlags("rules check", errs)
	files, err := f.parse(args, out)
	if err != nil {
		return err
	}
	var failed []error
	for _, file := range files {
		run, err := f.dryRun(file, nil, out, errs)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", file, err))
			continue
		}
		writeNotes(out, run.Rules())
		fmt.Fprintf(out, "%s: %s, no problem found\n", file, plural(run.Rules().Len(), "rule"))
	}
	return errors.Join(failed...)
}
