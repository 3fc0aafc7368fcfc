package backend

// Names is a set of names of fields. It is made by NewNames, and does not change
// afterwards.
type Names struct {
	names map[string]struct{}
	// first tells the first bytes of the names: most names of a record begin with
	// another one, which spares the look-up.
	first [256]bool
}

// NewNames returns the set of these names, none of which is empty.
func NewNames(names ...string) *Names {
	n := &Names{names: make(map[string]struct{}, len(names))}
	for _, name := range names {
		n.names[name] = struct{}{}
		n.first[name[0]] = true
	}
	return n
}

// Has reports whether a name is in the set.
func (n *Names) Has(name []byte) bool {
	if len(name) == 0 || !n.first[name[0]] {
		return false
	}
	_, ok := n.names[string(name)]
	return ok
}
