package command

import (
	"fmt"
	"regexp"
	"strings"
)

// routing is whether an output or a filter gets what an input reads.
type routing int

const (
	never routing = iota
	perhaps
	always
)

// routed returns whether to gets the records of the input. all is their
// configuration.
func routed(input, to *section, all []section) routing {
	match, expression := to.get("match"), to.get("match_regex")
	if match == "" && expression == "" {
		if to.kind == "output" && len(of(all, "input", "")) == 1 && len(of(all, "output", "")) == 1 {
			return always // Fluent Bit connects the two
		}
		return never
	}
	tag := tagOf(input, all)
	if match != "" && intersect(match, tag) {
		return always
	}
	if expression != "" {
		re, err := regexp.Compile(`^(?:` + expression + `)`)
		switch {
		case err != nil: // Fluent Bit's expressions know more
			return perhaps
		case !strings.Contains(tag, "*"):
			if re.FindString(tag) != "" {
				return always
			}
		case re.FindString(strings.ReplaceAll(tag, "*", sample)) != "":
			return always
		default:
			return perhaps
		}
	}
	if len(of(all, "filter", "rewrite_tag")) > 0 {
		return perhaps
	}
	return never
}

// sample is the usual name of a file below /var/log/containers.
const sample = "web-1_shop_web-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e"

// tagOf returns the tag of what an input reads, with * for what is known only
// while it reads.
func tagOf(input *section, all []section) string {
	name := strings.ToLower(input.get("name"))
	tag := input.get("tag")
	switch {
	case tag == "" && (name == "tail" || name == "systemd"):
		n := 0
		for i, other := range of(all, "input", name) {
			if other == input {
				n = i
			}
		}
		return fmt.Sprintf("%s.%d", name, n)
	case tag == "":
		return "*"
	case name == "tail":
		if before, behind, found := strings.Cut(tag, "*"); found {
			return before + filesTag(input.get("path")) + behind
		}
		return placeholder.ReplaceAllString(tag, "*")
	}
	return tag
}

var (
	placeholder = regexp.MustCompile(`<[^<>]*>`)
	wildcard    = regexp.MustCompile(`\*|\?|\[[^\]]*\]`)
)

// filesTag returns what tail puts into a tag for *.
func filesTag(path string) string {
	if strings.Contains(path, ",") {
		return "*"
	}
	return strings.TrimLeft(strings.ReplaceAll(wildcard.ReplaceAllString(path, "*"), "/", "."), ".")
}

// intersect returns whether a text can fit both patterns. In a pattern, * stands
// for any text (src/flb_router.c).
func intersect(a, b string) bool {
	if len(a)*len(b) > 1<<20 {
		return true
	}
	// fits[j] is whether a[i:] and b[j:] intersect, for i from the end.
	fits, next := make([]bool, len(b)+1), make([]bool, len(b)+1)
	for i := len(a); i >= 0; i-- {
		fits, next = next, fits
		for j := len(b); j >= 0; j-- {
			inA, inB := i < len(a), j < len(b)
			switch {
			case !inA && !inB:
				fits[j] = true
			case inA && a[i] == '*':
				fits[j] = next[j] || inB && fits[j+1]
			case inB && b[j] == '*':
				fits[j] = fits[j+1] || inA && next[j]
			default:
				fits[j] = inA && inB && a[i] == b[j] && next[j+1]
			}
		}
	}
	return fits[0]
}
