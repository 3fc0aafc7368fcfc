// Package spelling suggests the word that a user may mean.
package spelling

// Nearest returns the word that is nearest to a misspelt one; "" when none is near.
func Nearest(misspelt string, words []string) string {
	best, least := "", 4
	for _, word := range words {
		if d := distance(misspelt, word); d < least && d < len(word) || d == least && best != "" && word < best {
			best, least = word, d
		}
	}
	return best
}

// distance is the number of letters to change, add or leave out (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0]++
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
