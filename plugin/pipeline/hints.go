package pipeline

import "github.com/k8slog/k8slog/filters/multiline"

// hints are the places of the next hints in a chunk, so that each byte is searched
// once: most lines of a logger stand alone, and are not kept until the next one is
// read (multiline.Hint).
type hints [multiline.Hints]hintAt

// hintAt is the offset of the first hint that is not before searched.
type hintAt struct{ searched, offset int }

func (h *hints) begin() { *h = hints{} }

// near reports whether a hint is in the window at the beginning of rest, which is the
// end of a chunk of size bytes. At the end of the chunk it may be in the next one.
func (h *hints) near(hint multiline.Hint, rest []byte, size int) bool {
	at := size - len(rest)
	if next := &h[hint]; at < next.searched || at >= next.offset {
		next.searched, next.offset = at, size
		if i := hint.Find(rest); i >= 0 {
			next.offset = at + i + 1
		}
	}
	return len(rest) == 0 || h[hint].offset < size && h[hint].offset-at <= multiline.HintWindow
}

// isNear reports whether a hint is near behind the record that is planned.
func (m *messages) isNear(hint multiline.Hint) bool {
	return m.hints.near(hint, m.ahead.Rest(), m.size)
}
