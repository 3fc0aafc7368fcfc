package plugin

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/plugin/pipeline"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// DryRun is an Instance that sends nothing and opens nothing but the files of its rules. It
// is made by NewDryRun.
type DryRun struct{ in *Instance }

// NewDryRun makes a DryRun from the options of the host. metadata is that of all pods; nil for
// none. Its annotations may steer whatever annotations can. An error is an *options.Error, or
// of the type rules.Problems.
func NewDryRun(host Host, metadata *filters.Metadata) (*DryRun, error) {
	config, _, err := Backends.Parse(host.Property)
	if err != nil {
		return nil, err
	}
	in := &Instance{config: config, stopping: host.Stopping, log: hostlog.NewThrottled(host)}
	in.own = destination{Destination: Destination{Config: config}, backend: noBackend{}}
	if in.rules, err = LoadRules(config, false); err != nil {
		return nil, err
	}
	if _, err := Destinations(in.rules, config, host.Property); err != nil {
		return nil, err
	}
	if metadata != nil {
		in.rules = in.rules.Steered(options.SteerActions, rulesConfig(config, true), in.log.Warnf)
	}
	in.reassembler = reassemble.New(reassemble.Config{
		Bytes: config.JoinBytes, Lines: config.MultilineLines, Multiline: config.Multiline,
	})
	c := in.pipelineConfigWith(func(*filters.Source) *filters.Metadata { return metadata })
	c.AbandonAfter = 0 // nothing is returned, and nobody closes the pipeline
	in.pipeline = pipeline.New(c)
	return &DryRun{in}, nil
}

// Rules returns the rules; nil for none.
func (d *DryRun) Rules() *rules.Set { return d.in.rules }

// Read reads a chunk; see pipeline.DryRun.
func (d *DryRun) Read(tag string, data []byte, explain func(rule, what string), each func(r *filters.Record, members []int, kept bool)) {
	d.in.pipeline.DryRun(tag, data, explain, each)
}

// noBackend renders sources, and does nothing else.
type noBackend struct{ backend.Backend }

// Render implements backend.Backend.
func (noBackend) Render(s *filters.Source) any { return ndjson.Render(s) }

// Partition implements backend.Backend.
func (noBackend) Partition(*filters.Source) string { return "" }
