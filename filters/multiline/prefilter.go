package multiline

import (
	"encoding/binary"
	"slices"
)

// Nearly all lines begin nothing. The prefilter finds the candidates among them
// by the literals that the rules for first lines need: what they begin or end
// with, or words that stand in them. It may be wrong about a line that it lets
// through; what it holds back, no rule would take.
//
// It sees texts as they are kept, maybe the inside of a JSON string. So of a
// literal it uses no more than what is written the same in both.

// anchors tell by what the lines are known that a predicate holds of.
type anchors struct {
	first   string                 // the bytes of which one is the first
	last    string                 // the bytes of which one is the last
	near    func(kept []byte) bool // what else holds of the line, escaped or not
	words   []string               // literals of which one stands within the window
	asAbove bool                   // another rule has anchors for these lines
}

// First, Last and Words say by what the prefilter knows the lines of a pattern.
// The bytes of First and Last also spare the engine the pattern for other lines;
// without near they do nothing else.
func (p pattern) First(bytes string, near func(kept []byte) bool) pattern {
	p.first, p.near = bytes, near
	return p
}

func (p pattern) Last(bytes string, near func(kept []byte) bool) pattern {
	p.last, p.near = bytes, near
	return p
}

func (p pattern) Words(words ...string) pattern { p.words = words; return p }

// AsAbove says that the anchors of a rule above are for the lines of this pattern,
// too.
func (p pattern) AsAbove() pattern { p.asAbove = true; return p }

// window is how much of a long line is searched for words.
const window = 256

// prefilter is the anchors of all rules for first lines.
type prefilter struct {
	byFirst [256]firsts
	byLast  [256]lasts
	words   []string
	finder  *finder
}

// firsts are the anchors of lines that begin with a byte.
type firsts struct {
	literals []anchor
	near     func(kept []byte) bool // nil for none
	seconds  [4]uint64              // the second bytes of literals
}

// lasts are the anchors of lines that end with a byte.
type lasts struct {
	anchors []anchor
	hashes  uint64 // bits for the hashes of the last bytes of literals (hashLast)
}

func (l *lasts) add(a anchor) {
	l.anchors = append(l.anchors, a)
	if len(a.literal) >= 4 {
		l.hashes |= 1 << hashLast([]byte(a.literal))
		return
	}
	l.hashes = ^uint64(0)
}

// hashLast returns a number below 64 for the last four bytes of a text.
func hashLast(text []byte) uint32 {
	return binary.LittleEndian.Uint32(text[len(text)-4:]) * 0x9e3779b1 >> 26
}

// anchor is what a candidate begins or ends with.
type anchor struct {
	literal string
	near    func(kept []byte) bool
}

func (f *firsts) add(literal string) {
	f.literals = append(f.literals, anchor{literal: literal})
	if len(literal) > 1 {
		f.seconds[literal[1]/64] |= 1 << (literal[1] % 64)
		return
	}
	f.seconds = [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
}

func (f *firsts) addNear(near func(kept []byte) bool) {
	if also := f.near; also != nil {
		f.near = func(kept []byte) bool { return near(kept) || also(kept) }
		return
	}
	f.near = near
}

// add adds the anchors of a pattern.
func (f *prefilter) add(p *pattern) {
	a := anchor{near: p.near}
	switch {
	case p.asAbove:
	case p.words != nil:
		f.words = append(f.words, p.words...)
	case p.first != "" && p.near != nil:
		for _, c := range []byte(p.first) {
			f.byFirst[c].addNear(p.near)
		}
	case p.last != "" && p.near != nil:
		for _, c := range []byte(p.last) {
			f.byLast[c].add(a)
		}
	case p.starts != nil && p.column != indented:
		for _, start := range p.starts {
			if n := unescaped(start); n > 0 {
				start = start[:n]
			}
			f.byFirst[start[0]].add(start)
		}
	case p.column != anywhere: // begin always looks at what is indented
	case p.ends != nil:
		for _, end := range p.ends {
			a.literal = end
			f.byLast[end[len(end)-1]].add(a)
		}
	default:
		panic("a pattern for first lines has no anchor")
	}
}

// unescaped is the length of the part of a literal that is written the same
// within a JSON string.
func unescaped(literal string) int {
	for i, c := range []byte(literal) {
		if c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return i
		}
	}
	return len(literal)
}

// compile adds the anchors of lines that the rules do not see as they are kept,
// or that are indented.
func (f *prefilter) compile() {
	for _, c := range []byte{' ', '\t', escape} {
		f.byFirst[c] = firsts{}
		f.byFirst[c].add(string(c))
	}
	f.byFirst['\\'].addNear(startsEscaped)
	f.byLast['m'].add(anchor{near: endsColoured})
	slices.Sort(f.words)
	f.finder = newFinder(false, slices.Compact(f.words)...)
}

// candidate says whether a line that is not empty may begin a message.
func (f *prefilter) candidate(text []byte) bool {
	first := &f.byFirst[text[0]]
	if first.near != nil && first.near(text) {
		return true
	}
	if len(first.literals) > 0 {
		second := byte(0)
		if len(text) > 1 {
			second = text[1]
		}
		if first.seconds[second/64]&(1<<(second%64)) != 0 && startsWith(text, first.literals) {
			return true
		}
	}
	if last := &f.byLast[text[len(text)-1]]; len(last.anchors) > 0 {
		if (len(text) < 4 || last.hashes&(1<<hashLast(text)) != 0) && endsWith(text, last.anchors) {
			return true
		}
	}
	return f.finder != nil && f.finder.index(text[:min(len(text), window)]) >= 0
}

func startsWith(text []byte, list []anchor) bool {
	for i := range list {
		if has(text, list[i].literal) {
			return true
		}
	}
	return false
}

func endsWith(text []byte, list []anchor) bool {
	for i := range list {
		if a := &list[i]; ends(text, a.literal) && (a.near == nil || a.near(text)) {
			return true
		}
	}
	return false
}
