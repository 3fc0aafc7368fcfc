package chunk

// Mark is a place in a chunk: before the record of that number.
type Mark struct {
	Reader Reader
	Index  int
}

// Next reads the record behind the mark and moves on. See Reader.Next.
func (m *Mark) Next(ev *Event) bool {
	if !m.Reader.Next(ev) {
		return false
	}
	m.Index++
	return true
}
