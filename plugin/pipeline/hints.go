package pipeline

import (
	"bytes"

	"github.com/k8slog/k8slog/filters/multiline"
)

// hints are the places of the next hints in a chunk, so that each byte is searched
// once: most lines of a logger stand alone, and are not kept until the next one is
// read (multiline.Hint).
type hints [multiline.Hints]nextHints

// nextHints are the next hints of a kind, in order.
type nextHints struct {
	searched int // the offset from which on the hints are known
	upTo     int // the offset up to which they are known
	n        int
	next     [maxHints]hintAt
}

// hintAt is a hint.
type hintAt struct {
	offset int // of the byte behind its first one
	// file was looked for before the hint last, and found or not.
	file  []byte
	found bool
}

// maxHints is how many hints are looked at: beside busy files with hints of their own,
// the hint of a quiet one may be a later one.
const maxHints = 8

// hintRecord is how far before a hint its record has the path at most.
const hintRecord = 512

// lastWindow is how near to its end a chunk is searched for another line of a file.
// Beside a busy file, the last lines of others are that far from the end.
const lastWindow = 1 << 20

func (h *hints) begin() { *h = hints{} }

// near reports whether a hint is in the window at the beginning of rest, or, further
// behind, in a line of a file. rest is the end of a chunk of size bytes. When the file has
// no line in rest, the hint may be in the next chunk. An empty file is unknown.
func (h *hints) near(hint multiline.Hint, rest []byte, size int, file []byte) bool {
	if len(rest) == 0 {
		return true
	}
	at := size - len(rest)
	next := &h[hint]
	if next.from(at); next.n == 0 {
		next.search(hint, rest, at)
	}
	if next.n > 0 && next.next[0].offset-at <= multiline.HintWindow {
		return true
	}
	if len(file) == 0 {
		return false
	}
	for i := range maxHints {
		if i == next.n && !next.search(hint, rest, at) {
			break
		}
		if next.next[i].isOf(file, rest, at) {
			return true
		}
	}
	return len(rest) <= lastWindow && !bytes.Contains(rest, endOf(file))
}

// endOf returns the end of a path, by which files differ. A search for up to 63 bytes is
// fast.
func endOf(path []byte) []byte { return path[max(0, len(path)-60):] }

// from leaves the hints before an offset out.
func (n *nextHints) from(at int) {
	if at < n.searched || at > n.upTo {
		n.n, n.upTo = 0, at
	}
	n.searched = at
	passed := 0
	for passed < n.n && n.next[passed].offset <= at {
		passed++
	}
	if passed > 0 {
		n.n = copy(n.next[:], n.next[passed:n.n])
	}
}

// search adds the next hint, and returns false for none.
func (n *nextHints) search(hint multiline.Hint, rest []byte, at int) bool {
	if n.upTo-at >= len(rest) {
		return false
	}
	i := hint.Find(rest[n.upTo-at:])
	if i < 0 {
		n.upTo = at + len(rest)
		return false
	}
	n.upTo += i + 1
	n.next[n.n] = hintAt{offset: n.upTo}
	n.n++
	return true
}

// isOf reports whether the record of the hint has the path of a file: whether the last
// path before the hint is that. Paths have their first folders in common.
func (h *hintAt) isOf(file, rest []byte, at int) bool {
	if !bytes.Equal(h.file, file) {
		end := h.offset - at
		before := rest[max(0, end-hintRecord-len(file)):end]
		i := bytes.LastIndex(before, firstFolders(file))
		h.file, h.found = file, i >= 0 && bytes.HasPrefix(before[i:], file)
	}
	return h.found
}

// firstFolders returns the beginning of a path, up to its third slash: "/var/log/".
func firstFolders(path []byte) []byte {
	slashes := 0
	for i, c := range path {
		if c == '/' {
			if slashes++; slashes == 3 {
				return path[:i+1]
			}
		}
	}
	return path
}

// isNear reports whether a hint is near behind the record that is planned.
func (m *messages) isNear(hint multiline.Hint) bool {
	file := m.decoder.line.File
	if bytes.Equal(file, m.decoder.tag) {
		file = nil // of all lines of the chunk
	}
	return m.hints.near(hint, m.ahead.Rest(), m.size, file)
}
