package multiline

import (
	"slices"
)

// rule leads from each of some states to another one, over a line that a
// pattern takes.
type rule struct {
	from string
	when pattern
	to   string
}

// table is the rules of a language, or of several that have something in
// common. They apply if one of them is wanted. Of the rules of a table that
// lead from one state, the first one that takes a line counts; other tables do
// not matter for it.
type table struct {
	languages Set
	rules     []rule
}

// engine is the compiled tables.
type engine struct {
	lists     lists
	next      [maxStates][256]uint16 // which of lists.byLast has the rows for a state and a byte (rowByte)
	prefilter prefilter
	klogOnly  prefilter // of the tables for klog

	names                              names
	first, component, weak, soft, last states
	header, headerGo, thrown           states
	lookahead, mention, texts          states
	final, ordinary                    states // final are those that no rule leads from
}

// row is a rule for one of the texts that a line may begin with, and one of
// those that it may end with.
type row struct {
	lasts      uint64 // bytes that a line may end with, modulo lastBytes
	languages  Set
	table      uint8
	column     column
	whole      bool
	inner      bool
	lookahead  bool // the line is one of lookahead
	start, end string
	tested     bool // test is all that counts
	test       func(text []byte) bool
	has        [][]byte
	to         states
}

// compile makes an engine of tables.
func compile(tables ...table) *engine {
	e := &engine{names: newNames()}
	e.lists.building = newBuilding()
	e.lists.byLastByte(nil)
	e.soft, e.mention = e.names.set(softStates), e.names.set("mention")
	e.texts = e.names.set(textStates)
	e.header, e.headerGo = e.names.set("header"), e.names.set("headerGo")
	e.thrown = e.names.set("thrown thrownMaybe")
	e.weak = e.names.set(weakStates)
	e.first, e.component = e.names.set(firstStates), e.names.set(componentStates)
	e.last = e.names.set(lastStates)
	e.lookahead = e.names.set(lookaheadStates)
	// The numbers of the rows for each state: those for any rowByte, and the others.
	var anyByte [len(e.next)][]uint16
	var byByte [len(e.next)][256][]uint16
	for n, t := range tables {
		for _, r := range t.rules {
			from, to := e.names.numbers(r.from), states{}
			to.add(e.names.number(r.to))
			if slices.Contains(from, e.names.number(firstStates)) {
				e.prefilter.add(&r.when)
				if t.languages == klogs {
					e.klogOnly.add(&r.when)
				}
			}
			r.when.each(func(row *row) {
				number := e.lists.add(row)
				row.languages, row.table, row.to, row.lookahead = t.languages, uint8(n), to, to.within(e.lookahead)
				begins := r.when.begins(row.start)
				for _, q := range from {
					if begins == nil {
						anyByte[q] = append(anyByte[q], number)
					}
					for _, c := range begins {
						byByte[q][c] = append(byByte[q][c], number)
					}
				}
			})
		}
	}
	var both []uint16
	for q := range byByte {
		other := e.lists.byLastByte(anyByte[q])
		for c, list := range byByte[q] {
			if e.next[q][c] = other; len(list) > 0 {
				both = append(append(both[:0], anyByte[q]...), list...)
				slices.Sort(both) // the order of the tables
				e.next[q][c] = e.lists.byLastByte(both)
			}
		}
	}
	e.lists.building = nil
	e.final, e.ordinary = e.ending(), e.names.known(ordinaryStates)
	e.prefilter.compile()
	return e
}

// ending returns the states that no rule leads from.
func (e *engine) ending() (s states) {
	for _, q := range e.names {
		if e.next[q] == ([256]uint16{}) {
			s = s.with(q)
		}
	}
	return s
}

// each makes the rows of a pattern.
func (p *pattern) each(add func(*row)) {
	starts, ends := p.starts, p.ends
	if starts == nil {
		starts = []string{""}
	}
	if ends == nil {
		ends = []string{""}
	}
	for _, start := range starts {
		for _, end := range ends {
			tested := p.test != nil && p.column == anywhere && start == "" && end == "" && !p.whole && p.has == nil
			add(&row{tested: tested, lasts: p.lasts(end), start: start, end: end, has: p.has, test: p.test, column: p.column, whole: p.whole, inner: p.inner})
		}
	}
}

// rowByte is what rows are found by: the first byte behind the indent of a line, and
// a space if there is none. Lines that begin with a date of Go's package log have a byte
// of their own, as few rules for digits take them.
func rowByte(line []byte, indent int) byte {
	if indent == len(line) {
		return ' '
	}
	c := line[indent]
	if c-'0' <= 9 && indent == 0 && len(line) > 4 && line[4] == '/' && line[1]-'0' <= 9 && line[2]-'0' <= 9 && line[3]-'0' <= 9 {
		return goDate[0]
	}
	return c
}

// goDate stands in First for the digits of "2026/11/22 ".
const goDate = "\x01"

// begins returns what can be the rowByte of a line that begins with start; nil for any byte.
func (p *pattern) begins(start string) []byte {
	if p.first != "" {
		all := []byte(p.first)
		slices.Sort(all)
		return slices.Compact(all)
	}
	n := indent([]byte(start))
	if n == len(start) && !p.whole {
		return nil
	}
	return []byte{rowByte([]byte(start), n)}
}

// candidate says whether a line that is not empty may begin a message.
func (e *engine) candidate(set Set, text []byte) bool {
	if set&^klogs == 0 {
		return set != 0 && e.klogOnly.candidate(text)
	}
	return e.prefilter.candidate(text)
}

// step follows all rules that lead from some states over a line. It returns the
// states that they lead to, and apart from these those of lookahead. Where a line
// that begins a record must not stand counts only if nothing else takes it. kind is what
// is known of the line apart from that; step adds what it finds out.
func (e *engine) step(from states, set Set, line []byte, kind *kind) (live, ahead states) {
	n := indent(line)
	c, last := rowByte(line, n), byte(0)
	if len(line) > 0 {
		last = line[len(line)-1] % lastBytes
	}
	var inner states
	for !from.empty() {
		const none = 0xff
		done := uint8(none) // the table of which a rule has taken the line
		for _, r := range e.lists.rows[e.lists.byLast[e.next[from.next()][c]][last]] {
			if r.languages&set == 0 || r.table == done || !r.takes(line, n) {
				continue
			}
			done = r.table
			switch {
			case r.inner:
				inner = inner.and(r.to)
			case r.lookahead:
				ahead = ahead.and(r.to)
			default:
				live = live.and(r.to)
			}
		}
	}
	expected := !ahead.empty()
	if live.empty() && !inner.empty() && kind.canStandInside(set, line) {
		if !kind.first.within(e.mention) {
			inner = inner.but(e.texts)
		}
		ahead = ahead.and(inner.in(e.lookahead))
		live = inner.but(e.lookahead)
	}
	kind.expected = expected
	return live, ahead
}

// takes says whether a row takes a line that begins with so many spaces and
// tabs.
func (r *row) takes(line []byte, indent int) bool {
	if r.tested {
		return r.test(line)
	}
	text := line
	if r.column != anywhere {
		if r.column == indented && indent == 0 {
			return false
		}
		text = line[indent:]
	}
	return (r.start == "" || has(text, r.start)) && (!r.whole || len(text) == len(r.start)) &&
		(r.end == "" || ends(text, r.end)) &&
		(r.has == nil || hasOne(text, r.has)) &&
		(r.test == nil || r.test(text[len(r.start):]))
}
