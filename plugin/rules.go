package plugin

import (
	"errors"

	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin/options"
)

// LoadRules reads the rules of an output; nil for an output without rules. With noFiles, the
// files that the rules name are left out, and the rules only serve to find problems. The
// error is of the type rules.Problems for a file that can be read.
func LoadRules(c *options.Config, noFiles bool) (*rules.Set, error) {
	if c.RulesFile == "" {
		return nil, nil
	}
	schema := Backends.Schema()
	return rules.Load(c.RulesFile, rules.Config{
		Zone:      c.TimeZone,
		Reserved:  func(name string) string { return schema.Reserved(name, c.MergeLogKey) },
		Route:     func(key, value string) string { return schema.Route(c.Backend, key, value) },
		Multiline: multiline.Limits{Lines: c.MultilineLines, Bytes: c.JoinBytes},
		NoFiles:   noFiles,
	})
}

// loadRules reads the rules of the instance.
func (in *Instance) loadRules() (err error) {
	in.rules, err = LoadRules(in.config, false)
	var problems rules.Problems
	switch {
	case err == nil:
		return nil
	case errors.As(err, &problems):
		return &options.Error{Option: "rules_file", Problem: problems.Error()}
	}
	return unusable("rules_file", in.config.RulesFile, "a rules file", err)
}
