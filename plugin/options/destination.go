package options

import (
	"slices"
	"strings"

	"github.com/k8slog/k8slog/internal/spelling"
)

// perDestination are the options of all outputs that a destination may set for itself.
var perDestination = []string{"batch_bytes", "batch_wait", "request_timeout", "backoff_min", "backoff_max", "text_bytes"}

// IsCommon reports whether a name is that of an option of all outputs, or a former name. A
// destination has the values of the output for these, unless it sets its own.
func IsCommon(name string) bool {
	return slices.ContainsFunc(new(Config).Options(), func(o Option) bool {
		return o.Name == name || slices.Contains(o.Aliases, name)
	})
}

// DestinationProblem returns what is wrong with an option that a destination sets, whatever
// its value is; empty for an option that a destination may set.
func (s Schema) DestinationProblem(name string) string {
	if slices.Contains(perDestination, name) {
		return ""
	}
	if IsCommon(name) {
		return "belongs to the whole output: set it in the [OUTPUT] section; of the options of all outputs, a destination may set " + strings.Join(perDestination, ", ")
	}
	if _, found := s.Find(name); found {
		return ""
	}
	var known []string
	for _, e := range s.Entries() {
		known = append(known, e.Name)
	}
	if best := spelling.Nearest(name, known); best != "" {
		return "is unknown; did you mean " + best + "?"
	}
	return "is unknown; docs/options.md has all options"
}

// WrittenFiles returns the files and folders that options other than those of all outputs
// name, and that a start makes or appends to.
func (c *Config) WrittenFiles() (files []File) {
	for _, f := range c.files {
		if f.Write && !IsCommon(f.Option) {
			files = append(files, f)
		}
	}
	return files
}
