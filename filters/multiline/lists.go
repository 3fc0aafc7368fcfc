package multiline

import "slices"

// lists are the lists of rows that a line is compared with. For a state there is one
// for each first and last byte of a line, as few rules take any line. Most of them are
// equal, and stored once.
type lists struct {
	byLast [][lastBytes]uint16 // the numbers of lists, by the last byte
	rows   [][]*row
	known  map[string]uint16 // the numbers of lists, by the numbers of their rows
}

// lastBytes is by what a last byte is divided. An empty line has 0.
const lastBytes = 64

// byLastByte returns the number of an element of byLast.
func (l *lists) byLastByte(rows []*row) uint16 {
	var numbers [lastBytes]uint16
	var taking []*row
	for last := range numbers {
		taking = taking[:0]
		for _, r := range rows {
			if r.lasts&(1<<last) != 0 {
				taking = append(taking, r)
			}
		}
		numbers[last] = l.list(taking)
	}
	if i := slices.Index(l.byLast, numbers); i >= 0 {
		return uint16(i)
	}
	l.byLast = append(l.byLast, numbers)
	return uint16(len(l.byLast) - 1)
}

// list returns the number of a list.
func (l *lists) list(rows []*row) uint16 {
	key := make([]byte, 0, 2*len(rows))
	for _, r := range rows {
		key = append(key, byte(r.number), byte(r.number>>8))
	}
	number, found := l.known[string(key)]
	if !found {
		if l.known == nil {
			l.known = make(map[string]uint16)
		}
		number = uint16(len(l.rows))
		l.rows, l.known[string(key)] = append(l.rows, slices.Clone(rows)), number
	}
	return number
}

// lasts returns the bytes that a line may end with that ends with end.
func (p *pattern) lasts(end string) (set uint64) {
	for _, c := range []byte(p.last) {
		set |= 1 << (c % lastBytes)
	}
	if end != "" {
		set = 1 << (end[len(end)-1] % lastBytes)
	}
	if set == 0 {
		return ^set
	}
	return set
}
