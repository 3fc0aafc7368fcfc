package options

import (
	"strings"
	"time"
)

// Setting is the value of an option that is in effect.
type Setting struct {
	Name string
	// Value is empty for an option without one, and for a secret.
	Value string
	// IsSet is true for a value of the configuration, and false for a default.
	IsSet bool
	// Secret values are not shown.
	Secret bool
	// Adapted says why a default is not that of the documentation; empty for one that is.
	Adapted string
}

// Settings returns all options that have an effect with the backend, in the order of the
// documentation, without secrets.
func (c *Config) Settings() []Setting { return c.settings }

// note adds the value of an option.
func (c *Config) note(o *Option, value string, isSet bool) {
	secret := o.Secret || mayHoldSecret(o, value)
	if secret {
		value = ""
	}
	c.settings = append(c.settings, Setting{Name: o.Name, Value: value, IsSet: isSet, Secret: secret})
}

// mayHoldSecret reports whether a value may have a secret in it that the option does not ask
// for: headers and parameters of queries have any value, and a URL may carry some.
func mayHoldSecret(o *Option, value string) bool {
	switch o.Type {
	case "headers", "query":
		return !strings.HasSuffix(o.Name, "_files")
	case "URL", "URLs":
		return strings.ContainsAny(value, "@?")
	}
	return false
}

// noteAdapted replaces the defaults that have given way to other options.
func (c *Config) noteAdapted() {
	for i := range c.settings {
		s := &c.settings[i]
		adapt := func(to time.Duration, why string) {
			if d, err := time.ParseDuration(s.Value); err == nil && d != to && !s.IsSet {
				s.Value, s.Adapted = to.String(), why
			}
		}
		switch s.Name {
		case "request_timeout":
			adapt(c.RequestTimeout, "flush_deadline")
		case "backoff_max":
			adapt(c.BackoffMax, "backoff_min")
		case "join_wait":
			adapt(c.JoinWait, "flush_deadline")
		}
	}
}
