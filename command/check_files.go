package command

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
)

// checkFiles adds the files that a start opens and cannot use. It creates none.
func (p *problems) checkFiles(s *section, c *options.Config, newBackend func() (backend.Backend, error), notes *problems) {
	said := map[string]bool{}
	report := func(err error) {
		var invalid *options.Error
		if errors.As(err, &invalid) && !said[invalid.Option] {
			said[invalid.Option] = true
			p.add(s, s.lineOf(invalid.Option), "%v", err)
		}
	}
	common := []string{"dead_letter_path", "park_path"} // of all outputs, and not of the backend
	writes := false
	for _, file := range c.Files() {
		report(file.Check())
		writes = writes || file.Write && !slices.Contains(common, file.Option)
	}
	if !said["rules_file"] {
		p.checkRules(s, c, notes)
	}
	if writes || len(said) > 0 || newBackend == nil {
		return // the backend would create a file, or read one that never ends
	}
	// What the files hold, the backend knows. It connects to nothing yet.
	made, err := newBackend()
	if err == nil {
		err = made.Close()
	}
	report(err)
}

// checkRules adds what is wrong in the rules file of an output, each problem with its own
// line there, and its notes.
func (p *problems) checkRules(s *section, c *options.Config, notes *problems) {
	set, err := plugin.LoadRules(c, false)
	var inFile rules.Problems
	switch {
	case errors.As(err, &inFile):
		p.addRules(inFile, "")
	case err != nil:
		p.add(s, s.lineOf("rules_file"), "option rules_file: %v", err)
	default:
		notes.addRules(set.Notes(), "note: ")
		if set.UsesLabels() && !c.Metadata.On() {
			p.add(s, s.lineOf("rules_file"), "option rules_file: rules there select by labels, which are not known without metadata api: they apply to no record")
		}
		p.checkDestinations(s, c, set, notes)
	}
}

// checkDestinations adds what is wrong with the destinations of a rules file, as for an output.
func (p *problems) checkDestinations(s *section, c *options.Config, set *rules.Set, notes *problems) {
	all, err := plugin.Destinations(set, c, s.get)
	var inFile rules.Problems
	if errors.As(err, &inFile) {
		p.addRules(inFile, "")
		return
	}
	notes.addInlineOf(set)
	for _, d := range all {
		for _, n := range d.Notes() {
			notes.addRules(rules.Problems{set.DestinationProblem(d.Name, &options.Error{Option: n.Option, Problem: n.Text})}, "note: ")
		}
		if err := checkDestination(&d); err != nil {
			p.addRules(rules.Problems{set.DestinationProblem(d.Name, err)}, "")
		}
	}
}

// checkDestination returns what keeps a destination from being made. It creates no files.
func checkDestination(d *plugin.Destination) error {
	for _, file := range d.Config.Files() {
		if err := file.Check(); err != nil && !options.IsCommon(file.Option) { // those are the output's
			return err
		}
	}
	if len(d.Config.WrittenFiles()) > 0 {
		return nil
	}
	made, err := d.New()
	if err == nil {
		err = made.Close()
	}
	return err
}

// addRules adds what a rules file has in its lines.
func (p *problems) addRules(inFile rules.Problems, prefix string) {
	for _, one := range inFile {
		text := prefix + one.Text
		if one.Rule != "" {
			text = fmt.Sprintf("%srule %q: %s", prefix, one.Rule, one.Text)
		}
		*p = append(*p, problem{one.File, one.Line, text})
	}
}

// sameFolder reports whether two paths are the same, behind their symbolic links as far as
// they exist here.
func sameFolder(a, b string) bool { return a != "" && b != "" && realPath(a) == realPath(b) }

func realPath(path string) string {
	path = filepath.Clean(path)
	rest := ""
	for at := path; ; at = filepath.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			if real, err = filepath.Abs(real); err == nil {
				return filepath.Join(real, rest)
			}
		}
		if at == filepath.Dir(at) {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// checkShared adds an option of which every output needs a value of its own.
func (p *problems) checkShared(key string, s *section, all []section) {
	value := s.get(key)
	for _, other := range of(all, "output", "k8slog") {
		if other == s || value == "" || key == "status_listen" && value == options.NoAddress {
			return
		}
		if same := other.get(key) == value || (key == "park_path" || key == "store_dir") && sameFolder(other.get(key), value); same {
			p.add(s, s.lineOf(key), "option %s: %q is that of another k8slog output (%s), and the second does not start: write another", key, value, other.where())
			return
		}
	}
}

// checkSharedRules adds the destinations with a folder of their own, where another output
// before has the same rules file: the second output cannot have the folder as well.
func (p *problems) checkSharedRules(c *options.Config, s *section, all []section) {
	for _, other := range of(all, "output", "k8slog") {
		if other == s {
			return
		}
		if !sameFolder(other.get("rules_file"), s.get("rules_file")) {
			continue
		}
		set, err := plugin.LoadRules(c, false)
		if err != nil {
			return // which is said elsewhere
		}
		for _, d := range set.Destinations() {
			if dir := d.Get("store_dir"); dir != "" {
				p.add(s, s.lineOf("rules_file"), "option rules_file: destination %s has the store_dir %q, and another k8slog output (%s) has the same destination, so that the second does not start: write another rules file", d.Name, dir, other.where())
			}
		}
		return
	}
}
