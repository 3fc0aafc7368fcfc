package plugin

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/options"
)

// Sources works out who wrote a log file as an Instance does, and opens nothing but files that
// are read. It asks the API server nothing, so labels of pods are unknown. It is made by
// NewSources.
type Sources struct {
	config       *options.Config
	resolver     *source.Resolver
	rules        *rules.Set
	backend      backend.Backend
	destinations []Destination
}

// NewSources makes a Sources from the options of the host. An error is an *options.Error, or
// of the type rules.Problems.
func NewSources(host Host) (*Sources, error) {
	config, newBackend, err := Backends.Parse(host.Property)
	if err != nil {
		return nil, err
	}
	s := &Sources{config: config, backend: noBackend{}}
	if config.Backend != "file" { // which would make its file
		if s.backend, err = newBackend(); err != nil {
			return nil, err
		}
	}
	if s.rules, err = LoadRules(config, false); err != nil {
		return nil, err
	}
	if s.destinations, err = Destinations(s.rules, config, host.Property); err != nil {
		return nil, err
	}
	log := hostlog.NewThrottled(host)
	c := sourceConfig(config)
	c.Folders, c.Warnf = config.LogFolders, log.Warnf
	c.Render = func(s1 *filters.Source) {
		s.rules.Resolve(s1)
		s1.Partition = s.backend.Partition(s1)
	}
	s.resolver = source.New(c)
	return s, nil
}

// Of returns the source of a file that an input reads with a tag.
func (s *Sources) Of(tag, path string) *filters.Source {
	byTag := s.resolver.ByTag(tag)
	if s.resolver.Fixed() || s.config.PathKey == "" || byTag.Kind == filters.Component || byTag.Kind == filters.Journal {
		return byTag
	}
	if byPath := s.resolver.ByPath([]byte(path)); byPath != nil {
		return byPath
	}
	return byTag
}

// Rules returns the names of the rules for a source, in the order of the file.
func (s *Sources) Rules(of *filters.Source) []string { return s.rules.NamesFor(of) }

// Destinations returns the names of the destinations that records of a source may go to; nil
// for an output with one.
func (s *Sources) Destinations(of *filters.Source) []string {
	if len(s.destinations) == 0 {
		return nil
	}
	return s.rules.DestinationNames(s.rules.Route(of).Possible())
}

// UsesLabels reports whether a rule selects by labels, which are not known here.
func (s *Sources) UsesLabels() bool { return s.rules.UsesLabels() }

// Config returns the options of all outputs.
func (s *Sources) Config() *options.Config { return s.config }

// Close closes the backend.
func (s *Sources) Close() error {
	if _, none := s.backend.(noBackend); none {
		return nil
	}
	return s.backend.Close()
}
