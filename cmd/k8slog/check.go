package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/options"
)

// core are the keys of an output that Fluent Bit keeps for itself
// (src/flb_output.c, flb_output_set_property).
var core = []string{
	"name", "match", "match_regex", "alias", "log_level", "log_suppress_interval", "host", "port", "ipv6",
	"retry_limit", "storage.total_limit_size", "workers", "processors",
}

var corePrefixes = []string{"net.", "tls", "oauth2"}

// check reports the faults of the k8slog outputs of configurations: the errors
// and warnings of the plugin at start, and what the plugin cannot see, which is
// names of options that do not exist, and settings of Fluent Bit that lose logs.
func check(args []string, out io.Writer) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return errUsage
	}
	problems := 0
	for _, path := range args {
		all, err := readConf(path, 0)
		if err != nil {
			return err
		}
		sections := of(all, "output", "k8slog")
		if len(sections) == 0 {
			return fmt.Errorf("%s has no output with the name k8slog", path)
		}
		for _, s := range sections {
			found := problemsOf(&s, all)
			for _, p := range found {
				fmt.Fprintf(out, "%s: %s\n", s.where, p)
			}
			if len(found) == 0 {
				fmt.Fprintf(out, "%s: no problem found\n", s.where)
			}
			problems += len(found)
		}
	}
	if problems > 0 {
		return fmt.Errorf("%d problems", problems)
	}
	return nil
}

// problemsOf returns the problems of an output. all is its configuration.
func problemsOf(s *section, all []section) (found []string) {
	seen := map[string]bool{}
	for _, p := range s.pairs {
		key := strings.ToLower(p.key)
		if seen[key] {
			found = append(found, fmt.Sprintf("line %d: option %s stands twice; the first counts", p.line, p.key))
		}
		seen[key] = true
		if !isOption(key) && !isCore(key) {
			found = append(found, fmt.Sprintf("line %d: there is no option %s%s", p.line, p.key, similar(key)))
		}
	}
	config, _, err := plugin.Backends.Parse(s.get)
	if err != nil {
		found = append(found, err.Error())
	} else {
		found = append(found, config.Warnings()...)
	}
	if w := s.get("workers"); w == "" || w == "0" {
		found = append(found, "workers is not set: every wait for the backend stops all of Fluent Bit; set it to 2 or more")
	}
	switch limit := strings.ToLower(s.get("retry_limit")); limit {
	case "no_limits", "false", "off":
	default:
		found = append(found, fmt.Sprintf("retry_limit is %q: Fluent Bit deletes a chunk after so many tries (1 when it is not set); set it to no_limits", limit))
	}
	if err == nil {
		found = append(found, mismatches(config, all)...)
	}
	return found
}

// mismatches returns the contradictions between the options c of an output
// and the rest of its configuration.
func mismatches(c *options.Config, all []section) (found []string) {
	for _, service := range all {
		if service.kind != "service" {
			continue
		}
		grace := 5 * time.Second // Fluent Bit's own
		if seconds, err := strconv.Atoi(service.get("grace")); err == nil {
			grace = time.Duration(seconds) * time.Second
		}
		if grace >= 0 && grace <= c.FlushDeadline { // below zero it waits for ever
			found = append(found, fmt.Sprintf("flush_deadline is %v, and grace of the service %v: set grace above it", c.FlushDeadline, grace))
		}
	}
	tails := of(all, "input", "tail")
	for name, want := range map[string]string{"path_key": c.PathKey, "offset_key": c.OffsetKey} {
		set := want == ""
		for _, input := range tails {
			got := input.get(name)
			set = set || got == want
			if got != "" && got != want && want != "" {
				found = append(found, fmt.Sprintf("%s is %q, and %q in the input of %s", name, want, got, input.where))
			}
		}
		if !set && len(tails) > 0 {
			found = append(found, fmt.Sprintf("%s is %q, and no tail input has it", name, want))
		}
	}
	slices.Sort(found)
	return found
}

func isOption(key string) bool {
	_, ok := plugin.Backends.Schema().Find(key)
	return ok
}

func isCore(key string) bool {
	return slices.Contains(core, key) || slices.ContainsFunc(corePrefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

// similar suggests the option that the user may mean.
func similar(key string) string {
	best, least := "", 4
	for _, o := range plugin.Backends.Schema().Entries() {
		if d := distance(key, o.Name); d < least {
			best, least = o.Name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is the number of letters to change, add or leave out (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0]++
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
