// Package numbered makes the lines that are written and compared: each has the name of its
// writer and a number, and its text follows from both.
package numbered

import (
	"strconv"
	"strings"
)

// longEvery is how often a line is long. A runtime cuts lines at 16 KiB.
const longEvery = 211

// Line returns line n of a writer, without its line feed. Long lines have up to 60 KiB.
func Line(writer string, n int) string {
	head := "writer " + writer + " line " + strconv.Itoa(n) + " "
	size := 20 + n*37%180
	if n%longEvery == 0 {
		size = 17<<10 + n*7919%(44<<10)
	}
	unit := pattern
	if size > 1<<10 {
		unit += writer + " " + strconv.Itoa(n) + " " // each piece of a line is unlike those of all others
	}
	text := strings.Repeat(unit, size/len(unit)+1)[:size]
	if size > 1<<10 {
		text = strings.ReplaceAll(text, "ÄÖÜ", "AOUAOU") // Docker does not cut between characters
	}
	return head + strings.ToValidUTF8(text, "") + "."
}

const pattern = `abcdefghijklmnopqrstuvwxyz \"' ÄÖÜ <&> 0123456789 `

// Parse returns the writer and the number of a line; false for a text that is no line, or
// not the whole one. The number is 0 for a text that is not the beginning of a line.
func Parse(text string) (writer string, n int, ok bool) {
	words := strings.SplitN(text, " ", 5)
	if len(words) < 5 || words[0] != "writer" || words[2] != "line" {
		return "", 0, false
	}
	n, err := strconv.Atoi(words[3])
	return words[1], n, err == nil && Line(words[1], n) == text
}
