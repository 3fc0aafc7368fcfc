package multiline

import (
	"slices"
	"strings"
	"testing"
)

// What one language alone joins, all of them join too: rules of several
// languages do not spoil each other.
func TestLanguagesTogether(t *testing.T) {
	texts := slices.Clone(samples)
	for _, log := range programs {
		texts = append(texts, log)
	}
	texts = append(texts, caseTexts(t)...)
	for _, text := range texts {
		lines := strings.Split(text, "\n")
		for _, place := range []Place{Container, Component} {
			together := starts(grouped(all, place, lines, plain))
			for i := range Languages {
				alone := starts(grouped(1<<i, place, lines, plain))
				for n := range together {
					if !alone[n] {
						t.Errorf("%s alone joins line %d, %q, and all do not:\n%s", Languages[i], n+1, lines[n], text)
					}
				}
			}
		}
	}
}

// starts returns the numbers of the lines with which texts begin.
func starts(texts []string) map[int]bool {
	numbers, n := make(map[int]bool), 0
	for _, text := range texts {
		numbers[n] = true
		n += 1 + strings.Count(text, "\n")
	}
	return numbers
}
