package command

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
)

const checkUsage = `usage: k8slog check [-no-files] CONFIGURATION…

Says what is wrong with the k8slog outputs of Fluent Bit configurations, and with
the inputs and filters before them: one line for each problem, as in
file:line: what to change. The exit code is 1 if there is a problem, and 0 if not.
A line with note: is none: it says what an option does that may be unexpected.

`

// check reports the problems of the k8slog outputs of configurations: the errors
// and warnings of the plugin at start, and what the plugin cannot see, which is
// names of options that do not exist, and settings of Fluent Bit that lose logs.
func check(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(errs)
	noFiles := flags.Bool("no-files", false, "do not open the files that options name: for a machine other than the node")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), checkUsage)
		flags.PrintDefaults()
	}
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		flags.SetOutput(out)
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() == 0 {
		return fmt.Errorf("%w: no configuration is named", errUsage)
	}
	count := 0
	for _, path := range flags.Args() {
		count += checkConf(path, !*noFiles, out)
	}
	switch count {
	case 0:
		return nil
	case 1:
		return errors.New("1 problem")
	}
	return fmt.Errorf("%d problems", count)
}

// checkConf writes the problems of one configuration, and returns their number.
func checkConf(path string, files bool, out io.Writer) int {
	all, err := readConf(path)
	var found, notes problems
	var unreadable *problem
	switch {
	case errors.As(err, &unreadable):
		found = problems{*unreadable}
	case err != nil:
		found = problems{{path, 0, err.Error()}}
	}
	sections := of(all, "output", "k8slog")
	if err == nil && len(sections) == 0 {
		found = problems{{path, 0, "has no output with the name k8slog"}}
	}
	if err == nil {
		for _, s := range sections {
			found = append(found, problemsOf(s, all, files, &notes)...)
		}
	}
	found = found.inOrder(sections)
	for i := range found {
		fmt.Fprintln(out, found[i].Error())
	}
	notes = notes.inOrder(sections)
	for i := range notes {
		fmt.Fprintln(out, notes[i].Error())
	}
	if len(found) == 0 {
		for _, s := range sections {
			fmt.Fprintf(out, "%s: no problem found\n", s.where())
		}
	}
	return len(found)
}

// problemsOf returns the problems of an output, and adds its notes. all is its
// configuration.
func problemsOf(s *section, all []section, files bool, notes *problems) (found problems) {
	found.checkKeys(s)
	config, newBackend := found.checkOptions(s)
	found.checkOutput(s)
	if config == nil {
		return found
	}
	for _, n := range config.Notes() {
		notes.add(s, s.lineOf(n.Option), "note: %s", n.Text)
	}
	notes.addInline(s)
	notes.noteStatus(s, all)
	found.checkService(config, s, all)
	found.checkMatch(s, all)
	found.checkInputs(s, all)
	found.checkDatabases(s, all)
	found.checkParsers(s, all)
	found.checkStorage(s, all)
	found.checkTailKeys("path_key", config.PathKey, s, all)
	found.checkTailKeys("offset_key", config.OffsetKey, s, all)
	found.checkDisk(s, all)
	found.checkMultiline(s, all)
	found.checkJournal(s, all)
	found.checkShared("park_path", s, all)
	found.checkShared("disk_ledger_path", s, all)
	found.checkShared("metadata_path", s, all)
	found.checkShared("store_dir", s, all)
	found.checkShared("status_listen", s, all)
	if files {
		found.checkFiles(s, config, newBackend, notes)
		found.checkSharedRules(config, s, all)
	}
	return found
}

// checkOptions adds what the plugin itself says at start. It goes on behind an
// invalid option, which counts as its example or as not set from then on. It
// returns the options as far as they are valid; nil when that does not help, and
// no function that makes the backend unless all are valid.
func (p *problems) checkOptions(s *section) (*options.Config, func() (backend.Backend, error)) {
	instead := map[string]string{}
	for {
		config, newBackend, err := plugin.Backends.Parse(func(name string) string {
			if value, invalid := instead[name]; invalid {
				return value
			}
			return s.get(name)
		})
		if err == nil {
			if instead["backend"] == "" {
				for _, w := range config.Notices() {
					p.add(s, s.lineOf(w.Option), "%s", w.Text)
				}
			}
			if len(instead) > 0 {
				newBackend = nil // it would be another than that of the user
			}
			return config, newBackend
		}
		var invalid *options.Error
		if !errors.As(err, &invalid) {
			p.add(s, s.line, "%v", err)
			return nil, nil
		}
		_, again := instead[invalid.Option]
		if again {
			return nil, nil // it is said already
		}
		p.add(s, s.lineOf(invalid.Option), "%v%s", err, s.unsetIn(invalid.Option))
		entry := schema()[invalid.Option]
		switch {
		case invalid.Option == "backend":
			instead[invalid.Option] = "stdout" // which needs nothing
		case entry.Required:
			instead[invalid.Option] = entry.Example
		default:
			instead[invalid.Option] = ""
		}
	}
}

// unsetIn says which variables leave the value of a key empty.
func (s *section) unsetIn(key string) string {
	p := s.find(key)
	if p == nil || s.get(key) != "" {
		return ""
	}
	text := ""
	for _, name := range s.env.unset(p.raw(key)) {
		text += "; " + name + " is not set here"
	}
	return text
}
