package multiline

// pattern tells which lines a rule takes. All that it names must hold; the zero
// pattern takes every line.
type pattern struct {
	column column
	starts []string // it begins with one of these
	whole  bool     // that is all of it
	ends   []string // it ends with one of these
	has    [][]byte // it contains one of these
	test   func(text []byte) bool
	inner  bool // it can stand in a message: it begins no record (Set.startsRecord)
	anchors
}

// column is where in a line a pattern begins.
type column uint8

const (
	anywhere column = iota // in the first column
	indented               // behind spaces or tabs
	trimmed                // behind spaces or tabs, if there are any
)

// Starts takes lines that begin with one of the texts.
func Starts(texts ...string) pattern { return pattern{starts: texts} }

// Indented takes lines that begin with one of the texts behind an indent.
func Indented(texts ...string) pattern { return pattern{column: indented, starts: texts} }

// Trimmed takes lines that begin with one of the texts, indented or not.
func Trimmed(texts ...string) pattern { return pattern{column: trimmed, starts: texts} }

// Line takes lines that are one of the texts.
func Line(texts ...string) pattern { return pattern{starts: texts, whole: true} }

// Has takes lines that contain one of the texts.
func Has(texts ...string) pattern { return pattern{}.Has(texts...) }

// Ends takes lines that end with one of the texts.
func Ends(texts ...string) pattern { return pattern{ends: texts} }

// Blank takes lines of nothing but spaces and tabs.
func Blank() pattern { return pattern{column: trimmed, starts: []string{""}, whole: true} }

// Func takes the lines of which a predicate holds. As a rule's first pattern it
// must say by what the prefilter knows these lines (anchors).
func Func(test func(text []byte) bool) pattern { return pattern{test: test} }

// Message takes any line that can stand in an exception's message.
func Message() pattern { return pattern{inner: true} }

// Ends, Has, If and Inner add a condition. That of If sees what stands behind
// the text that the pattern begins with.
func (p pattern) Ends(texts ...string) pattern { p.ends = texts; return p }
func (p pattern) Has(texts ...string) pattern {
	for _, text := range texts {
		p.has = append(p.has, []byte(text))
	}
	return p
}
func (p pattern) Inner() pattern { p.inner = true; return p }
func (p pattern) If(test func(text []byte) bool) pattern {
	p.test = test
	return p
}
