package multiline

import (
	"slices"
	"strings"
)

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
	lists     [][]uint16
	next      [stateCount][256]uint16 // which list has the rows for a state and a byte (rowByte)
	prefilter prefilter
}

// row is a rule for one of the texts that a line may begin with, and one of
// those that it may end with.
type row struct {
	start, end string
	has        []string
	test       func(text []byte) bool
	languages  Set
	last       byte // of end, or 0
	column     column
	whole      bool
	inner      bool
	held       bool // the line is held
	table      uint8
	to         state
}

// compile makes an engine of tables.
func compile(tables ...table) *engine {
	e := &engine{lists: [][]uint16{nil}}
	var rows [stateCount][256][]uint16
	for n, t := range tables {
		for _, r := range t.rules {
			if r.from.has(first) {
				e.prefilter.add(t.languages, &r.when)
			}
			r.when.each(func(row row) {
				row.languages, row.table = t.languages, uint8(n)
				if n := len(row.end); n > 0 {
					row.last = row.end[n-1]
				}
				row.to, row.held = r.to, lookahead.has(r.to)
				for from := r.from; !from.empty(); {
					list := &rows[from.next()]
					for c := range list {
						if r.when.mayBegin(row.start, byte(c)) {
							list[c] = append(list[c], uint16(len(e.rows)))
						}
					}
				}
				e.rows = append(e.rows, row)
			})
		}
	}
	for q := range rows {
		for c, list := range rows[q] {
			e.next[q][c] = e.list(list)
		}
	}
	e.prefilter.compile()
	return e
}

// list returns the number of a list of rows.
func (e *engine) list(rows []uint16) uint16 {
	for i, list := range e.lists {
		if slices.Equal(list, rows) {
			return uint16(i)
		}
	}
	e.lists = append(e.lists, rows)
	return uint16(len(e.lists) - 1)
}

// each makes the rows of a pattern.
func (p *pattern) each(add func(row)) {
	starts, ends := p.starts, p.ends
	if starts == nil {
		starts = []string{""}
	}
	if ends == nil {
		ends = []string{""}
	}
	for _, start := range starts {
		for _, end := range ends {
			add(row{start: start, end: end, has: p.has, test: p.test, column: p.column, whole: p.whole, inner: p.inner})
		}
	}
}

// rowByte is what rows are found by: the first byte behind the indent of a line,
// and a space if there is none.
func rowByte(line []byte, indent int) byte {
	if indent < len(line) {
		return line[indent]
	}
	return ' '
}

// mayBegin says whether c can be the rowByte of a line that begins with start.
func (p *pattern) mayBegin(start string, c byte) bool {
	if p.first != "" {
		return strings.IndexByte(p.first, c) >= 0
	}
	n := indent([]byte(start))
	return n == len(start) && !p.whole || rowByte([]byte(start), n) == c
}

// step follows all rules that lead from some states over a line. It returns the
// states that they lead to, and apart from these those in which the line is
// held.
func (e *engine) step(from states, set Set, line []byte) (live, held states) {
	n := indent(line)
	c, last := rowByte(line, n), byte(0)
	if len(line) > 0 {
		last = line[len(line)-1]
	}
	for !from.empty() {
		const none = 0xff
		done := uint8(none) // the table of which a rule has taken the line
		for _, id := range e.lists[e.next[from.next()][c]] {
			r := &e.rows[id]
			if r.languages&set == 0 || r.table == done || r.last != 0 && r.last != last || !r.takes(set, line, n) {
				continue
			}
			done = r.table
			if r.held {
				held.add(r.to)
			} else {
				live.add(r.to)
			}
		}
	}
	return live, held
}

// takes says whether a row takes a line that begins with so many spaces and
// tabs.
func (r *row) takes(set Set, line []byte, indent int) bool {
	text := line
	if r.column != anywhere {
		if r.column == indented && indent == 0 {
			return false
		}
		text = line[indent:]
	}
	return has(text, r.start) && (!r.whole || len(text) == len(r.start)) && ends(text, r.end) &&
		(r.has == nil || hasOne(text, r.has)) &&
		(r.test == nil || r.test(text)) &&
		(!r.inner || !set.startsRecord(line))
}
