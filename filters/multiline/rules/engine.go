package multiline

import "math/bits"

// rule leads from each of some states to another one, over a line that a
// pattern takes.
type rule struct {
	from states
	when pattern
	to   state
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
	rows      []row
	lists     [][]uint16              // rows that may take a line
	index     [stateCount][256]uint16 // which list, by the state and the first byte behind the indent; of a blank line, that is a space
	prefilter prefilter
}

// row is a compiled rule.
type row struct {
	pattern
	languages Set
	table     uint8
	to        state
}

// compile makes an engine of tables.
func compile(tables ...table) *engine {
	e := &engine{lists: [][]uint16{nil}}
	var any [stateCount][]uint16           // rows of a state that any first byte may lead to
	var some [stateCount]map[byte][]uint16 // and of the others, those and these, by that byte
	for n, t := range tables {
		for _, r := range t.rules {
			id := uint16(len(e.rows))
			e.rows = append(e.rows, row{pattern: r.when, languages: t.languages, table: uint8(n), to: r.to})
			if r.from.has(first) {
				e.prefilter.add(t.languages, &r.when)
			}
			firsts := r.when.firstBytes()
			for q := range stateCount {
				switch {
				case !r.from.has(q):
				case firsts == nil:
					any[q] = append(any[q], id)
					for c := range some[q] {
						some[q][c] = append(some[q][c], id)
					}
				default:
					if some[q] == nil {
						some[q] = make(map[byte][]uint16)
					}
					for c := range firsts {
						if _, known := some[q][c]; !known {
							some[q][c] = append([]uint16(nil), any[q]...)
						}
						some[q][c] = append(some[q][c], id)
					}
				}
			}
		}
	}
	for q := range stateCount {
		rest := e.list(any[q])
		for c := range e.index[q] {
			e.index[q][c] = rest
		}
		for c, list := range some[q] {
			e.index[q][c] = e.list(list)
		}
	}
	e.prefilter.compile()
	return e
}

func (e *engine) list(rows []uint16) uint16 {
	if len(rows) == 0 {
		return 0
	}
	e.lists = append(e.lists, rows)
	return uint16(len(e.lists) - 1)
}

// firstBytes returns the bytes that may be the first one behind the indent of a
// line that a pattern takes, and a space for a blank line; nil if any may be.
func (p *pattern) firstBytes() map[byte]bool {
	if p.starts == nil {
		return nil
	}
	set := make(map[byte]bool)
	for _, start := range p.starts {
		text := []byte(start)
		switch n := indent(text); {
		case n < len(text):
			set[text[n]] = true
		case p.whole:
			set[' '] = true
		default:
			return nil
		}
	}
	return set
}

// step follows all rules that lead from live states over a line. It returns the
// states that they lead to, and apart from these those in which the line is
// held.
func (e *engine) step(from states, set Set, line []byte) (live, held states) {
	n, c := indent(line), byte(' ')
	if n < len(line) {
		c = line[n]
	}
	for half, word := range from {
		for ; word != 0; word &= word - 1 {
			q := half*64 + bits.TrailingZeros64(word)
			const none = 0xff
			done := uint8(none) // the table of which a rule has taken the line
			for _, id := range e.lists[e.index[q][c]] {
				r := &e.rows[id]
				if r.languages&set == 0 || r.table == done || !r.takes(set, line, n) {
					continue
				}
				done = r.table
				if lookahead.has(r.to) {
					held.add(r.to)
				} else {
					live.add(r.to)
				}
			}
		}
	}
	return live, held
}
