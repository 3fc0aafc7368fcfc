// Package regexliteral finds the literals that every match of a regular expression
// contains. A text without any of them cannot match, and a search for a literal costs a
// fraction of what the regular expression costs.
package regexliteral

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// maxLiterals is the largest number of alternatives. More of them would cost as much as
// the expression itself.
const maxLiterals = 8

// Required returns literals of which at least one is in every text that the expression
// matches, the longest that are known; nil when there are none, for example in a pattern
// that ignores case. expr must be a valid expression in the syntax of package regexp.
func Required(expr string) []string {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	return required(re.Simplify())
}

// required returns the literals of a part of an expression.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		// A replacement character also matches invalid bytes.
		if re.Flags&syntax.FoldCase == 0 && !slices.Contains(re.Rune, utf8.RuneError) {
			return []string{string(re.Rune)}
		}
	case syntax.OpCharClass:
		if len(re.Rune) == 2 && re.Rune[0] == re.Rune[1] && re.Rune[0] != utf8.RuneError {
			return []string{string(re.Rune[:1])}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if found := required(sub); better(found, best) {
				best = found
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			found := required(sub)
			if found == nil || len(all)+len(found) > maxLiterals {
				return nil
			}
			all = append(all, found...)
		}
		return all
	}
	return nil
}

// better returns whether literals exclude more texts than others: the shortest of them
// is longer, or as long and there are fewer of them.
func better(a, b []string) bool {
	if a == nil || b == nil {
		return a != nil
	}
	if x, y := shortest(a), shortest(b); x != y {
		return x > y
	}
	return len(a) < len(b)
}

func shortest(all []string) int {
	n := len(all[0])
	for _, s := range all {
		n = min(n, len(s))
	}
	return n
}
