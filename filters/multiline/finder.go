package multiline

import (
	"encoding/binary"
	"math/bits"
)

// finder finds words in texts, eight bytes at a time. It looks for a rare byte
// that each word has, and for what stands around it. Two bytes that differ in
// one bit cost no more than one, so such a pair serves all words if there is
// one.
type finder struct {
	pivots []pivot
	whole  bool // of whole words only
}

// pivot is a byte of which one bit does not matter.
type pivot struct {
	mask, value uint64 // of eight of them
	bit, want   byte
	after       [256][]occurrence // by the byte behind it
	atEnd       []occurrence      // where it is the last one of a text
}

// occurrence is a word with the pivot in it.
type occurrence struct {
	word   string
	before int // the bytes of it that stand before the pivot
}

const (
	each = 0x0101010101010101
	high = each * 0x80
)

// newFinder makes a finder of whole words.
func newFinder(words []string) *finder {
	f := &finder{whole: true}
	f.compile(words)
	return f
}

// compile chooses the pivots: those that serve most of the words, at the lowest
// price.
func (f *finder) compile(words []string) {
	for len(words) > 0 {
		var best, most, price = pivot{}, 0, 0
		for _, bit := range []byte{0, 1, 2, 4, 8, 16, 32, 64} {
			for c := range 128 {
				p := pivot{bit: bit, want: byte(c) | bit}
				n, cost := 0, frequency(p.want)+frequency(p.want&^bit)
				for _, w := range words {
					if p.find(w) >= 0 {
						n++
					}
				}
				if n > most || n == most && cost < price {
					best, most, price = p, n, cost
				}
			}
		}
		best.mask, best.value = each*uint64(best.bit), each*uint64(best.want)
		var rest []string
		for _, w := range words {
			best.serve(w, &rest)
		}
		f.pivots, words = append(f.pivots, best), rest
	}
}

// frequency tells roughly how often a byte stands in texts.
func frequency(c byte) int {
	switch {
	case c-'A' < 26:
		return 1
	case c|0x20-'a' < 26 || c-'0' <= 9 || c == ' ':
		return 8
	}
	return 4
}

// find returns where the pivot is in a word, and -1 if it is not.
func (p *pivot) find(word string) int {
	for i := range len(word) {
		if word[i]|p.bit == p.want {
			return i
		}
	}
	return -1
}

func (p *pivot) serve(word string, rest *[]string) {
	i := p.find(word)
	if i < 0 {
		*rest = append(*rest, word)
		return
	}
	o := occurrence{word, i}
	if i+1 < len(word) {
		p.after[word[i+1]] = append(p.after[word[i+1]], o)
		return
	}
	p.atEnd = append(p.atEnd, o)
	for c := range p.after {
		p.after[c] = append(p.after[c], o)
	}
}

// in says whether one of the words stands in a text.
func (f *finder) in(text []byte) bool {
	for i := range f.pivots {
		if f.pivots[i].in(text, f.whole) {
			return true
		}
	}
	return false
}

// in looks at 32 bytes at once, and at the last ones twice.
func (p *pivot) in(text []byte, whole bool) bool {
	const block = 32
	if len(text) < block {
		return p.inShort(text, whole)
	}
	for i := 0; i < len(text); i += block {
		i = min(i, len(text)-block)
		rest := text[i:]
		a, b, c, d := p.marks(rest), p.marks(rest[8:]), p.marks(rest[16:]), p.marks(rest[24:])
		if (a|b|c|d)&high == 0 {
			continue
		}
		// Bit 8i+k stands for byte 8k+i.
		for found := a&high>>7 | b&high>>6 | c&high>>5 | d&high>>4; found != 0; found &= found - 1 {
			bit := bits.TrailingZeros64(found)
			if p.at(text, i+bit&7*8+bit>>3, whole) {
				return true
			}
		}
	}
	return false
}

func (p *pivot) inShort(text []byte, whole bool) bool {
	for i, c := range text {
		if c|p.bit == p.want && p.at(text, i, whole) {
			return true
		}
	}
	return false
}

// marks returns a word in which the highest bit is set of each of eight bytes
// that is the pivot, and maybe of one behind such a byte.
func (p *pivot) marks(text []byte) uint64 {
	x := (binary.LittleEndian.Uint64(text) | p.mask) ^ p.value
	return (x - each) &^ x
}

// at says whether a word stands around the byte at i.
func (p *pivot) at(text []byte, i int, whole bool) bool {
	list := p.atEnd
	if i+1 < len(text) {
		list = p.after[text[i+1]]
	}
	for _, o := range list {
		from := i - o.before
		if from < 0 || !has(text[from:], o.word) {
			continue
		}
		end := from + len(o.word)
		if !whole || (from == 0 || !alphanumeric(text[from-1])) && (end == len(text) || !alphanumeric(text[end])) {
			return true
		}
	}
	return false
}
