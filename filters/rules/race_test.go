//go:build race

package rules

// raced is true with the race detector, which takes things out of the sync.Pool of package
// regexp at random.
const raced = true
