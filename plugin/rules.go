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
	return rules.Load(c.RulesFile, rulesConfig(c, noFiles))
}

func rulesConfig(c *options.Config, noFiles bool) rules.Config {
	schema := Backends.Schema()
	return rules.Config{
		Zone:      c.TimeZone,
		Reserved:  func(name string) string { return schema.Reserved(name, c.MergeLogKey) },
		Route:     func(key, value string) string { return schema.Route(c.Backend, key, value) },
		RouteTo:   schema.Route,
		Multiline: multiline.Limits{Lines: c.MultilineLines, Bytes: c.JoinBytes},
		NoFiles:   noFiles,
	}
}

// loadRules reads the rules of the instance.
func (in *Instance) loadRules() (err error) {
	in.rules, err = LoadRules(in.config, false)
	var problems rules.Problems
	switch {
	case err == nil:
		in.steer()
		return nil
	case errors.As(err, &problems):
		return &options.Error{Option: "rules_file", Problem: problems.Error()}
	}
	return unusable("rules_file", in.config.RulesFile, "a rules file", err)
}

// steer adds the rules that annotations make.
func (in *Instance) steer() {
	c := in.config
	if !c.Metadata.On() {
		if in.rules.UsesLabels() {
			in.log.Warnf("rules of rules_file select by labels, which are not known without metadata api: they apply to no record")
		}
		return
	}
	in.rules = in.rules.Steered(c.Metadata.Steer, rulesConfig(c, true), in.log.Warnf)
}
