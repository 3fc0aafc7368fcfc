package regexliteral

import (
	"regexp/syntax"
	"slices"
)

// Anchored returns whether a regular expression matches at the beginning of a text only, so
// that a text that does not match costs little. expr must be a valid expression in the
// syntax of package regexp.
func Anchored(expr string) bool {
	re, err := syntax.Parse(expr, syntax.Perl)
	return err == nil && anchored(re.Simplify())
}

func anchored(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		return anchored(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !anchored(sub) })
	}
	return false
}
