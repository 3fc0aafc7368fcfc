package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/options"
)

// core are the keys of an output that Fluent Bit keeps for itself
// (src/flb_output.c, flb_output_set_property).
var core = []string{
	"name", "match", "match_regex", "alias", "log_level", "log_suppress_interval", "host", "port", "ipv6",
	"retry_limit", "storage.total_limit_size", "workers", "processors",
}

var corePrefixes = []string{"net.", "tls", "oauth2"}

// check says what is wrong with the k8slog outputs of configurations: what the
// plugin says at start, and what it cannot see: names of options that do not
// exist, and settings of Fluent Bit that lose logs.
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
			found := append(problemsOf(&s), mismatches(&s, all)...)
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

func problemsOf(s *section) (all []string) {
	seen := map[string]bool{}
	for _, p := range s.pairs {
		key := strings.ToLower(p.key)
		if seen[key] {
			all = append(all, fmt.Sprintf("line %d: option %s stands twice; the first counts", p.line, p.key))
		}
		seen[key] = true
		if !isOption(key) && !isCore(key) {
			all = append(all, fmt.Sprintf("line %d: there is no option %s%s", p.line, p.key, similar(key)))
		}
	}
	if _, err := options.Parse(s.get); err != nil {
		all = append(all, err.Error())
	}
	if w := s.get("workers"); w == "" || w == "0" {
		all = append(all, "workers is not set: every wait for the backend stops all of Fluent Bit; set it to 2 or more")
	}
	switch limit := strings.ToLower(s.get("retry_limit")); limit {
	case "no_limits", "false", "off":
	default:
		all = append(all, fmt.Sprintf("retry_limit is %q: Fluent Bit deletes a chunk after so many tries (1 when it is not set); set it to no_limits", limit))
	}
	return all
}

// mismatches are between an output and the rest of its configuration.
func mismatches(s *section, all []section) (found []string) {
	c, err := options.Parse(s.get)
	if err != nil {
		return nil
	}
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
	return slices.ContainsFunc(options.Table, func(o options.Option) bool { return o.Name == key })
}

func isCore(key string) bool {
	return slices.Contains(core, key) || slices.ContainsFunc(corePrefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

// similar names the option that may have been meant.
func similar(key string) string {
	best, least := "", 4
	for _, o := range options.Table {
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
