package options

import (
	"slices"
	"strings"
)

// ownFields are the names of the fields that filters add to a record. Names
// that only one encoding has are in its package.
var ownFields = []string{"program", "caller", "thread", "message", "attrs", "metadata", "resource", "scope"}

// FieldName returns a set function for the name of a field that the plugin
// writes, made of letters, digits and the characters of others.
func FieldName(others string, to *string) func(value string) string {
	return func(value string) string {
		if strings.ContainsFunc(value, func(r rune) bool {
			return !strings.ContainsRune(others, r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			if len(others) == 1 {
				return "is not made of letters, digits, and " + others
			}
			return "is not made of letters, digits, " + strings.Join(strings.Split(others, ""), " and ")
		}
		*to = value
		return ""
	}
}

// reservedName returns what is wrong with the name of a field where the plugin
// itself writes those names.
func reservedName(value string, names []string) string {
	name := foldName(value)
	switch {
	case slices.Contains(names, name):
		return "is a name that the plugin writes itself"
	case strings.HasPrefix(name, "field_"), strings.HasPrefix(name, "__"):
		return "begins like names that are taken"
	}
	return ""
}

// foldName returns the form in which two names are compared: readers differ in
// whether they tell capitals, and Loki writes - as _.
func foldName(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }
