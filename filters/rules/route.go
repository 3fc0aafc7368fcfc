package rules

import (
	"math/bits"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
)

// Destinations is a set of destinations by their numbers: bit 0 is the output's own backend,
// and bit n is number n of the file, counted from 1. The zero Destinations is empty.
type Destinations uint16

// Own is the output's own backend alone.
const Own Destinations = 1

// Each returns the numbers in the set, in order.
func (d Destinations) Each(yield func(number int) bool) {
	for d != 0 {
		if !yield(bits.TrailingZeros16(uint16(d))) {
			return
		}
		d &= d - 1
	}
}

// Several reports whether more than one destination is in the set.
func (d Destinations) Several() bool { return d&(d-1) != 0 }

// route says to which destinations the records of some sources go.
type route struct {
	match match
	when  *condition // nil for all records
	to    Destinations
}

// Route says where the records of a source go: to the destinations of every route that
// selects them, and to the output's own backend when none does.
type Route struct {
	always Destinations
	some   []*route // those that do not select all records of the source
}

// Route returns where the records of a source go; nil for the output's own backend alone.
func (s *Set) Route(source *filters.Source) *Route {
	if s == nil || len(s.routes) == 0 {
		return nil
	}
	var all Route
	for i := range s.routes {
		one := &s.routes[i]
		switch {
		case !one.match.source(source):
		case one.when == nil && one.match.stream == filters.NoStream:
			all.always |= one.to
		default:
			all.some = append(all.some, one)
		}
	}
	if all.always&^Own == 0 && len(all.some) == 0 {
		return nil
	}
	return &all
}

// Of returns the destinations of a record, behind all filters. It returns one at least.
func (r *Route) Of(record *filters.Record) Destinations {
	to := r.always
	for _, one := range r.some {
		if one.to&^to != 0 && one.selects(record) {
			to |= one.to
		}
	}
	if to == 0 {
		return Own
	}
	return to
}

// selects reports whether a route of the source of a record selects the record.
func (r *route) selects(record *filters.Record) bool {
	return (r.match.stream == filters.NoStream || r.match.stream == record.Stream) && (r.when == nil || r.when.holds(record))
}

// DestinationNames returns the names of destinations, in the order of the file.
func (s *Set) DestinationNames(d Destinations) (names []string) {
	for n := range d.Each {
		if n == 0 {
			names = append(names, OwnDestination)
		} else {
			names = append(names, s.destinations[n-1].Name)
		}
	}
	return names
}

// HasRoutes reports whether the file has routes.
func (s *Set) HasRoutes() bool { return s != nil && len(s.routes) > 0 }

// DestinationsOf returns the names of the destinations of a record, behind all filters.
func (s *Set) DestinationsOf(record *filters.Record) []string {
	to := Own
	if route := s.Route(record.Source); route != nil {
		to = route.Of(record)
	}
	return s.DestinationNames(to)
}

// Possible returns the destinations that some records of a source go to.
func (r *Route) Possible() Destinations {
	if r == nil {
		return Own
	}
	to := r.always
	for _, one := range r.some {
		to |= one.to
	}
	if r.always == 0 {
		to |= Own
	}
	return to
}

// routes reads the routes. The destinations must be known.
func (p *parser) routes(n *yaml.Node, destinations []Destination) (all []route) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.problem(n, "routes is %s; allowed: a list, each with match and to", kindOf(n))
		return nil
	}
	for _, element := range n.Content {
		element = follow(element)
		var one route
		found := p.object(element, "the route",
			member{"match", func(n *yaml.Node) { one.match = p.match(n) }},
			member{"when", func(n *yaml.Node) { one.when = p.routeCondition(n) }},
			member{"to", func(n *yaml.Node) { one.to = p.to(n, destinations) }},
		)
		if element.Kind == yaml.MappingNode {
			if found["match"] == nil {
				p.problem(element, "the route has no match, which says what sources it is for; match: {} is all sources")
			}
			if found["to"] == nil {
				p.problem(element, "the route has no to, which names its destinations")
			}
		}
		all = append(all, one)
	}
	return all
}

// routeCondition reads which records of its sources a route selects. A text does not count:
// whoever writes it would choose where it goes.
func (p *parser) routeCondition(n *yaml.Node) *condition {
	c := new(condition)
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.problem(n, "when is empty; allowed: severity, field")
	}
	p.object(n, "when of a route", slices.DeleteFunc(c.members(p), func(m member) bool { return m.key == "text" })...)
	return c
}

// to reads names of destinations.
func (p *parser) to(n *yaml.Node, destinations []Destination) (to Destinations) {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.problem(n, "to is an empty list; allowed: names of destinations. A rule with drop keeps records from being sent")
		return 0
	}
	known := []string{OwnDestination}
	for _, d := range destinations {
		known = append(known, d.Name)
	}
	p.list(n, "to", func(n *yaml.Node) {
		name := p.text(n, "to")
		number := slices.Index(known, name)
		switch {
		case name == "":
		case number < 0:
			hint := "allowed: " + strings.Join(known, ", ")
			if best := hintOfKey(name, known); best != "" {
				hint = "did you mean " + best + "?"
			}
			p.problem(n, "to has %q, which is no destination; %s", name, hint)
		default:
			to |= 1 << number
		}
	})
	return to
}

// readRoutes reads the destinations and the routes of a file; nil for none.
func (p *parser) readRoutes(set *Set, destinations, routes *yaml.Node) {
	if destinations != nil {
		set.destinations = p.destinations(destinations)
		p.backends = nil
		for _, d := range set.destinations {
			p.backends = append(p.backends, d.Get("backend"))
		}
	}
	if routes != nil {
		set.routes = p.routes(routes, set.destinations)
	}
	if len(p.problems) == 0 {
		p.checkReached(set.destinations, set.routes)
	}
}

// routeProblem returns what is wrong with a value of tenant or index: for the output's own
// backend, when no other backend takes it.
func (p *parser) routeProblem(option, value string) (problem string) {
	if problem = p.config.Route(option, value); problem == "" || p.config.RouteTo == nil {
		return problem
	}
	for _, backend := range p.backends {
		if p.config.RouteTo(backend, option, value) == "" {
			return ""
		}
	}
	return problem
}

// checkReached adds the destinations that no route leads to.
func (p *parser) checkReached(destinations []Destination, routes []route) {
	var reached Destinations
	for _, r := range routes {
		reached |= r.to
	}
	for i, d := range destinations {
		if reached&(2<<i) == 0 {
			p.problems = append(p.problems, d.Problem(p.file, "", "no route leads to it"))
		}
	}
}
