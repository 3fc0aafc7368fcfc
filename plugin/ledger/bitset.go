package ledger

// Bitset is a set of record indexes. The zero Bitset is empty.
type Bitset []uint64

// Has reports whether i is in the set.
func (b Bitset) Has(i int) bool {
	return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0
}

// Add puts i into the set.
func (b *Bitset) Add(i int) {
	for i>>6 >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}
