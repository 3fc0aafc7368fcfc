// Package options declares and reads the options of an output: the types of
// values, templates, error texts, the options that all outputs share (Config),
// and the documentation. A backend declares its own options in its own package.
package options

import "fmt"

// Option is one option, bound to the variable that holds its value.
type Option struct {
	Name string
	// Aliases are former names. They stay valid; see Config.Warnings.
	Aliases []string
	// Type is the kind of value, in the words of the documentation.
	Type string
	// Default is the value of an option that is not set; empty for none.
	Default string
	// Doc is the meaning, in plain sentences.
	Doc string
	// Example is a valid value.
	Example string
	// Range is the set of valid values, where Type alone does not tell it.
	Range string
	// Note is what the documentation adds to Doc for this backend alone. An
	// Option with no Set adds its Note to an option that is declared elsewhere.
	Note string
	// Required options have no default and must be set.
	Required bool
	// Secret values are never repeated in an error.
	Secret bool
	// FieldName is true when the value names a field of the output. Parse then
	// refuses the names that the plugin writes itself, and names that are used
	// twice.
	FieldName bool
	// Rule is the key of a rule whose value takes the place of this one for the records of
	// a source: tenant or index, as filters.Source has them; empty for none.
	Rule string
	// Set checks a value and stores it. It returns what is wrong with the
	// value, and "" for a valid one.
	Set func(value string) (problem string)
}

// Group is a struct that holds the values of options.
type Group interface {
	// Options returns the options, each bound to a field of the struct.
	Options() []Option
}

// Checker is a Group whose options depend on one another or on Config. Check
// is called once all options are set.
type Checker interface {
	Check(common *Config) error
}

// Presetter is a Group with an option that gives others another default.
type Presetter interface {
	// Preset returns these defaults by the names of the options. get returns the value
	// of an option that is set, which may be invalid, and "" for one that is not.
	Preset(get func(name string) string) map[string]string
}

// FieldNamer is a Group of a backend that writes fields under names of its
// own. No option with FieldName set can have one of these names as its value.
type FieldNamer interface {
	FieldNames() []string
}

// Error is an invalid option. Its text is one line that names the option, the
// value and the valid values.
type Error struct {
	Option, Value, Problem string
}

// InvalidOption returns the name of the option.
func (e *Error) InvalidOption() string { return e.Option }

func (e *Error) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("option %s: %s", e.Option, e.Problem)
	}
	return fmt.Sprintf("option %s: %q %s", e.Option, e.Value, e.Problem)
}

// allowed returns the valid values in one line.
func (o *Option) allowed() string {
	if o.Range != "" {
		return o.Range
	}
	return o.Type + ", as in " + o.Example
}

// invalid returns the error for a value of the option, which was set as name.
func (o *Option) invalid(name, value, problem string) *Error {
	if o.Secret {
		value = ""
	}
	return &Error{Option: name, Value: value, Problem: problem + "; allowed: " + o.allowed()}
}
