package rules

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Destination is a backend besides that of the output, to which routes lead.
type Destination struct {
	Name     string
	Line     int // in the file
	Settings []Setting
}

// Setting is an option of a destination.
type Setting struct {
	Name, Value string
	Line        int
}

// OwnDestination is the name of the output's own backend in a list of destinations.
const OwnDestination = "default"

// maxDestinations is the number of destinations besides the output's own.
const maxDestinations = 15

// Get returns the value of an option; empty for an option that the destination does not set.
func (d *Destination) Get(option string) string {
	if i := slices.IndexFunc(d.Settings, func(s Setting) bool { return s.Name == option }); i >= 0 {
		return d.Settings[i].Value
	}
	return ""
}

// Problem returns a problem of the destination. option is the one that it is about; a
// destination that does not set it has the problem in its own line.
func (d *Destination) Problem(file, option, text string) Problem {
	line := d.Line
	for _, s := range d.Settings {
		if s.Name == option {
			line = s.Line
		}
	}
	return Problem{File: file, Line: line, Text: "destination " + d.Name + ": " + text}
}

// DestinationProblem returns an error of a destination as a problem in the line of the option
// that it is about, which errors with a method InvalidOption name.
func (s *Set) DestinationProblem(name string, err error) Problem {
	option := ""
	if about, ok := errors.AsType[interface {
		error
		InvalidOption() string
	}](err); ok {
		option = about.InvalidOption()
	}
	for i := range s.destinations {
		if d := &s.destinations[i]; d.Name == name {
			return d.Problem(s.file, option, err.Error())
		}
	}
	return Problem{File: s.file, Text: err.Error()}
}

// destinations reads the destinations by their names.
func (p *parser) destinations(n *yaml.Node) (all []Destination) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.problem(n, "destinations is %s; allowed: names with options, as in archive: {backend: http, endpoint: 'http://archive'}", kindOf(n))
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], follow(n.Content[i+1])
		d := Destination{Name: key.Value, Line: key.Line}
		switch {
		case !isDestinationName(d.Name):
			p.problem(key, "destination is %q; allowed: 63 lower-case letters, digits, - and _ at most", d.Name)
		case d.Name == OwnDestination:
			p.problem(key, "destination %s is the output itself, with the options of its section; allowed: another name", d.Name)
		case slices.ContainsFunc(all, func(other Destination) bool { return other.Name == d.Name }):
			p.problem(key, "destination %s is there twice; allowed: a name of its own", d.Name)
		}
		d.Settings = p.settings(value, d.Name)
		all = append(all, d)
	}
	if len(all) > maxDestinations {
		p.problem(n, "destinations has %d names; allowed: %d at most", len(all), maxDestinations)
	}
	return all
}

func isDestinationName(name string) bool {
	return name != "" && len(name) <= 63 && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_'
	})
}

// settings reads the options of a destination.
func (p *parser) settings(n *yaml.Node, name string) (all []Setting) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.problem(n, "destination %s is %s; allowed: options with values, as in {backend: http, endpoint: 'http://archive'}", name, kindOf(n))
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], follow(n.Content[i+1])
		if slices.ContainsFunc(all, func(other Setting) bool { return other.Name == key.Value }) {
			p.problem(key, "destination %s: option %s is given twice", name, key.Value)
			continue
		}
		if text, ok := p.scalar(value, "destination "+name+": option "+key.Value); ok {
			all = append(all, Setting{Name: key.Value, Value: text, Line: key.Line})
		}
	}
	return all
}

// Destinations returns the destinations besides the output's own, in the order of the file.
func (s *Set) Destinations() []Destination {
	if s == nil {
		return nil
	}
	return s.destinations
}

// File returns the path of the file, as problems name it.
func (s *Set) File() string { return s.file }
