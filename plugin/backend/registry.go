package backend

import (
	"slices"

	"github.com/k8slog/k8slog/plugin/options"
)

// Kind is a kind of backend that a user can choose. It is made by Register.
type Kind struct {
	name   string
	config func() options.Group
	make   func(own options.Group, common *options.Config) (Backend, error)
}

// Register returns the kind of backend with that name. C is the struct of its
// own options, of which every backend has one, and make returns a backend with
// these options and those of all outputs.
func Register[C any, G interface {
	*C
	options.Group
}, B Backend](name string, make func(own G, common *options.Config) (B, error)) Kind {
	return Kind{
		name:   name,
		config: func() options.Group { return G(new(C)) },
		make: func(own options.Group, common *options.Config) (Backend, error) {
			return make(own.(G), common)
		},
	}
}

// Registry is all kinds of backends.
type Registry []Kind

// Schema returns the options of all kinds.
func (r Registry) Schema() options.Schema {
	var s options.Schema
	for _, k := range r {
		s = append(s, options.Backend{Name: k.name, New: k.config})
	}
	return s
}

// Parse reads the options through get, which returns the value of an option and
// "" for one that is not set. It returns those of all outputs, and a function
// that makes the chosen backend. The error is an *options.Error.
func (r Registry) Parse(get func(name string) string) (*options.Config, func() (Backend, error), error) {
	common, own, err := r.Schema().Parse(get)
	if err != nil {
		return nil, nil, err
	}
	kind := r[slices.IndexFunc(r, func(k Kind) bool { return k.name == common.Backend })]
	return common, func() (Backend, error) { return kind.make(own, common) }, nil
}
