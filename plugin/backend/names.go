package backend

// Names is a set of names of fields.
type Names map[string]struct{}

// NewNames returns the set of these names.
func NewNames(names ...string) Names {
	set := make(Names, len(names))
	for _, name := range names {
		set[name] = struct{}{}
	}
	return set
}

// Has reports whether a name is in the set.
func (n Names) Has(name []byte) bool {
	_, ok := n[string(name)]
	return ok
}
