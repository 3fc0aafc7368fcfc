//go:build !race

package multiline

const raced = false
