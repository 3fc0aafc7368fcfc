package plugin

import (
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/plugin/pipeline"
	"github.com/k8slog/k8slog/plugin/status"
)

// This file makes the destinations of the rules file: backends besides that of the output.

// Destination is the options of a destination. New makes its backend.
type Destination struct {
	Name   string
	Config *options.Config
	New    func() (backend.Backend, error)
}

// Notes returns what options of the destination do that may be unexpected.
func (d *Destination) Notes() (notes []options.Notice) {
	for _, n := range d.Config.Notes() {
		if !options.IsCommon(n.Option) {
			notes = append(notes, n)
		}
	}
	return notes
}

// Destinations reads the options of the destinations of a rules file, which may be nil. What
// a destination does not set and all outputs have, it has from the output: get and config are
// the options of the output. The error is of the type rules.Problems.
func Destinations(set *rules.Set, config *options.Config, get func(name string) string) (all []Destination, err error) {
	var problems rules.Problems
	schema := Backends.Schema()
	written := map[string]string{} // who writes a file
	for _, f := range config.Files() {
		if f.Write {
			written[realPath(f.Path)] = "the output"
		}
	}
	for _, d := range set.Destinations() {
		problem := func(option, text string) {
			problems = append(problems, d.Problem(set.File(), option, text))
		}
		before := len(problems)
		for _, s := range d.Settings {
			if text := schema.DestinationProblem(s.Name); text != "" && s.Name != "backend" {
				problem(s.Name, "option "+s.Name+" "+text)
			}
		}
		if len(problems) > before {
			continue
		}
		own, newBackend, err := Backends.Parse(func(name string) string {
			if value := d.Get(name); value != "" || !options.IsCommon(name) {
				return value
			}
			return get(name)
		})
		if err != nil {
			problems = append(problems, set.DestinationProblem(d.Name, err))
			continue
		}
		for _, n := range own.Notices() {
			if d.Get(n.Option) != "" {
				problem(n.Option, n.Text)
			}
		}
		for _, f := range own.WrittenFiles() {
			path := realPath(f.Path)
			if other := written[path]; other != "" {
				problem(f.Option, "option "+f.Option+" is the file of "+other+"; allowed: a file of its own")
			}
			written[path] = "destination " + d.Name
		}
		all = append(all, Destination{d.Name, own, newBackend})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return all, nil
}

// realPath returns a path behind its symbolic links, as far as it exists.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return filepath.Clean(path)
}

// destination is a destination of an Instance. The output's own has no name and no figures
// where it is the only one.
type destination struct {
	Destination
	backend backend.Backend
	batcher *delivery.Batcher
	figures *ledger.Destination
}

// openDestinations makes the backends of the destinations.
func (in *Instance) openDestinations(get func(name string) string) error {
	all, err := Destinations(in.rules, in.config, get)
	var problems rules.Problems
	if errors.As(err, &problems) {
		return &options.Error{Option: "rules_file", Problem: problems.Error()}
	}
	for _, d := range all {
		if err := d.Config.CheckFiles(); err != nil {
			return in.destinationError(d.Name, err)
		}
		made, err := in.makeBackend(d.New)
		if err != nil {
			return in.destinationError(d.Name, err)
		}
		setLog(made, in.log)
		for _, n := range d.Notes() {
			in.log.Infof("destination %s: %s", d.Name, n.Text)
		}
		in.own.Name, in.own.figures = rules.OwnDestination, new(ledger.Destination)
		in.destinations = append(in.destinations, &destination{Destination: d, backend: made, figures: new(ledger.Destination)})
	}
	return nil
}

func setLog(made backend.Backend, log *hostlog.Throttled) {
	if logging, ok := made.(backend.Logging); ok {
		logging.SetLog(log)
	}
}

// destinationError is the error of a destination that cannot be made.
func (in *Instance) destinationError(name string, err error) error {
	problem := in.rules.DestinationProblem(name, err)
	return &options.Error{Option: "rules_file", Problem: problem.Error()}
}

