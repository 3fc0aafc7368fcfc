package multiline

import (
	"bytes"
	"slices"
	"strings"
)

// finder finds words in texts: it searches for a rare byte that stands in each
// of some words, the pivot, and looks at what stands around it.
type finder struct {
	pivots []pivot
	whole  bool // only whole words count
}

type pivot struct {
	pivot byte
	words [256][]occurrence // by the byte behind the pivot; 0 at the end
}

// occurrence is a word, and how much of it stands before the pivot.
type occurrence struct {
	word   string
	before int
}

// newFinder makes a finder of words. It chooses the pivots that most words have;
// capital letters are rare.
func newFinder(whole bool, words ...string) *finder {
	f := &finder{whole: whole}
	for len(words) > 0 {
		best, most := byte(0), 0
		for c := byte('A'); c <= 'z'; c++ {
			if n := len(words) - len(without(words, c)); n > most && (c <= 'Z' || most == 0) {
				best, most = c, n
			}
		}
		p := pivot{pivot: best}
		for _, w := range words {
			if i := strings.IndexByte(w, best); i >= 0 {
				p.add(occurrence{w, i})
			}
		}
		f.pivots, words = append(f.pivots, p), without(words, best)
	}
	return f
}

// without returns the words in which a byte does not stand.
func without(words []string, c byte) []string {
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool { return strings.IndexByte(word, c) >= 0 })
}

func (p *pivot) add(o occurrence) {
	behind := o.word[o.before+1:]
	for c := range p.words {
		if behind == "" || behind[0] == byte(c) {
			p.words[c] = append(p.words[c], o)
		}
	}
}

// in says whether one of the words stands in a text.
func (f *finder) in(text []byte) bool { return f.index(text) >= 0 }

// index returns the index of the pivot of a word, and -1 if there is none.
func (f *finder) index(text []byte) int {
	for i := range f.pivots {
		p := &f.pivots[i]
		for at := bytes.IndexByte(text, p.pivot); at >= 0; {
			behind := byte(0)
			if at+1 < len(text) {
				behind = text[at+1]
			}
			for _, o := range p.words[behind] {
				if f.stands(text, at-o.before, o.word) {
					return at
				}
			}
			n := bytes.IndexByte(text[at+1:], p.pivot)
			if n < 0 {
				break
			}
			at += 1 + n
		}
	}
	return -1
}

func (f *finder) stands(text []byte, from int, word string) bool {
	if from < 0 || !has(text[from:], word) {
		return false
	}
	end := from + len(word)
	return !f.whole || (from == 0 || !alphanumeric(text[from-1])) && (end == len(text) || !alphanumeric(text[end]))
}
