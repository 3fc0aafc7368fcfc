package multiline

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// knownRight is how many of the cases are right. It never goes down.
const knownRight = 105

// testCase is a text that a program writes, and the records that are to come
// out of it. Its source is the public report or documentation that it was made
// from; the text is our own.
type testCase struct {
	ID, What string
	Lines    []any // a text, or a stream, perhaps a tag, and a text
	Expect   []struct{ Log *string }
}

func readCases(t *testing.T) (cases []testCase) {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// streams returns the lines of each stream, put together out of their pieces.
func (c *testCase) streams() [][]string {
	var names []string
	var lines [][]string
	partial := make(map[string]bool)
	for _, line := range c.Lines {
		name, tag, text := "", "F", ""
		switch v := line.(type) {
		case string:
			text = v
		case []any:
			name, text = v[0].(string), v[len(v)-1].(string)
			if len(v) == 3 {
				tag = v[1].(string)
			}
		}
		i := slices.Index(names, name)
		if i < 0 {
			i, names, lines = len(names), append(names, name), append(lines, nil)
		}
		if partial[name] {
			lines[i][len(lines[i])-1] += text
		} else {
			lines[i] = append(lines[i], text)
		}
		partial[name] = tag == "P"
	}
	return lines
}

func TestCases(t *testing.T) {
	right := 0
	cases := readCases(t)
	for _, c := range cases {
		var got, want []string
		for _, lines := range c.streams() {
			got = append(got, grouped(all, Container, lines, plain)...)
		}
		for _, record := range c.Expect {
			if record.Log != nil {
				want = append(want, *record.Log)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if want == nil && len(got) == len(c.Expect) || slices.Equal(got, want) {
			right++
		} else {
			t.Logf("%s, %s:\n%s", c.ID, c.What, strings.Join(got, "\n--------\n"))
		}
	}
	t.Logf("%d of %d are right", right, len(cases))
	if right < knownRight {
		t.Errorf("%d cases are right, and %d were", right, knownRight)
	}
}

// caseTexts returns the lines of all cases.
func caseTexts(t *testing.T) (texts []string) {
	for _, text := range readHeldout(t) {
		texts = append(texts, text.want...)
	}
	for _, c := range readCases(t) {
		for _, lines := range c.streams() {
			texts = append(texts, strings.Join(lines, "\n"))
		}
	}
	return texts
}
