package rules

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/internal/regexliteral"
)

// pattern is a regular expression in Go's syntax (https://pkg.go.dev/regexp/syntax). A
// text without the literals that the expression needs is not searched.
type pattern struct {
	re       *regexp.Regexp
	literals [][]byte // of which the text must contain one; empty for unknown
	literal  bool     // the expression is the one literal
	digits   int      // how many consecutive digits the text must contain
	anchored bool     // it matches at the beginning of the text only
}

func compile(expr string) (*pattern, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	p := &pattern{re: re, digits: regexliteral.Digits(expr), anchored: regexliteral.Anchored(expr)}
	for _, s := range regexliteral.Required(expr) {
		p.literals = append(p.literals, []byte(s))
	}
	if prefix, complete := re.LiteralPrefix(); complete && prefix != "" && len(p.literals) == 1 && string(p.literals[0]) == prefix {
		p.literal = re.NumSubexp() == 0 && !strings.ContainsAny(expr, "^$\\(")
	}
	return p, nil
}

// mustCompile is compile for the patterns of presets.
func mustCompile(expr string) *pattern {
	p, err := compile(expr)
	if err != nil {
		panic(err)
	}
	return p
}

// minDigits is the shortest run of digits that is worth a search.
const minDigits = 3

// mayMatch returns false for a text that cannot match. It costs little.
func (p *pattern) mayMatch(text []byte) bool {
	for _, literal := range p.literals {
		if bytes.Contains(text, literal) {
			return true
		}
	}
	return len(p.literals) == 0 && (p.digits < minDigits || regexliteral.HasDigits(text, p.digits))
}

// searchesAll returns whether every text is searched with the expression, because nothing
// else excludes one.
func (p *pattern) searchesAll() bool {
	return len(p.literals) == 0 && p.digits < minDigits && !p.anchored
}

// matches returns whether the pattern matches anywhere in the text.
func (p *pattern) matches(text []byte) bool {
	return p.mayMatch(text) && (p.literal || p.re.Match(text))
}

// find returns the positions of the first match and its groups; nil for no match. It
// allocates for a match.
func (p *pattern) find(text []byte) []int {
	if !p.mayMatch(text) {
		return nil
	}
	return p.re.FindSubmatchIndex(text)
}

// pattern reads a regular expression.
func (p *parser) pattern(n *yaml.Node, what string) *pattern {
	expr := p.text(n, what)
	if expr == "" {
		return nil
	}
	if p.steering && isLarge(expr) {
		p.problem(n, "%s is too large for an annotation", what)
		return nil
	}
	compiled, err := compile(expr)
	if err != nil {
		p.problem(n, "%s is no regular expression: %s%s", what, strings.TrimPrefix(err.Error(), "error parsing regexp: "), hintOfPattern(expr))
	} else if compiled.searchesAll() {
		p.note(n, "%s %s costs much: every text is searched with it. It is cheap with a literal that all matches have, capital letters as they are, or with ^ before it", what, inQuotes(expr))
	}
	return compiled
}

// maxProgram is the size of the largest pattern of an annotation. A search takes time in
// proportion to it, and the agent is that of all pods.
const maxProgram = 150

// isLarge returns whether a pattern is larger than maxProgram.
func isLarge(expr string) bool {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return false // compile says why
	}
	program, err := syntax.Compile(re.Simplify())
	return err != nil || len(program.Inst) > maxProgram
}

// oneOf is patterns of which one must match, or none with not. The zero oneOf is not set.
type oneOf struct {
	patterns []*pattern
	not      bool
}

func (o *oneOf) isSet() bool { return len(o.patterns) > 0 }

func (o *oneOf) holds(text []byte) bool {
	for _, p := range o.patterns {
		if p.matches(text) {
			return !o.not
		}
	}
	return o.not
}

// oneOf reads a pattern, a list of patterns, or {not: …} with either.
func (p *parser) oneOf(n *yaml.Node, what string) (o oneOf) {
	read := func(n *yaml.Node) {
		p.list(n, what, func(n *yaml.Node) {
			if compiled := p.pattern(n, what); compiled != nil {
				o.patterns = append(o.patterns, compiled)
			}
		})
	}
	if n.Kind == yaml.MappingNode {
		o.not = true
		p.object(n, what, member{"not", read})
	} else {
		read(n)
	}
	return o
}
