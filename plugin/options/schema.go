package options

import (
	"slices"
	"strings"
)

// Backend is a kind of backend, as far as options are concerned.
type Backend struct {
	// Name is the value of the option backend.
	Name string
	// New returns the options of such a backend, none of them set. Every call
	// returns variables of its own.
	New func() Group
}

// Schema is all options of the plugin: those of every output, and those of
// each backend, in the order of the documentation.
type Schema []Backend

// Entry is an option as all backends together declare it. The embedded Option
// is the first declaration; it is not bound to anything useful.
type Entry struct {
	Option
	// Backends are the names of the backends that have the option; nil for all.
	Backends []string

	defaults, ranges, notes variants
}

// variants are texts that differ by backend, in the order of their appearance.
type variants []variant

type variant struct {
	text     string
	backends []string
}

func (v *variants) add(text, backend string) {
	i := slices.IndexFunc(*v, func(other variant) bool { return other.text == text })
	if i < 0 {
		i = len(*v)
		*v = append(*v, variant{text: text})
	}
	(*v)[i].backends = append((*v)[i].backends, backend)
}

// Entries returns every option once: the option backend, those of the
// backends, and those of all outputs.
func (s Schema) Entries() []Entry {
	all := []Entry{{Option: s.backendOption(new(Config))}}
	at := map[string]int{}
	var notes []func()
	for _, b := range s {
		for _, o := range b.New().Options() {
			if o.Note != "" {
				notes = append(notes, func() { all[at[o.Name]].notes.add(o.Note, b.Name) })
			}
			if o.Set == nil {
				continue
			}
			i, ok := at[o.Name]
			if !ok {
				i = len(all)
				at[o.Name] = i
				all = append(all, Entry{Option: o})
			}
			e := &all[i]
			e.Backends = append(e.Backends, b.Name)
			e.defaults.add(o.Default, b.Name)
			e.ranges.add(o.Range, b.Name)
		}
	}
	for _, o := range new(Config).Options() {
		at[o.Name] = len(all)
		all = append(all, Entry{Option: o})
	}
	for _, add := range notes {
		add()
	}
	return all
}

// Find returns the option with that name, or with that alias.
func (s Schema) Find(name string) (Entry, bool) {
	entries := s.Entries()
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name || slices.Contains(e.Aliases, name) })
	if i < 0 {
		return Entry{}, false
	}
	return entries[i], true
}

// Route returns what is wrong with a value that a rule has under a key in place of an option
// of a backend (Option.Rule), and "" for a valid one.
func (s Schema) Route(backend, key, value string) (problem string) {
	i := slices.IndexFunc(s, func(b Backend) bool { return b.Name == backend })
	if i < 0 {
		return ""
	}
	for _, o := range s[i].New().Options() {
		if o.Rule == key {
			if problem = o.Set(value); problem != "" {
				problem += "; allowed: " + o.allowed()
			}
			return problem
		}
	}
	return "is for another backend: " + backend + " has no " + key + " for each source"
}

// Reserved returns what is wrong with the name of a field that a rule adds, and "" for a
// name that the plugin does not write itself. used are names that options give to fields.
func (s Schema) Reserved(name string, used ...string) (problem string) {
	name, _, _ = strings.Cut(name, ".") // there are readers to whom a.b is the b of a
	names := s.fieldNames()
	for _, name := range used {
		if name != "" {
			names = append(names, foldName(name))
		}
	}
	return reservedName(name, names)
}

func (s Schema) names() (names []string) {
	for _, b := range s {
		names = append(names, b.Name)
	}
	return names
}

func (s Schema) backendOption(c *Config) Option {
	names := s.names()
	return Option{
		Name: "backend", Type: "name", Example: strings.Join(names[:min(1, len(names))], ""), Required: true,
		Range: strings.Join(names, ", "),
		Doc:   "What the logs are delivered to. There is no default.",
		Set:   OneOf(names, &c.Backend),
	}
}

// fieldNames returns the names of fields that the plugin writes itself,
// whatever the backend: a configuration stays valid when its backend changes.
func (s Schema) fieldNames() []string {
	names := slices.Clone(ownFields)
	for _, b := range s {
		if group, ok := b.New().(FieldNamer); ok {
			names = append(names, group.FieldNames()...)
		}
	}
	return names
}
