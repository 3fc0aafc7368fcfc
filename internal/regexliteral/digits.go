package regexliteral

import "regexp/syntax"

// Digits returns how many consecutive digits every match of a regular expression contains at
// least. The numbers of cards and accounts have no literal, but such a run.
func Digits(expr string) int {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return 0
	}
	return runsOf(re.Simplify()).best
}

// HasDigits returns whether a text has n consecutive digits. n is above zero. It looks at
// one of n bytes where there are no digits.
func HasDigits(text []byte, n int) bool {
	for end := n - 1; end < len(text); {
		start := end
		for start >= 0 && start > end-n && text[start]-'0' <= 9 {
			start--
		}
		if start == end-n {
			return true
		}
		end = start + n
	}
	return false
}

// runs is the runs of digits in every match of a part of an expression.
type runs struct {
	all                  bool // it is nothing but digits
	prefix, suffix, best int  // their least lengths
}

func runsOf(re *syntax.Regexp) runs {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return runs{all: true}
	case syntax.OpLiteral:
		total := runs{all: true}
		for _, c := range re.Rune {
			total = total.then(ofClass(c >= '0' && c <= '9'))
		}
		return total
	case syntax.OpCharClass:
		return ofClass(len(re.Rune) == 2 && re.Rune[0] >= '0' && re.Rune[1] <= '9')
	case syntax.OpCapture, syntax.OpPlus:
		return runsOf(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest:
		return runs{all: runsOf(re.Sub[0]).all}
	case syntax.OpConcat:
		total := runs{all: true}
		for _, sub := range re.Sub {
			total = total.then(runsOf(sub))
		}
		return total
	case syntax.OpAlternate:
		total := runsOf(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			r := runsOf(sub)
			total = runs{total.all && r.all, min(total.prefix, r.prefix), min(total.suffix, r.suffix), min(total.best, r.best)}
		}
		return total
	}
	return runs{}
}

func ofClass(digit bool) runs {
	if digit {
		return runs{true, 1, 1, 1}
	}
	return runs{}
}

// then returns the runs of a part that is followed by another.
func (r runs) then(next runs) runs {
	total := runs{r.all && next.all, r.prefix, next.suffix, max(r.best, next.best, r.suffix+next.prefix)}
	if r.all {
		total.prefix = r.best + next.prefix
	}
	if next.all {
		total.suffix = r.suffix + next.best
	}
	return total
}
