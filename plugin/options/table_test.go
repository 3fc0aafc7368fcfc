package options

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// base are the options that a backend needs.
func base(backend string) map[string]string {
	m := map[string]string{"backend": backend}
	for i := range Table {
		if o := &Table[i]; o.Name != "backend" && o.required(backend) {
			m[o.Name] = o.Example
		}
	}
	return m
}

func parse(set map[string]string) (*Config, error) {
	return Parse(func(name string) string { return set[name] })
}

// backendOf returns a backend that takes the option.
func backendOf(o *Option) string {
	if o.Backends == nil {
		return Stdout
	}
	return o.Backends[0]
}

// partners are options that must be set together.
var partners = map[string]string{
	"basic_auth_user": "basic_auth_password_file", "basic_auth_password_file": "basic_auth_user",
	"client_cert_file": "client_key_file", "client_key_file": "client_cert_file",
}

func TestEveryOptionIsDocumented(t *testing.T) {
	for i := range Table {
		o := &Table[i]
		if o.Type == "" || o.Example == "" || o.set == nil || o.Required && o.Default != "" {
			t.Errorf("%s is not complete", o.Name)
		}
		if !strings.HasSuffix(o.Doc, ".") || !unicode.IsUpper(rune(o.Doc[0])) || strings.ContainsAny(o.Doc, "\n\t") {
			t.Errorf("%s: the text is not made of sentences: %q", o.Name, o.Doc)
		}
		for _, value := range []string{o.Example, o.Default} {
			if value == "" {
				continue
			}
			for _, backend := range Backends {
				if o.Backends != nil && !slices.Contains(o.Backends, backend) {
					continue
				}
				set := base(backend)
				if other := partners[o.Name]; other != "" {
					set[other] = "/x"
				}
				if set[o.Name] = value; o.Name == "backend" {
					set = base(value)
				}
				if c, err := parse(set); err != nil || len(c.Unused) > 0 {
					t.Errorf("%s %s, backend %s: %v", o.Name, value, backend, err)
				}
			}
		}
	}
}

// Fluent Bit keeps these for itself: the plugin would never see them.
func TestNamesAreNotTheCoresOwn(t *testing.T) {
	own := []string{
		"match", "match_regex", "alias", "log_level", "log_suppress_interval", "host", "port", "ipv6", "retry_limit",
		"storage.total_limit_size", "workers",
	}
	seen := map[string]bool{}
	for _, o := range Table {
		if slices.Contains(own, o.Name) || seen[o.Name] {
			t.Errorf("%s is taken", o.Name)
		}
		for _, prefix := range []string{"net.", "tls", "oauth2", "storage."} {
			if strings.HasPrefix(o.Name, prefix) {
				t.Errorf("%s begins like the core's %s", o.Name, prefix)
			}
		}
		if strings.Trim(o.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Errorf("%s is no name of an option", o.Name)
		}
		seen[o.Name] = true
	}
}

func TestBackendStandsFirst(t *testing.T) {
	if Table[0].Name != "backend" {
		t.Error("what other options mean depends on the backend, which must be read first")
	}
	for _, o := range Table {
		for _, b := range o.Backends {
			if !slices.Contains(Backends, b) {
				t.Errorf("%s is for %q, which is no backend", o.Name, b)
			}
		}
	}
}

func TestLabelFieldsAreAllowed(t *testing.T) {
	for _, field := range LabelFields {
		set := base(Loki)
		set["labels"] = field + ", x=$" + field
		if c, err := parse(set); err != nil || len(c.Labels) != 2 || c.Labels[1] != (Label{Name: "x", Field: field}) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
