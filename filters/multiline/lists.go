package multiline

// lists are the lists of rows that a line is compared with. For a state there is one
// for each first and last byte of a line, as few rules take any line. Most of them are
// equal, and stored once.
type lists struct {
	byLast [][lastBytes]uint16 // the numbers of lists, by the last byte
	rows   [][]*row

	*building // nil when all are built
}

// building is what finds equal lists while they are built. A program has to build all of
// them before it starts, so it matters how long it takes.
type building struct {
	all      []*row // by their numbers
	key      []byte
	lists    map[string]uint16            // the numbers of lists, by the numbers of their rows
	elements map[string]uint16            // the numbers of elements of byLast, by the same
	equal    map[[lastBytes]uint16]uint16 // the numbers of elements of byLast
}

func newBuilding() *building {
	return &building{lists: map[string]uint16{}, elements: map[string]uint16{}, equal: map[[lastBytes]uint16]uint16{}}
}

// lastBytes is by what a last byte is divided. An empty line has 0.
const lastBytes = 64

// anyLast is the last bytes of a row that does not look at them.
const anyLast = ^uint64(0)

// add adds a row, and returns its number.
func (b *building) add(r *row) uint16 {
	b.all = append(b.all, r)
	return uint16(len(b.all) - 1)
}

// byLastByte returns the number of an element of byLast for rows of these numbers.
func (l *lists) byLastByte(rows []uint16) uint16 {
	number, found := l.elements[string(l.keyOf(rows))]
	if !found {
		key := string(l.key)
		number = l.splitByLast(rows)
		l.elements[key] = number
	}
	return number
}

func (l *lists) splitByLast(rows []uint16) uint16 {
	var numbers [lastBytes]uint16
	var some uint64 // the last bytes at which some rows look
	for _, r := range rows {
		if lasts := l.all[r].lasts; lasts != anyLast {
			some |= lasts
		}
	}
	var taking []uint16
	other := -1 // the number of the list for all other last bytes; -1 for not known
	for last := range numbers {
		if some&(1<<last) == 0 && other >= 0 {
			numbers[last] = uint16(other)
			continue
		}
		taking = taking[:0]
		for _, r := range rows {
			if l.all[r].lasts&(1<<last) != 0 {
				taking = append(taking, r)
			}
		}
		if numbers[last] = l.list(taking); some&(1<<last) == 0 {
			other = int(numbers[last])
		}
	}
	number, found := l.equal[numbers]
	if !found {
		number = uint16(len(l.byLast))
		l.byLast, l.equal[numbers] = append(l.byLast, numbers), number
	}
	return number
}

// list returns the number of a list.
func (l *lists) list(rows []uint16) uint16 {
	number, found := l.lists[string(l.keyOf(rows))]
	if !found {
		number = uint16(len(l.rows))
		list := make([]*row, len(rows))
		for i, r := range rows {
			list[i] = l.all[r]
		}
		l.rows, l.lists[string(l.key)] = append(l.rows, list), number
	}
	return number
}

// keyOf returns the numbers of rows as a key, until its next call.
func (b *building) keyOf(rows []uint16) []byte {
	b.key = b.key[:0]
	for _, r := range rows {
		b.key = append(b.key, byte(r), byte(r>>8))
	}
	return b.key
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
		return anyLast
	}
	return set
}