// startDestinations makes what delivers to the destinations.
func (in *Instance) startDestinations(metrics *ledger.Metrics) {
	for d := range in.all {
		d.batcher = delivery.New(d.backend, in.deliveryConfig(d.Config, metrics.ObserveRequest))
	}
}

// all iterates over the destinations, the output's own first.
func (in *Instance) all(yield func(*destination) bool) {
	if !yield(&in.own) {
		return
	}
	for _, d := range in.destinations {
		if !yield(d) {
			return
		}
	}
}

// pipelineDestinations returns all destinations, the output's own first.
func (in *Instance) pipelineDestinations() (all []pipeline.Destination) {
	for d := range in.all {
		all = append(all, pipeline.Destination{
			Name: d.Name, Backend: d.backend, Batcher: d.batcher, TextLimit: textLimit(d.backend, d.Config),
			BatchBytes: d.Config.BatchBytes, Filters: filtersOf(d.backend), Figures: d.figures,
		})
	}
	return all
}

// route sets where the records of a new source go.
func (in *Instance) route(s *filters.Source, all []pipeline.Destination) {
	route := in.rules.Route(s)
	if route == nil || len(all) == 1 {
		return
	}
	routed := &pipeline.Routed{Route: route, Sources: make([]*filters.Source, len(all))}
	for n := range route.Possible().Each {
		routed.Sources[n] = all[n].Render(s)
	}
	s.Routes = routed
}

// destinationFigures returns the numbers of all destinations; nil for the output's own alone.
func (in *Instance) destinationFigures() (all []ledger.DestinationGauges) {
	if len(in.destinations) == 0 {
		return nil
	}
	for d := range in.all {
		all = append(all, ledger.DestinationGauges{Name: d.Name, Figures: d.figures, Down: func() bool { return d.batcher.Down() }})
	}
	return all
}

// addDestinations adds the destinations to what the status page shows.
func (in *Instance) addDestinations(s *status.Snapshot) {
	if len(in.destinations) == 0 {
		return
	}
	for d := range in.all {
		one := status.Destination{Name: d.Name, Backend: d.Config.Backend, Up: !d.batcher.Down()}
		one.Delivered, one.DeadLettered, one.Parked = d.figures.Figures()
		if storing, ok := d.backend.(backend.Storing); ok {
			one.Stored = storedFigures(storing.Stored())
		}
		s.Destinations = append(s.Destinations, one)
	}
}

func textLimit(b backend.Backend, c *options.Config) backend.TextLimit {
	if limited, ok := b.(backend.Limited); ok {
		return limited.TextLimit()
	}
	return backend.TextLimit{Bytes: c.TextBytes}
}

func filtersOf(b backend.Backend) filters.Chain {
	if filtered, ok := b.(backend.Filtered); ok {
		return filtered.Filters()
	}
	return nil
}

// HasDestination reports whether the output has a destination with a name. It has one without
// a name: that of the routes.
func (in *Instance) HasDestination(name string) bool {
	return name == "" || name == rules.OwnDestination ||
		slices.ContainsFunc(in.destinations, func(d *destination) bool { return d.Name == name })
}

// closeBackends closes the backends of all destinations.
func (in *Instance) closeBackends() (err error) {
	for d := range in.all {
		err = errors.Join(err, d.backend.Close())
	}
	return err
}

// allDown reports whether no destination takes anything.
func (in *Instance) allDown() bool { return in.every((*delivery.Batcher).Down) }

// allRefuse reports whether all destinations are down, and none may be probed at a time.
func (in *Instance) allRefuse(now time.Time) bool {
	return in.every(func(b *delivery.Batcher) bool { return b.Refuses(now) })
}

// every reports whether something is so of all destinations.
func (in *Instance) every(is func(*delivery.Batcher) bool) bool {
	for d := range in.all {
		if !is(d.batcher) {
			return false
		}
	}
	return true
}

// anyDown reports whether a destination takes nothing.
func (in *Instance) anyDown() bool {
	return !in.every(func(b *delivery.Batcher) bool { return !b.Down() })
}

// ofDestination names a part of a destination, for people.
func ofDestination(destination, part string) string {
	if destination == "" {
		return part
	}
	return part + " of destination " + destination
}
