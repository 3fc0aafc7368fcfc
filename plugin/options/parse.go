package options

import (
	"cmp"
	"slices"
	"strings"
)

// Parse reads the options through get, which returns the value of an option,
// and "" for one that is not set. It returns the options of all outputs, and
// those of the chosen backend, which its Backend.New has made. The first
// invalid option is the error.
func (s Schema) Parse(get func(name string) string) (*Config, Group, error) {
	p := parsing{
		common: &Config{}, reserved: s.fieldNames(), values: map[string]string{}, isSet: map[string]bool{},
		get: func(name string) string { return strings.TrimSpace(get(name)) },
	}
	choice := s.backendOption(p.common)
	if err := p.set(&choice, ""); err != nil {
		return nil, nil, err
	}
	group := s[slices.Index(s.names(), p.common.Backend)].New()
	own, common := group.Options(), p.common.Options()
	if presetter, ok := group.(Presetter); ok {
		p.presets = presetter.Preset(p.get)
	}
	for _, e := range s.Entries()[1:] {
		var err error
		if o := find(own, e.Name); o != nil {
			err = p.set(o, " for backend "+p.common.Backend)
		} else if o := find(common, e.Name); o != nil {
			err = p.set(o, "")
		} else if name, value := p.lookup(&e.Option); value != "" {
			p.common.Warn(name, "option %s has no effect with backend %s", name, p.common.Backend)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if err := p.checkFieldNames(common, own); err != nil {
		return nil, nil, err
	}
	if err := p.common.check(p.isSet); err != nil {
		return nil, nil, err
	}
	p.common.noteAdapted()
	if checker, ok := group.(Checker); ok {
		if err := checker.Check(p.common); err != nil {
			return nil, nil, err
		}
	}
	p.common.setScheme(p.values["authorization_type"])
	return p.common, group, nil
}

// find returns the option of that name; nil when there is none, or only a Note.
func find(options []Option, name string) *Option {
	i := slices.IndexFunc(options, func(o Option) bool { return o.Name == name && o.Set != nil })
	if i < 0 {
		return nil
	}
	return &options[i]
}

type parsing struct {
	common   *Config
	get      func(name string) string
	reserved []string          // names of fields that the plugin writes
	values   map[string]string // of the options that are set or have a default
	isSet    map[string]bool
	presets  map[string]string // defaults that take the place of those of the options
}

// lookup returns the value of an option and the name under which it is set.
// The present name comes before its aliases.
func (p *parsing) lookup(o *Option) (name, value string) {
	name, value = o.Name, p.get(o.Name)
	for _, alias := range o.Aliases {
		old := p.get(alias)
		switch {
		case old == "":
		case value != "":
			p.common.Warn(alias, "option %s has no effect, because %s is set", alias, name)
		default:
			p.common.Warn(alias, "option %s is now called %s; the former name still works", alias, o.Name)
			name, value = alias, old
		}
	}
	return name, value
}

// set reads one option. backend completes the error for a missing value.
func (p *parsing) set(o *Option, backend string) error {
	name, value := p.lookup(o)
	if p.isSet[o.Name] = value != ""; !p.isSet[o.Name] {
		value = cmp.Or(p.presets[o.Name], o.Default)
	}
	p.common.note(o, value, p.isSet[o.Name])
	if value == "" {
		if o.Required {
			return &Error{Option: o.Name, Problem: "must be set" + backend + "; allowed: " + o.allowed()}
		}
		return nil
	}
	problem := o.Set(value)
	if problem == "" && o.FieldName {
		problem = reservedName(value, p.reserved)
	}
	if problem != "" {
		return o.invalid(name, value, problem)
	}
	p.values[o.Name] = value
	p.common.addFiles(o, name, value)
	return nil
}

// checkFieldNames refuses one name for two fields.
func (p *parsing) checkFieldNames(groups ...[]Option) error {
	user := map[string]string{}
	for i := range groups {
		for _, o := range groups[i] {
			value := p.values[o.Name]
			if !o.FieldName || value == "" {
				continue
			}
			folded := foldName(value)
			if other, taken := user[folded]; taken {
				return &Error{o.Name, value, "is " + other + "; allowed: another name"}
			}
			user[folded] = o.Name
		}
	}
	return nil
}
