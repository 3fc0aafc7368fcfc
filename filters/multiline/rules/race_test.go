//go:build race

package multiline

// raced says that the race detector is on, which takes things out of a
// sync.Pool at random: then lines with escape sequences allocate.
const raced = true
