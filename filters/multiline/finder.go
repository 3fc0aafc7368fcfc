package multiline

import (
	"encoding/binary"
	"math/bits"
)

// finder finds words in texts, eight bytes at a time: it looks for a rare byte,
// the pivot, that stands in each word, and then for the words around it. Two
// bytes that differ in one bit are found as fast as one.
type finder struct {
	mask, value uint64 // of eight pivots; the bits of mask do not matter
	bit, pivot  byte
	whole       bool              // only whole words count
	around      [256][]occurrence // by the byte behind the pivot; 0 at the end
}

// occurrence is a word, and how much of it stands before the pivot.
type occurrence struct {
	word   string
	before int
}

const (
	each = 0x0101010101010101
	high = each * 0x80
)

// newFinder makes a finder of words. There must be a pivot for all of them: of
// several, it takes the rarest.
func newFinder(whole bool, words ...string) *finder {
	best, price := finder{}, 1<<10
	for _, bit := range []byte{0, 1, 2, 4, 8, 16, 32, 64} {
		for c := range 128 {
			f := finder{whole: whole, bit: bit, pivot: byte(c) | bit}
			if cost := frequency(f.pivot) + frequency(f.pivot&^bit); cost < price && f.serves(words) {
				best, price = f, cost
			}
		}
	}
	if price == 1<<10 {
		panic("no pivot stands in all words")
	}
	best.mask, best.value = each*uint64(best.bit), each*uint64(best.pivot)
	for _, w := range words {
		i := best.index(w)
		o := occurrence{w, i}
		if i+1 < len(w) {
			best.around[w[i+1]] = append(best.around[w[i+1]], o)
			continue
		}
		for c := range best.around {
			best.around[c] = append(best.around[c], o)
		}
	}
	return &best
}

// frequency tells roughly how often a byte stands in texts.
func frequency(c byte) int {
	if c-'A' < 26 {
		return 1
	}
	return 8
}

func (f *finder) serves(words []string) bool {
	for _, w := range words {
		if f.index(w) < 0 {
			return false
		}
	}
	return true
}

// index returns where the pivot stands in a word, and -1 if it does not.
func (f *finder) index(word string) int {
	for i := range len(word) {
		if word[i]|f.bit == f.pivot {
			return i
		}
	}
	return -1
}

// in says whether one of the words stands in a text. It looks at 32 bytes at
// once, and at the last ones twice.
func (f *finder) in(text []byte) bool {
	const block = 32
	if len(text) < block {
		for i, c := range text {
			if c|f.bit == f.pivot && f.at(text, i) {
				return true
			}
		}
		return false
	}
	for i := 0; i < len(text); i += block {
		i = min(i, len(text)-block)
		rest := text[i : i+block]
		a, b, c, d := f.marks(rest), f.marks(rest[8:]), f.marks(rest[16:]), f.marks(rest[24:])
		if (a|b|c|d)&high == 0 {
			continue
		}
		// Bit 8i+k stands for byte 8k+i.
		for found := a&high>>7 | b&high>>6 | c&high>>5 | d&high>>4; found != 0; found &= found - 1 {
			bit := bits.TrailingZeros64(found)
			if f.at(text, i+bit&7*8+bit>>3) {
				return true
			}
		}
	}
	return false
}

// marks returns a word in which the highest bit is set of each of eight bytes
// that is the pivot, and maybe of one behind such a byte.
func (f *finder) marks(text []byte) uint64 {
	x := (binary.LittleEndian.Uint64(text) | f.mask) ^ f.value
	return (x - each) &^ x
}

// at says whether a word stands around the byte at i.
func (f *finder) at(text []byte, i int) bool {
	behind := byte(0)
	if i+1 < len(text) {
		behind = text[i+1]
	}
	for _, o := range f.around[behind] {
		from := i - o.before
		if from < 0 || !has(text[from:], o.word) {
			continue
		}
		end := from + len(o.word)
		if !f.whole || (from == 0 || !alphanumeric(text[from-1])) && (end == len(text) || !alphanumeric(text[end])) {
			return true
		}
	}
	return false
}
